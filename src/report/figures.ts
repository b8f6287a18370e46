import type { Comparison, Estimate, EvaluationRun, Metrics } from "../evaluate/evaluation.js";
import { percent } from "../math/number-text.js";

/** How the figures of an evaluation are written in tables, on the terminal and in Markdown alike. */

/** Metrics in the order in which they are shown, with what they are called and how they are written. */
const METRICS: readonly { key: keyof Metrics; name: string; write: (value: number) => string }[] = [
  { key: "acc@1", name: "acc@1", write: share },
  { key: "acc@5", name: "acc@5", write: share },
  { key: "meanPerClassRecall", name: "mean per-class recall", write: share },
  { key: "meanAveragePrecision", name: "mAP", write: share },
  { key: "ece", name: "calibration error (ECE)", write: share },
  { key: "brier", name: "Brier score", write: decimal },
  { key: "nll", name: "negative log-likelihood", write: decimal },
  { key: "aurc", name: "area under risk-coverage", write: decimal },
];

/** `44.41 %`. */
function share(value: number): string {
  return percent(value, 2);
}

function decimal(value: number): string {
  return value.toFixed(4);
}

/** `44.41 % (43.44 to 45.39)`: the estimate and its interval. */
export function estimateText({ value, low, high }: Estimate, write = share): string {
  const bound = (limit: number) => write(limit).replace(/ %$/, "");
  return `${write(value)} (${bound(low)} to ${bound(high)})`;
}

/** Rows of the hierarchy, where a run has one: name and estimate. */
function hierarchyRows({ hierarchy }: EvaluationRun): [string, Estimate][] {
  if (!hierarchy) return [];
  return [
    [`rolled up to ${hierarchy.parents.length} parents`, hierarchy.rolledUp],
    ["parent by summed scores", hierarchy.summedScores],
    ["label within that parent", hierarchy.topDown],
  ];
}

const METHOD_NAMES = { mcm: "maximum softmax", energy: "energy", similarity: "similarity" };

/** Of the thresholds that an evaluation has, the one in tables: by which at most 5 % of the unknown pictures pass. */
const PASSING = 0.05;

/** Rows of how well unknown pictures are told apart, where a run has them. */
function unknownRows({ unknown }: EvaluationRun): [string, Estimate][] {
  if (!unknown) return [];
  return unknown.methods.flatMap(({ method, auroc, fpr95, thresholds }): [string, Estimate][] => [
    [`unknown pictures, ${METHOD_NAMES[method]}: AUROC`, auroc],
    [`unknown pictures, ${METHOD_NAMES[method]}: FPR95`, fpr95],
    ...thresholds
      .filter(({ passing }) => passing === PASSING)
      .map(({ kept }): [string, Estimate] => [
        `known kept by ${METHOD_NAMES[method]} where 5 % of the unknown pass`,
        kept,
      ]),
  ]);
}

/** All rows of a table of figures: name, and a cell for each run; empty where a run has no such figure. */
export function figureRows(runs: readonly EvaluationRun[]): string[][] {
  const rows = METRICS.map(({ key, name, write }) => [
    name,
    ...runs.map(({ metrics }) => estimateText(metrics[key], write)),
  ]);
  for (const rowsOf of [hierarchyRows, unknownRows]) {
    const columns = runs.map((run) => new Map(rowsOf(run)));
    for (const name of new Set(columns.flatMap((column) => [...column.keys()]))) {
      rows.push([
        name,
        ...columns.map((column) => {
          const estimate = column.get(name);
          return estimate ? estimateText(estimate) : "";
        }),
      ]);
    }
  }
  return rows;
}

/** Rows of a table of differences: the name of a metric, and for each comparison the second run less the first. */
export function differenceRows(comparisons: readonly Comparison[]): string[][] {
  return METRICS.map(({ key, name, write }) => {
    const [unit, text] = write === share ? [", points", points] : ["", signed];
    return [`${name}${unit}`, ...comparisons.map(({ differences }) => estimateText(differences[key], text))];
  });
}

/** Percentage points with their sign: `+1.20`. */
function points(share: number): string {
  return `${share < 0 ? "−" : "+"}${Math.abs(share * 100).toFixed(2)}`;
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${decimal(Math.abs(value))}`;
}

/** One sentence on two runs: how far apart, and whether chance alone would do that. */
export function comparisonText(
  { first, second, differences, onlyFirst, onlySecond, pValue }: Comparison,
  runs: readonly EvaluationRun[],
): string {
  const difference = differences["acc@1"];
  const interval = `${points(difference.low)} to ${points(difference.high)}`;
  return (
    `${runs[second]!.name} against ${runs[first]!.name}: ${points(difference.value)} points of acc@1 (${interval}); ` +
    `right only there ${onlySecond}, only here ${onlyFirst}; McNemar ${pText(pValue)}`
  );
}

/** `p = 0.031`, `p < 0.0001`. */
export function pText(pValue: number): string {
  return pValue < 0.0001 ? "p < 0.0001" : `p = ${pValue.toPrecision(2)}`;
}
