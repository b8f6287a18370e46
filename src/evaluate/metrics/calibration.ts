import type { ReliabilityBin } from "../evaluation.js";
import type { Statistic } from "./bootstrap.js";
import { requireNumbers, requirePictures, requireSameLength, requireShares, requireWhole } from "./input.js";

/**
 * How often predictions of about the same confidence are right. Bins of equal width that are open at their lower edge and
 * closed at the upper one, as in Guo et al. 2017, "On Calibration of Modern Neural Networks", and scikit-learn's
 * `calibration_curve`; 0 is in the first bin, 1 in the last. (torchmetrics closes the lower edge instead.)
 *
 * @param confidences score of the first prediction, 0 to 1, one a picture
 * @param correct 1 where the first prediction is right, else 0
 * @returns `bins` of them, lowest first, empty ones too
 * @throws NearlabelError `INPUT_EMPTY`; `VECTOR_INVALID` for a confidence outside 0 to 1; `OPTION_INVALID` for `bins`
 */
export function reliabilityBins(
  confidences: ArrayLike<number>,
  correct: Uint8Array,
  bins = 15,
): ReliabilityBin[] {
  return binned(confidences, correct, bins)(Int32Array.from(correct.keys()));
}

/**
 * Mean distance of accuracy from confidence, weighted by the pictures in each bin (Naeini et al. 2015; Guo et al. 2017).
 * 0 to 1.
 *
 * @throws NearlabelError `INPUT_EMPTY`
 */
export function expectedCalibrationError(bins: readonly ReliabilityBin[]): number {
  const pictures = bins.reduce((total, bin) => total + bin.pictures, 0);
  requirePictures("Expected calibration error", pictures);
  const gaps = bins.map((bin) => bin.pictures * Math.abs(bin.accuracy - bin.confidence));
  return gaps.reduce((total, gap) => total + gap, 0) / pictures;
}

/**
 * {@link expectedCalibrationError} of the pictures drawn. Chance differences within bins count as miscalibration, so that
 * resamples lie above the estimate, and the more so the fewer the pictures: an interval need not contain its estimate.
 */
export function calibrationErrorStatistic(
  confidences: ArrayLike<number>,
  correct: Uint8Array,
  bins = 15,
): Statistic {
  const binsOf = binned(confidences, correct, bins);
  return (drawn) => expectedCalibrationError(binsOf(drawn));
}

function binned(
  confidences: ArrayLike<number>,
  correct: Uint8Array,
  bins: number,
): (drawn: Int32Array) => ReliabilityBin[] {
  requireWhole("bins", bins);
  requireSameLength("Reliability", confidences, correct);
  requireShares("Reliability", confidences);
  const edges = binEdges(bins);
  const binOf = Int32Array.from(confidences, (confidence) =>
    Math.max(0, edges.findIndex((edge) => confidence <= edge) - 1),
  );
  const pictures = new Float64Array(bins);
  const confidence = new Float64Array(bins);
  const right = new Float64Array(bins);
  return (drawn) => {
    for (const sums of [pictures, confidence, right]) sums.fill(0);
    for (let i = 0; i < drawn.length; i++) {
      const bin = binOf[drawn[i]!]!;
      pictures[bin]!++;
      confidence[bin]! += confidences[drawn[i]!]!;
      right[bin]! += correct[drawn[i]!]!;
    }
    return Array.from(pictures, (count, bin) => ({
      from: edges[bin]!,
      to: edges[bin + 1]!,
      pictures: count,
      confidence: count === 0 ? 0 : confidence[bin]! / count,
      accuracy: count === 0 ? 0 : right[bin]! / count,
    }));
  };
}

/** Rounded as `numpy.linspace(0, 1, bins + 1)` rounds them: a confidence on an edge is in the same bin as there. */
function binEdges(bins: number): number[] {
  return Array.from({ length: bins + 1 }, (_, index) => (index === bins ? 1 : index * (1 / bins)));
}

/**
 * Squared distance of one picture's scores from the truth, summed over the labels: 0 to 2 for scores that sum to 1.
 *
 * @param scores one a label
 * @param target index of the true label
 * @throws NearlabelError `VECTOR_INVALID` for NaN
 */
export function brierTerm(scores: ArrayLike<number>, target: number): number {
  requireNumbers("Brier score", scores);
  if (!(target in scores)) {
    throw new TypeError(`Brier score expects one of ${scores.length} labels, got ${target}`);
  }
  let sum = 0;
  for (let i = 0; i < scores.length; i++) sum += (scores[i]! - (i === target ? 1 : 0)) ** 2;
  return sum;
}

/**
 * Mean of the pictures' {@link brierTerm}s (Brier 1950): scikit-learn's `brier_score_loss` with `scale_by_half=False`.
 *
 * @throws NearlabelError `INPUT_EMPTY`; `VECTOR_INVALID` for NaN
 */
export function brierScore(terms: ArrayLike<number>): number {
  requireNumbers("Brier score", terms);
  return mean(terms);
}

/**
 * Mean negative log-likelihood of the true labels, in nats. scikit-learn's `log_loss` clips probabilities to 2.2e-16 and up
 * (of float32, to 1.2e-7), which caps a picture's loss at 36 (16); here nothing is clipped.
 *
 * @param logProbabilities natural logarithm of the true label's probability, one a picture
 * @throws NearlabelError `INPUT_EMPTY`; `VECTOR_INVALID` for NaN
 */
export function negativeLogLikelihood(logProbabilities: ArrayLike<number>): number {
  requireNumbers("Negative log-likelihood", logProbabilities);
  return -mean(logProbabilities);
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}
