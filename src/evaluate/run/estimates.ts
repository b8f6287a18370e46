import type { Estimate, Metrics } from "../evaluation.js";
import { accuracyAt } from "../metrics/accuracy.js";
import {
  type BootstrapOptions,
  differenceOf,
  estimateOf,
  meanStatistic,
  type Resampled,
  resample,
  type Statistic,
} from "../metrics/bootstrap.js";
import { calibrationErrorStatistic } from "../metrics/calibration.js";
import { meanPerClassRecallStatistic } from "../metrics/confusion.js";
import { wilsonInterval } from "../metrics/intervals.js";
import { occurring, rankedPrecisionStatistic } from "../metrics/ranking.js";
import { areaUnderRiskCoverageStatistic } from "../metrics/selective.js";
import type { Outcomes } from "./outcomes.js";
import type { Scorer } from "./scorer.js";

/** Resamples for mean average precision, each of which goes through all scores: enough for two digits of an interval. */
const RANKING_RESAMPLES = 200;

/** Each metric of a run, on the pictures and on resamples of them. */
export type ResampledMetrics = Readonly<Record<keyof Metrics, Resampled>>;

/** Computes every metric of a run over the same resamples of its pictures. */
export async function resampledMetrics(
  scorer: Scorer,
  { targets, predicted, ranks, correct, confidences, logProbabilities, brierTerms }: Outcomes,
  options: BootstrapOptions,
): Promise<ResampledMetrics> {
  const statistics: Record<keyof Metrics, Statistic> = {
    "acc@1": meanStatistic(correct),
    "acc@5": meanStatistic(ranks.map((rank) => (rank <= 5 ? 1 : 0))),
    meanPerClassRecall: meanPerClassRecallStatistic(targets, predicted, scorer.labels),
    meanAveragePrecision: await rankedPrecisionStatistic(
      targets,
      scorer.labels,
      scorer.byLabel(occurring(targets)),
    ),
    ece: calibrationErrorStatistic(confidences, correct),
    brier: meanStatistic(brierTerms),
    nll: meanStatistic(logProbabilities.map((value) => -value)),
    aurc: areaUnderRiskCoverageStatistic(confidences, correct),
  };
  const keys = Object.keys(statistics) as (keyof Metrics)[];
  const resampled = await resample(
    [targets.length],
    keys.map((key) => ({
      statistic: ([drawn]) => statistics[key](drawn!),
      resamples: key === "meanAveragePrecision" ? RANKING_RESAMPLES : undefined,
    })),
    options,
  );
  return Object.fromEntries(keys.map((key, at) => [key, resampled[at]!])) as Record<keyof Metrics, Resampled>;
}

/** The metrics with their intervals: Wilson's for shares of pictures, the bootstrap's for the rest. */
export function metricsOf(resampled: ResampledMetrics, accuracy: Pick<Metrics, "acc@1" | "acc@5">): Metrics {
  const estimates = eachMetric(resampled, (metric) => notNegative(estimateOf(metric)));
  return { ...estimates, ...accuracy };
}

/** The share of pictures whose true label is among the first `k`. */
export function accuracyEstimate({ ranks }: Outcomes, k: number): Estimate {
  return wilsonInterval(Math.round(accuracyAt(ranks, k) * ranks.length), ranks.length);
}

/** Each metric of the second run less that of the first, on the same pictures. */
export function metricDifferences(first: ResampledMetrics, second: ResampledMetrics): Metrics {
  return eachMetric(second, (metric, key) => differenceOf(first[key], metric));
}

function eachMetric(
  metrics: ResampledMetrics,
  estimate: (metric: Resampled, key: keyof Metrics) => Estimate,
): Metrics {
  const entries = Object.entries(metrics) as [keyof Metrics, Resampled][];
  return Object.fromEntries(
    entries.map(([key, metric]) => [key, estimate(metric, key)]),
  ) as unknown as Metrics;
}

/** None of these metrics can be less than 0. */
function notNegative(estimate: Estimate): Estimate {
  return { ...estimate, low: Math.max(0, estimate.low) };
}
