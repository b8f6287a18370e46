import type { EvaluationRun, Metrics } from "../../evaluate/evaluation.js";
import { decimal, percent, points, signed } from "./parts/figures.js";

export interface MetricText {
  readonly key: keyof Metrics;
  readonly name: string;
  /** What it is, in plain words. */
  readonly meaning: string;
  readonly better: "higher" | "lower";
  readonly format: (value: number) => string;
  /** Of a difference, with its sign; shares in points. */
  readonly formatDifference: (value: number) => string;
  /** Least and largest value that it can have. */
  readonly limits: readonly [number, number];
}

const SHARE = { format: percent, formatDifference: points, limits: [0, 1] } as const;

export const METRICS: readonly MetricText[] = [
  { key: "acc@1", name: "acc@1", better: "higher", meaning: "The first prediction is right.", ...SHARE },
  { key: "acc@5", name: "acc@5", better: "higher", meaning: "The label is among the first five.", ...SHARE },
  {
    key: "meanPerClassRecall",
    name: "Mean per-class recall",
    better: "higher",
    meaning: "acc@1 where each class counts alike.",
    ...SHARE,
  },
  {
    key: "meanAveragePrecision",
    name: "Mean average precision",
    better: "higher",
    meaning: "How far ahead a class ranks its own pictures.",
    ...SHARE,
  },
  {
    key: "ece",
    name: "Calibration error",
    better: "lower",
    meaning: "How far scores are from the share of right answers (ECE, 15 bins).",
    ...SHARE,
  },
  {
    key: "brier",
    name: "Brier score",
    better: "lower",
    meaning: "Squared distance of the scores from the truth, 0 to 2.",
    format: decimal,
    formatDifference: signed,
    limits: [0, 2],
  },
  {
    key: "nll",
    name: "Negative log-likelihood",
    better: "lower",
    meaning: "Surprise at the true label, in nats.",
    format: decimal,
    formatDifference: signed,
    limits: [0, Number.POSITIVE_INFINITY],
  },
  {
    key: "aurc",
    name: "Area under risk-coverage",
    better: "lower",
    meaning: "Share of wrong answers, averaged over all coverages.",
    ...SHARE,
  },
];

/** What drawing labels by lot would give, where that is simple to say. */
export function byChance(key: keyof Metrics, { labels }: EvaluationRun): string | undefined {
  if (key === "acc@1" || key === "meanPerClassRecall") return percent(1 / labels.length);
  if (key === "acc@5") return percent(Math.min(1, 5 / labels.length));
  if (key === "nll") return decimal(Math.log(labels.length));
  return undefined;
}
