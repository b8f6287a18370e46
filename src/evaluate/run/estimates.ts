import type { Estimate, Metrics } from "../evaluation.js";
import { calibrationErrorStatistic } from "../metrics/calibration.js";
import { meanPerClassRecallStatistic } from "../metrics/confusion.js";
import {
  type BootstrapOptions,
  bootstrapInterval,
  bootstrapMean,
  type Statistic,
} from "../metrics/intervals.js";
import { occurring, rankedPrecisionStatistic } from "../metrics/ranking.js";
import { areaUnderRiskCoverageStatistic } from "../metrics/selective.js";
import type { Outcomes } from "./outcomes.js";
import type { Scorer } from "./scorer.js";

/** Resamples for mean average precision, each of which goes through all scores: enough for two digits of an interval. */
const RANKING_RESAMPLES = 200;

/** The metrics that are no shares of pictures, with bootstrap intervals over the pictures. */
export async function bootstrapMetrics(
  scorer: Scorer,
  { targets, predicted, correct, confidences, logProbabilities, brierTerms }: Outcomes,
  options: BootstrapOptions,
): Promise<Omit<Metrics, "acc@1" | "acc@5">> {
  const over = async (statistic: Statistic, resamples?: number) =>
    notNegative(await bootstrapInterval(targets.length, statistic, { ...options, resamples }));
  return {
    meanPerClassRecall: await over(meanPerClassRecallStatistic(targets, predicted, scorer.labels)),
    meanAveragePrecision: await over(
      await rankedPrecisionStatistic(targets, scorer.labels, scorer.byLabel(occurring(targets))),
      RANKING_RESAMPLES,
    ),
    ece: await over(calibrationErrorStatistic(confidences, correct)),
    brier: await bootstrapMean(brierTerms, options),
    nll: await bootstrapMean(
      logProbabilities.map((value) => -value),
      options,
    ),
    aurc: await over(areaUnderRiskCoverageStatistic(confidences, correct)),
  };
}

/** None of these metrics can be less than 0. */
function notNegative(estimate: Estimate): Estimate {
  return { ...estimate, low: Math.max(0, estimate.low) };
}
