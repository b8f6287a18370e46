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
export {
  type OpenEmbeddingsOptions,
  openEmbeddings,
  type StoredEmbedding,
  type StoredEmbeddings,
} from "./datasets/embeddings.js";
export {
  type EmbeddingRow,
  type WriteEmbeddingsOptions,
  type WrittenEmbeddings,
  writeEmbeddings,
} from "./datasets/embeddings-write.js";
export { openDataset } from "./datasets/open.js";
export { filterDataset } from "./datasets/selection/filter.js";
export { limit } from "./datasets/selection/limit.js";
export { type LabelMap, mapLabels, readLabelMap } from "./datasets/selection/map-labels.js";
export { perClass } from "./datasets/selection/per-class.js";
export { sample } from "./datasets/selection/sample.js";
export { splitDataset } from "./datasets/selection/split.js";
export { type SubsetOptions, subset } from "./datasets/selection/subset.js";
export { type ErrorCode, NearlabelError } from "./errors.js";
export { type EvaluateOptions, type EvaluationResult, evaluate, type RunSpec } from "./evaluate/evaluate.js";
export type * from "./evaluate/evaluation.js";
export { accuracyAt, rankOf } from "./evaluate/metrics/accuracy.js";
export {
  brierScore,
  brierTerm,
  expectedCalibrationError,
  negativeLogLikelihood,
  reliabilityBins,
} from "./evaluate/metrics/calibration.js";
export { classMetrics, confusionMatrix, meanPerClassRecall } from "./evaluate/metrics/confusion.js";
export { auroc, fprAtTpr } from "./evaluate/metrics/detection.js";
export { bootstrapInterval, bootstrapMean, wilsonInterval } from "./evaluate/metrics/intervals.js";
export { mcnemar } from "./evaluate/metrics/paired.js";
export { averagePrecision, meanAveragePrecision } from "./evaluate/metrics/ranking.js";
export { areaUnderRiskCoverage, riskCoverage } from "./evaluate/metrics/selective.js";
export type { HubProgress } from "./hub/progress.js";
export { type HubSettings, hubSettingsFromEnvironment } from "./hub/settings.js";
export type { HubRetry } from "./hub/transport.js";
export type { PixelBatch } from "./image/pixel-batch.js";
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
export { type EmbedRowsOptions, embedRows } from "./pipeline/embed-rows.js";
export type { EmbeddedRow } from "./pipeline/embedded-row.js";
export { type EmbeddingCache, type EmbeddingSpace, openEmbeddingCache } from "./pipeline/embedding-cache.js";
export type { TableVersion } from "./store/table-version.js";
export type { Matrix } from "./vector.js";
