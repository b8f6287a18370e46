export { adaptClasses, meanWeight } from "./adapt/class-means.js";
export { normaliseDistribution } from "./adapt/distribution-normalisation.js";
export { type DrawExamplesOptions, type DrawnExamples, drawExamples } from "./adapt/draw-examples.js";
export type { Examples } from "./adapt/examples.js";
export {
  type AddExamplesOptions,
  type AddedExamples,
  adaptedLabels,
  addExamples,
  type Naming,
} from "./adapt/index-examples.js";
export { type TransduceOptions, transduce } from "./adapt/label-propagation.js";
export { correctPrior } from "./adapt/prior-correction.js";
export {
  type FittedTemperature,
  fitTemperature,
  type KnownLogits,
  meanLoss,
} from "./adapt/temperature.js";
export { type TipAdapterOptions, tipAdapterLogits, tipAdapterOptions } from "./adapt/tip-adapter.js";
export type { Answer, ClassesOptions } from "./classify/classes.js";
export {
  type Classification,
  type Classifier,
  type ClassifierOptions,
  type ClassifyOptions,
  classify,
  classifyEmbeddings,
  createClassifier,
} from "./classify/classifier.js";
export type { ImageInput, ImageOrPath } from "./classify/image-input.js";
export {
  chooseRivals,
  energyScore,
  maximumSimilarity,
  maximumSoftmax,
  negativeLabelScore,
  thresholdForFalseAccepts,
  thresholdForKept,
} from "./classify/reject/knownness.js";
export type { RejectOptions, Unknown } from "./classify/reject/rejector.js";
export {
  type OpenEmbeddingsOptions,
  openEmbeddings,
  type StoredEmbedding,
  type StoredEmbeddings,
} from "./datasets/embeddings/stored-embeddings.js";
export { openDataset } from "./datasets/open.js";
export { type EmbeddingSpace, openEmbeddingCache } from "./embeddings/cache/embedding-cache.js";
export {
  type EmbeddingRow,
  type WriteEmbeddingsOptions,
  type WrittenEmbeddings,
  writeEmbeddings,
} from "./embeddings/stored/write.js";
export { checkModel, type ModelCheck } from "./encoder/check.js";
export {
  allEmbeddings,
  type Embedding,
  type EmbeddingBatch,
  embeddingAt,
} from "./encoder/embedding-batch.js";
export type { EmbeddingCache } from "./encoder/embedding-cache.js";
export type {
  Batching,
  EmbedImagesOptions,
  EmbedOptions,
  Encoder,
  EncoderIdentity,
  Notice,
} from "./encoder/encoder.js";
export { type LoadOptions, loadModel } from "./encoder/load.js";
export type { Model } from "./encoder/model.js";
export { type EmbeddedRow, type EmbedRowsOptions, embedRows } from "./encoder/rows/embed-rows.js";
export {
  type StageClock,
  type StageFigures,
  type StageName,
  type Stages,
  startStageClock,
} from "./encoder/stages.js";
export { loadInWorker, type WorkerEncoder } from "./encoder/worker/worker-encoder.js";
export { type ErrorCode, type ErrorKind, NearlabelError } from "./errors.js";
export { type EvaluationResult, evaluate } from "./evaluate/evaluate.js";
export type * from "./evaluate/evaluation.js";
export { type CalibratedIndex, calibrateIndex } from "./evaluate/fitting/calibrate-index.js";
export {
  type ChooseThresholdOptions,
  type ChosenThreshold,
  chooseThreshold,
  LEAST_KEPT,
  type ThresholdPictures,
} from "./evaluate/fitting/choose-threshold.js";
export type { FittingOptions, FittingPictures, LeftOut } from "./evaluate/fitting/fitting-pictures.js";
export { accuracyAt, rankOf } from "./evaluate/metrics/accuracy.js";
export { bootstrapInterval, bootstrapMean } from "./evaluate/metrics/bootstrap.js";
export {
  brierScore,
  brierTerm,
  expectedCalibrationError,
  negativeLogLikelihood,
  reliabilityBins,
} from "./evaluate/metrics/calibration.js";
export {
  type ConfusionEntry,
  type ConfusionMatrix,
  classMetrics,
  confusionMatrix,
  meanPerClassRecall,
} from "./evaluate/metrics/confusion.js";
export { auroc, fprAtTpr } from "./evaluate/metrics/detection.js";
export { wilsonInterval } from "./evaluate/metrics/intervals.js";
export { mcnemar } from "./evaluate/metrics/paired.js";
export { averagePrecision, meanAveragePrecision } from "./evaluate/metrics/ranking.js";
export { areaUnderRiskCoverage, riskCoverage } from "./evaluate/metrics/selective.js";
export type { EvaluateOptions, RunSpec } from "./evaluate/options.js";
export { type ExplainOptions, explain } from "./explain/explain.js";
export type * from "./explain/explanation.js";
export { plainExplanation } from "./explain/plain.js";
export {
  type ExplainTutorialOptions,
  explainTutorial,
  type TutorialCost,
  type TutorialCostOptions,
  type TutorialExplanation,
  tutorialCost,
} from "./explain/tutorial.js";
export type { SourceVersion } from "./files/source-version.js";
export type { HubProgress } from "./hub/progress.js";
export { type HubSettings, hubSettingsFromEnvironment } from "./hub/protocol/settings.js";
export type { HubRetry } from "./hub/protocol/transport.js";
export type { DecodeOptions } from "./image/decode/decode.js";
export { type ImageFile, type ImageFileOptions, imageFile } from "./image/image-file.js";
export type { PixelBatch } from "./image/preprocess/pixel-batch.js";
export type { Cropped, ModelInput } from "./image/preprocess/preprocess.js";
export type { Normalisation } from "./image/preprocess/preprocessing.js";
export type {
  DecodedImage,
  EncodedImage,
  ImageContent,
  ImageSource,
  Region,
  RgbImage,
  Size,
} from "./image/source.js";
export { exampleHashes, removeExamples } from "./labels/examples/example-table.js";
export {
  type BuildLabelIndexOptions,
  buildLabelIndex,
  type ImportLabelIndexOptions,
  importLabelIndex,
} from "./labels/index/build.js";
export type {
  Fitted,
  FittedOn,
  IndexCalibration,
  IndexExamples,
  IndexRejection,
  RejectionMethod,
} from "./labels/index/fitted.js";
export type { IndexVersion } from "./labels/index/history.js";
export type { LabelIndexInfo } from "./labels/index/index-info.js";
export {
  type AddedLabels,
  type LabelIndex,
  type LabelNeighbour,
  openLabelIndex,
} from "./labels/index/label-index.js";
export { type EmbedLabelsOptions, embedLabels } from "./labels/prompts/embed-labels.js";
export { DEFAULT_TEMPLATES, promptsOf, readTemplates, templateSet } from "./labels/prompts/templates.js";
export type { Label } from "./labels/set/label.js";
export { type LabelInput, labelSet, readLabels } from "./labels/set/label-set.js";
export type { Matrix } from "./math/matrix.js";
export type { ModelDescription } from "./model/config/description.js";
export type { LogitScoring, ScoreFunction } from "./model/config/families.js";
export { type Accuracy, listModels, type ModelSummary } from "./model/files/catalog.js";
export type { NetworkDescription } from "./model/towers/networks.js";
export type {
  Dataset,
  DatasetOptions,
  ImageRow,
  JsonValue,
  Part,
  RowRange,
  RowsOptions,
} from "./rows/dataset.js";
export { partOf, partsOf } from "./rows/parts.js";
export { filterDataset } from "./rows/select/filter.js";
export { limit } from "./rows/select/limit.js";
export { type LabelMap, mapLabels, readLabelMap } from "./rows/select/map-labels.js";
export { perClass } from "./rows/select/per-class.js";
export { sample } from "./rows/select/sample.js";
export { splitDataset } from "./rows/select/split.js";
export { type SubsetOptions, subset } from "./rows/select/subset.js";
export { predict } from "./scoring/predict.js";
export type { ClassEmbeddings, Prediction, PredictOptions, Scoring } from "./scoring/scores.js";
export type { ColumnType } from "./store/shape.js";
export type { TableVersion } from "./store/table-state.js";
export type { TokenBatch } from "./tokens/token-batch.js";
