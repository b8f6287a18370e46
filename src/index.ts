export {
  type FittedTemperature,
  fitTemperature,
  type KnownLogits,
  meanLoss,
} from "./classify/calibration.js";
export { adaptClasses, meanWeight } from "./classify/class-means.js";
export type { Answer, ClassesOptions } from "./classify/classes.js";
export {
  type Classification,
  type Classifier,
  type ClassifierOptions,
  type ClassifyOptions,
  classify,
  createClassifier,
  type ImageInput,
} from "./classify/classifier.js";
export { normaliseDistribution } from "./classify/distribution-normalisation.js";
export type { Examples } from "./classify/examples.js";
export {
  type AddExamplesOptions,
  type AddedExamples,
  adaptedLabels,
  addExamples,
} from "./classify/index-examples.js";
export {
  type ClassEmbeddings,
  type Prediction,
  type PredictOptions,
  predict,
  type Scoring,
} from "./classify/predict.js";
export { correctPrior } from "./classify/prior-correction.js";
export {
  chooseRivals,
  energyScore,
  maximumSimilarity,
  maximumSoftmax,
  negativeLabelScore,
  thresholdForFalseAccepts,
  thresholdForKept,
} from "./classify/rejection.js";
export type { RejectOptions, Unknown } from "./classify/rejector.js";
export { type TipAdapterOptions, tipAdapterLogits, tipAdapterOptions } from "./classify/tip-adapter.js";
export { type TransduceOptions, transduce } from "./classify/transductive.js";
export type { Dataset, DatasetOptions, ImageRow } from "./datasets/dataset.js";
export { openDataset } from "./datasets/open.js";
export { type ErrorCode, NearlabelError } from "./errors.js";
export { type EvaluateOptions, type EvaluationResult, evaluate, type RunSpec } from "./evaluate/evaluate.js";
export type * from "./evaluate/evaluation.js";
export type { HubProgress } from "./hub/progress.js";
export { type HubSettings, hubSettingsFromEnvironment } from "./hub/settings.js";
export type { HubRetry } from "./hub/transport.js";
export type { DecodedImage, ImageSource } from "./image/source.js";
export {
  type BuildLabelIndexOptions,
  buildLabelIndex,
  type ImportLabelIndexOptions,
  importLabelIndex,
} from "./labels/build.js";
export { type EmbedLabelsOptions, embedLabels } from "./labels/embed.js";
export { removeExamples } from "./labels/example-table.js";
export type {
  Fitted,
  FittedOn,
  IndexCalibration,
  IndexRejection,
  RejectionMethod,
} from "./labels/fitted.js";
export type { LabelIndexInfo } from "./labels/index-info.js";
export type { Label } from "./labels/label.js";
export {
  type AddedLabels,
  type LabelIndex,
  type LabelNeighbour,
  openLabelIndex,
} from "./labels/label-index.js";
export { type LabelInput, labelSet, readLabels } from "./labels/label-set.js";
export { DEFAULT_TEMPLATES, promptsOf, readTemplates, templateSet } from "./labels/templates.js";
export type { ModelAnatomy } from "./model/anatomy.js";
export { type Accuracy, listModels, type ModelSummary } from "./model/catalog.js";
export { checkModel, type ModelCheck } from "./model/check.js";
export type { EmbedOptions, Encoder, Notice, ScoreFunction } from "./model/encoder.js";
export { type LoadOptions, loadModel } from "./model/load.js";
export type { Model, TokenBatch } from "./model/model.js";
export type { TableVersion } from "./store/table-version.js";
export type { Matrix } from "./vector.js";
