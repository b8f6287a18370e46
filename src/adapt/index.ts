export {
  chooseRivals,
  energyScore,
  maximumSimilarity,
  maximumSoftmax,
  negativeLabelScore,
  thresholdForFalseAccepts,
  thresholdForKept,
} from "../scoring/knownness.js";
export { adaptClasses, meanWeight } from "./class-means.js";
export { normaliseDistribution } from "./distribution-normalisation.js";
export type { Examples } from "./examples.js";
export { type TransduceOptions, transduce } from "./label-propagation.js";
export { correctPrior } from "./prior-correction.js";
export {
  type FittedTemperature,
  fitTemperature,
  type KnownLogits,
  meanLoss,
} from "./temperature.js";
export { type TipAdapterOptions, tipAdapterLogits, tipAdapterOptions } from "./tip-adapter.js";
