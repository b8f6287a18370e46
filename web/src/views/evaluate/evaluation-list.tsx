import type { EvaluationEntry } from "nearlabel/client";
import { useState } from "react";
import { Bar } from "../../parts/bar.js";
import { Button } from "../../parts/button.js";
import { ErrorNote } from "../../parts/error-note.js";
import { usePolled } from "../../server/use-polled.js";
import { text } from "../../text/en.js";
import { Link } from "./link.js";
import { isActive } from "./one-evaluation.js";
import { useStart } from "./use-start.js";
import { joined, picturesOf } from "./wanted.js";

const words = text.evaluate;

/** What was evaluated before, and what is under way. Some of it can be set side by side. */
export function EvaluationList() {
  const { value, error, again } = usePolled(
    "evaluations",
    (client, options) => client.evaluations.list(options),
    (entries) => entries.some(isActive),
  );
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { start, isStarting, error: notStarted } = useStart();
  const entries = value ?? [];
  const picked = entries.filter(({ id }) => chosen.has(id)).reverse();
  const isSame = new Set(picked.map(({ request }) => picturesOf(request))).size === 1;
  const toggle = (id: string) => {
    const others = [...chosen].filter((each) => each !== id);
    setChosen(new Set(chosen.has(id) ? others : [...others, id]));
  };
  return (
    <section className="evaluate-before" aria-labelledby="evaluations">
      <h2 id="evaluations">{words.before}</h2>
      <ErrorNote error={error} again={again} />
      {value && entries.length === 0 && <p className="muted">{words.none}</p>}
      {entries.length > 0 && (
        <>
          <p className="muted">{words.accuracy}</p>
          <ul className="evaluations">
            {entries.map((entry) => (
              <Row
                key={entry.id}
                entry={entry}
                isChosen={chosen.has(entry.id)}
                onToggle={() => toggle(entry.id)}
              />
            ))}
          </ul>
          <div className="evaluate-actions">
            <Button
              isDisabled={picked.length < 2 || !isSame || isStarting}
              onPress={() => start(joined(picked.map(({ request }) => request)))}
            >
              {words.compare}
            </Button>
            <p className="muted">{picked.length > 1 && !isSame ? words.otherPictures : words.compareNote}</p>
          </div>
        </>
      )}
      <ErrorNote error={notStarted} />
    </section>
  );
}

function Row({
  entry,
  isChosen,
  onToggle,
}: {
  entry: EvaluationEntry;
  isChosen: boolean;
  onToggle: () => void;
}) {
  const { id, created, state, dataset, pictures, runs = [], progress } = entry;
  const when = new Date(created).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
  return (
    <li className="evaluation">
      <input
        type="checkbox"
        aria-label={words.choose(dataset, when)}
        checked={isChosen}
        disabled={state !== "done"}
        onChange={onToggle}
      />
      <div className="evaluation-words">
        <Link parameters={{ evaluation: id }}>
          {words.named(dataset, runs.length || entry.request.runs.length)}
        </Link>
        <p className="muted">
          {when} · {words.states[state]}
          {pictures !== undefined && ` · ${words.pictures(pictures)}`}
          {progress && ` · ${words.done(progress.done, progress.total)}`}
        </p>
        <ul className="accuracies">
          {runs.map(({ name, accuracy }) => (
            <li key={name}>
              <span className="accuracy-name" title={name}>
                {name}
              </span>
              <Bar share={accuracy.value} />
              <span>{words.percent(accuracy.value)}</span>
            </li>
          ))}
        </ul>
      </div>
    </li>
  );
}
