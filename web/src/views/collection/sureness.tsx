import type { Ranking } from "nearlabel/client";
import { memo, useMemo } from "react";
import { Slider } from "../../parts/field.js";
import { setParameters } from "../../route.js";
import { text } from "../../text/en.js";
import { STEPS, type Sureness, surenessOf } from "./order.js";

/** How sure a label has to be; under it, how many pictures that leaves, and how many of those are right. */
export const HowSure = memo(function HowSure(props: { ranking: Ranking; sure: number; learns: boolean }) {
  const { ranking, sure, learns } = props;
  const sureness = useMemo(() => surenessOf(ranking), [ranking]);
  const step = Math.round(sure * STEPS);
  const [coverage, accuracy, known] = [
    sureness.coverage[step]!,
    sureness.accuracy[step]!,
    sureness.known[step]!,
  ];
  return (
    <section className="how-sure" aria-label={text.collection.howSure}>
      <Slider
        label={text.collection.howSure}
        shown={text.collection.atLeast(sure)}
        min={0}
        max={STEPS}
        step={1}
        value={step}
        onChange={(event) =>
          setParameters(
            { sure: event.target.value === "0" ? undefined : event.target.value },
            { replace: true },
          )
        }
      />
      <Curves sureness={sureness} step={step} />
      <dl className="sure-figures">
        <div>
          <dt className="coverage">{text.collection.coverage}</dt>
          <dd>{text.collection.percent(coverage)}</dd>
        </div>
        <div>
          <dt className="accuracy">{text.collection.accuracy}</dt>
          <dd>{Number.isNaN(accuracy) ? "–" : text.collection.percent(accuracy)}</dd>
        </div>
      </dl>
      <p className="field-note">
        {sureness.known[0]! > 0 ? text.collection.measured(known, learns) : text.collection.byScores}
      </p>
    </section>
  );
});

function Curves({ sureness: { coverage, accuracy }, step }: { sureness: Sureness; step: number }) {
  const line = (values: Float64Array) =>
    Array.from(values, (value, at) => [at, value] as const)
      .filter(([, value]) => !Number.isNaN(value))
      .map(([at, value]) => `${at},${(100 - value * 100).toFixed(2)}`)
      .join(" ");
  return (
    <svg className="sure-curves" viewBox="0 -2 100 104" preserveAspectRatio="none" aria-hidden="true">
      <line className="sure-now" x1={step} x2={step} y1="-2" y2="102" />
      <polyline className="coverage" points={line(coverage)} />
      <polyline className="accuracy" points={line(accuracy)} />
    </svg>
  );
}
