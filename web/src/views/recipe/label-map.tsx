import type { Explanation } from "nearlabel/client";
import { useMemo } from "react";
import { principalComponents } from "../../../../src/evaluate/metrics/projection.js";
import { matrixOf } from "../../../../src/math/matrix.js";
import { text } from "../../text/en.js";
import { Step } from "./step.js";
import { vectorOf } from "./vectors.js";

const words = text.recipe;
/** Labels on the map: the nearest. */
const MOST = 30;
const WIDTH = 720;
const HEIGHT = 420;
const MARGIN = 48;

interface Point {
  readonly label: string;
  readonly score: number;
  readonly x: number;
  readonly y: number;
  /** Whether there is room for its name. */
  readonly isNamed: boolean;
}

/** The nearest labels on their first two principal components, and the picture where its scores pull it. */
export function MapStep({
  explanation,
  url,
  label,
  onLabel,
}: {
  explanation: Explanation;
  url: string;
  label: string;
  onLabel: (label: string) => void;
}) {
  const points = useMemo(() => pointsOf(explanation), [explanation]);
  if (points.length < 3) {
    return (
      <Step name="map">
        <p className="muted">{words.mapNeeds}</p>
      </Step>
    );
  }
  const total = points.reduce((sum, { score }) => sum + score, 0);
  const at = (side: "x" | "y") => points.reduce((sum, each) => sum + (each[side] * each.score) / total, 0);
  const picture = { x: at("x"), y: at("y") };
  return (
    <Step name="map">
      <svg
        className="label-map"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={words.mapOf(points[0]!.label)}
      >
        {points.slice(0, 5).map(({ label: name, score, x, y }) => (
          <line
            key={name}
            className="pull"
            x1={x}
            y1={y}
            x2={picture.x}
            y2={picture.y}
            strokeWidth={0.5 + 6 * score}
          />
        ))}
        <image href={url} x={picture.x - 22} y={picture.y - 22} width="44" height="44" />
        <rect className="picture-frame" x={picture.x - 23} y={picture.y - 23} width="46" height="46" rx="3" />
        {points.map(({ label: name, x, y, isNamed }) => (
          // biome-ignore lint/a11y/noStaticElementInteractions: the names above the map are the buttons for keys.
          <g key={name} className={name === label ? "point chosen" : "point"} onClick={() => onLabel(name)}>
            <circle cx={x} cy={y} r={name === label ? 6 : 4} />
            {isNamed && (
              <text x={x + 8} y={y + 4}>
                {name}
              </text>
            )}
            <title>{name}</title>
          </g>
        ))}
      </svg>
      <p className="field-note">{words.mapNote(points.length)}</p>
    </Step>
  );
}

function pointsOf(explanation: Explanation): readonly Point[] {
  const nearest = explanation.predictions.slice(0, MOST);
  if (nearest.length < 3) return [];
  const components = principalComponents(matrixOf(nearest.map(({ label }) => vectorOf(explanation, label))));
  const [xs, ys] = [0, 1].map((axis) => nearest.map((_, at) => components[at * 2 + axis]!)) as [
    number[],
    number[],
  ];
  const x = scaleOf(xs, WIDTH - 100);
  const y = scaleOf(ys, HEIGHT);
  const named: { x: number; y: number; width: number }[] = [];
  return nearest.map(({ label, score }, at) => {
    const place = { x: x(xs[at]!), y: y(ys[at]!) };
    const box = { ...place, width: 12 + label.length * 7.5 };
    const isNamed = named.every(
      (other) =>
        Math.abs(other.y - box.y) > 15 || other.x + other.width < box.x || box.x + box.width < other.x,
    );
    if (isNamed) named.push(box);
    return { label, score, ...place, isNamed };
  });
}

function scaleOf(values: readonly number[], size: number): (value: number) => number {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const span = most - least || 1;
  return (value) => MARGIN + ((value - least) / span) * (size - 2 * MARGIN);
}
