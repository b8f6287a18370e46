import type { RiskCoveragePoint } from "../evaluation.js";
import type { Statistic } from "./bootstrap.js";
import { requireNumbers, requirePictures, requireSameLength } from "./input.js";

/** One entry a distinct confidence, highest first: what answering pictures of at least that confidence gives. */
export interface RiskCoverageCurve {
  readonly thresholds: Float64Array;
  /** Pictures answered at the threshold; the last is all of them. */
  readonly answered: Float64Array;
  /** Wrong ones among them. */
  readonly wrong: Float64Array;
}

/**
 * Risk against coverage of a classifier that answers only pictures it is confident of (Geifman & El-Yaniv 2017, "Selective
 * Classification for Deep Neural Networks"). No threshold tells equal confidences apart, so they enter together.
 *
 * @param confidences one a picture, in any unit
 * @param correct 1 where the first prediction is right, else 0
 * @throws NearlabelError `INPUT_EMPTY`; `VECTOR_INVALID` for NaN
 */
export function riskCoverage(confidences: ArrayLike<number>, correct: Uint8Array): RiskCoverageCurve {
  requireSameLength("Risk-coverage curve", confidences, correct);
  const { thresholds, groupOf } = confidenceGroups(confidences);
  const answered = new Float64Array(thresholds.length);
  const wrong = new Float64Array(thresholds.length);
  for (let i = 0; i < groupOf.length; i++) {
    answered[groupOf[i]!]!++;
    if (!correct[i]) wrong[groupOf[i]!]!++;
  }
  accumulate(answered);
  accumulate(wrong);
  return { thresholds, answered, wrong };
}

/**
 * Area under the risk-coverage curve: the mean of the risks at coverages 1/n, 2/n, ..., 1 (Geifman, Uziel & El-Yaniv 2019,
 * "Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers"). Inside a group of equal confidences the wrong ones
 * are spread evenly, which is the mean over all orders of the group: no order of the pictures changes the area. 0 to 1.
 */
export function areaUnderRiskCoverage({ answered, wrong }: RiskCoverageCurve): number {
  const pictures = answered.at(-1) ?? 0;
  requirePictures("Area under the risk-coverage curve", pictures);
  let area = 0;
  let before = 0;
  let wrongBefore = 0;
  for (let group = 0; group < answered.length; group++) {
    const rate = (wrong[group]! - wrongBefore) / (answered[group]! - before);
    for (let i = before + 1; i <= answered[group]!; i++) area += (wrongBefore + rate * (i - before)) / i;
    before = answered[group]!;
    wrongBefore = wrong[group]!;
  }
  return area / pictures;
}

/** {@link areaUnderRiskCoverage} of the pictures drawn. Sorts once, not once a resample. */
export function areaUnderRiskCoverageStatistic(
  confidences: ArrayLike<number>,
  correct: Uint8Array,
): Statistic {
  requireSameLength("Risk-coverage curve", confidences, correct);
  const { thresholds, groupOf } = confidenceGroups(confidences);
  const answered = new Float64Array(thresholds.length);
  const wrong = new Float64Array(thresholds.length);
  return (drawn) => {
    answered.fill(0);
    wrong.fill(0);
    for (let i = 0; i < drawn.length; i++) {
      const group = groupOf[drawn[i]!]!;
      answered[group]!++;
      if (!correct[drawn[i]!]) wrong[group]!++;
    }
    accumulate(answered);
    accumulate(wrong);
    return areaUnderRiskCoverage({ thresholds, answered, wrong });
  };
}

/** Up to `most` points of the curve, evenly spread over the coverage, the least and the full coverage among them. */
export function thinCurve(curve: RiskCoverageCurve, most = 200): RiskCoveragePoint[] {
  const { thresholds, answered, wrong } = curve;
  const least = answered[0] ?? 0;
  const pictures = answered.at(-1) ?? 0;
  requirePictures("Risk-coverage curve", pictures);
  const points: RiskCoveragePoint[] = [];
  for (let group = 0; group < answered.length; group++) {
    const wanted = least + ((pictures - least) * points.length) / (most - 1);
    const spare = answered.length - group <= most - points.length;
    if (answered[group]! < wanted && !spare) continue;
    points.push({
      coverage: answered[group]! / pictures,
      risk: wrong[group]! / answered[group]!,
      threshold: thresholds[group]!,
    });
  }
  return points;
}

/** The distinct confidences, highest first, and which of them each picture has. */
function confidenceGroups(confidences: ArrayLike<number>): { thresholds: Float64Array; groupOf: Int32Array } {
  requireNumbers("Risk-coverage curve", confidences);
  const thresholds = Float64Array.from(new Set(Array.from(confidences)))
    .sort()
    .reverse();
  const groups = new Map(Array.from(thresholds, (threshold, group) => [threshold, group]));
  return { thresholds, groupOf: Int32Array.from(confidences, (confidence) => groups.get(confidence)!) };
}

function accumulate(counts: Float64Array): void {
  for (let i = 1; i < counts.length; i++) counts[i]! += counts[i - 1]!;
}
