export type { ClassMetrics, Estimate, ReliabilityBin, RiskCoveragePoint } from "../evaluation.js";
export { accuracyAt, rankOf } from "./accuracy.js";
export { type BootstrapOptions, bootstrapInterval, bootstrapMean, type Statistic } from "./bootstrap.js";
export {
  brierScore,
  brierTerm,
  expectedCalibrationError,
  negativeLogLikelihood,
  reliabilityBins,
} from "./calibration.js";
export {
  type ConfusionEntry,
  type ConfusionMatrix,
  classMetrics,
  confusionMatrix,
  meanPerClassRecall,
} from "./confusion.js";
export { auroc, fprAtTpr } from "./detection.js";
export { wilsonInterval } from "./intervals.js";
export type { PairedOutcome } from "./paired.js";
export { mcnemar } from "./paired.js";
export { averagePrecision, meanAveragePrecision } from "./ranking.js";
export type { RiskCoverageCurve } from "./selective.js";
export { areaUnderRiskCoverage, riskCoverage } from "./selective.js";
