import { axisX, axisY, dot, type Markish, ruleX, ruleY, text } from "@observablehq/plot";
import type { Estimate } from "../../../evaluate/evaluation.js";
import { chart, cut, marginFor, widthOf } from "./chart.js";

/** An estimate that is drawn as a dot with its interval as a line. */
export interface Whisker {
  readonly name: string;
  readonly estimate: Estimate;
  /** Drawn in the colour of the run that is shown. */
  readonly chosen: boolean;
}

export interface WhiskerOptions {
  readonly label: string;
  readonly format: (value: number) => string;
  /** What the scale must not leave. */
  readonly limits: readonly [number, number];
  /** Where names stand. Default: beside the lines, and above them where there is no room beside. */
  readonly names?: "beside" | "above" | "none";
  /** A value to compare with, drawn as a line. */
  readonly reference?: number;
}

/** Least width of the scale beside the widest interval, so that a narrow interval looks narrow. */
const ZOOM = 6;

export function whiskers(frame: HTMLElement, rows: readonly Whisker[], options: WhiskerOptions): void {
  const { label, format, reference } = options;
  const narrow = frame.clientWidth < NARROW;
  const place = options.names ?? (narrow ? "above" : "beside");
  const names = rows.map(({ name }) => name);
  const colour = ({ chosen }: Whisker) => (chosen ? "var(--accent)" : "var(--muted)");
  const y = (_: Whisker, index: number) => index;
  const marks: Markish[] = [
    axisX({
      ticks: Math.max(2, Math.min(5, frame.clientWidth / 110)),
      tickSize: 4,
      tickFormat: (value: number) => format(value),
      label: null,
      color: "var(--muted)",
    }),
    reference === undefined ? null : ruleX([reference], { stroke: "var(--muted)", strokeDasharray: "3 3" }),
    place === "beside"
      ? axisY({ tickSize: 0, tickFormat: (index: number) => cut(names[index] ?? "", LONGEST), label: null })
      : null,
    ruleY(rows, {
      y,
      x1: ({ estimate }) => estimate.low,
      x2: ({ estimate }) => estimate.high,
      stroke: colour,
      strokeWidth: 2,
    }),
    dot(rows, { x: ({ estimate }) => estimate.value, y, fill: colour, r: 4.5, symbol: "circle" }),
    place === "above" ? namesAbove(rows, frame.clientWidth) : null,
  ];
  chart(frame, `${label}: ${rows.map((row) => inWords(row, format)).join("; ")}`, {
    height: rows.length * ROW[place] + 30,
    marginLeft: place === "beside" ? marginFor(names, LONGEST) : TICK,
    marginRight: TICK,
    marginTop: 4,
    marginBottom: 22,
    x: { domain: domainOf(rows, options) },
    y: { type: "band", axis: null, domain: rows.map(y), padding: 0 },
    marks,
  });
}

/** Charts of less than these pixels have no room for names beside the lines. */
const NARROW = 500;
/** Characters of a name beside a line. */
const LONGEST = 40;
/** Height of a row in pixels. */
const ROW = { beside: 24, above: 32, none: 14 };
/** Half the width of the largest figure on an axis, which may stand at its very end. */
const TICK = 28;

function namesAbove(rows: readonly Whisker[], width: number): Markish {
  const longest = Math.max(...rows.map(({ name }) => widthOf(name, 11) / name.length));
  return text(rows, {
    text: ({ name }) => cut(name, Math.floor(width / longest)),
    y: (_: Whisker, index: number) => index,
    frameAnchor: "left",
    textAnchor: "start",
    dx: -TICK,
    dy: -12,
    fontSize: 11,
    fill: ({ chosen }) => (chosen ? "var(--accent)" : "var(--muted)"),
  });
}

function inWords({ name, estimate }: Whisker, format: (value: number) => string): string {
  return `${name} ${format(estimate.value)}, from ${format(estimate.low)} to ${format(estimate.high)}`;
}

function domainOf(
  rows: readonly Whisker[],
  { limits, reference }: WhiskerOptions,
): [low: number, high: number] {
  const ends = rows.flatMap(({ estimate }) => [estimate.low, estimate.high, estimate.value]);
  if (reference !== undefined) ends.push(reference);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const widest = Math.max(...rows.map(({ estimate }) => estimate.high - estimate.low));
  const pad = Math.max((high - low) * 0.15, (widest * ZOOM - (high - low)) / 2, 1e-4);
  return [Math.max(limits[0], low - pad), Math.min(limits[1], high + pad)];
}
