export { type DrawExamplesOptions, type DrawnExamples, drawExamples } from "./adapt/draw-examples.js";
export {
  type AddExamplesOptions,
  type AddedExamples,
  adaptedLabels,
  addExamples,
  type Naming,
} from "./adapt/index-examples.js";
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
export type { RejectOptions, Unknown } from "./classify/reject/rejector.js";
export { type OpenDatasetOptions, openDataset } from "./datasets/open.js";
export { type EmbeddingSpace, openEmbeddingCache } from "./embeddings/embedding-cache.js";
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
export { checkModel, type ModelCheck } from "./encoder/model-check.js";
export { type EmbeddedRow, type EmbedRowsOptions, embedRows } from "./encoder/rows/embed-rows.js";
export {
  type StageClock,
  type StageFigures,
  type StageName,
  type Stages,
  startStageClock,
} from "./encoder/stages.js";
export { loadReplicas, type ReplicaOptions } from "./encoder/worker/replicas.js";
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
export type { EvaluateOptions, RunSpec } from "./evaluate/options.js";
export type { EmbeddedPictures } from "./evaluate/pictures.js";
export {
  type QuantizedModel,
  type QuantizeModelOptions,
  quantizeModel,
} from "./evaluate/quantize/quantize-model.js";
export type { Outcomes } from "./evaluate/run/outcomes.js";
export type { Headline } from "./evaluate/run/run.js";
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
export type { HubOptions } from "./hub/options.js";
export type { HubProgress } from "./hub/progress.js";
export type { Environment } from "./hub/protocol/settings.js";
export { type HubSettings, hubSettingsFromEnvironment } from "./hub/protocol/settings.js";
export type { HubRetry } from "./hub/protocol/transport.js";
export type { DecodeOptions } from "./image/decode/decode.js";
export { type ImageFile, type ImageFileOptions, imageFile } from "./image/image-file.js";
export type { PixelBatch } from "./image/preprocess/pixel-batch.js";
export type { Cropped, ModelInput } from "./image/preprocess/preprocess.js";
export type { CentreCrop, Normalisation, Preprocessing, Resize } from "./image/preprocess/preprocessing.js";
export type { ResamplingFilter } from "./image/resample/filter.js";
export type {
  DecodedImage,
  EncodedImage,
  ImageContent,
  ImageSource,
  Region,
  RgbImage,
  Size,
} from "./image/source.js";
export { type Cluster, type ClustersOptions, findClusters } from "./images/curate/clusters.js";
export {
  type Band,
  type DuplicateGroup,
  type DuplicatePicture,
  type DuplicatesOptions,
  findDuplicates,
  notDuplicates,
} from "./images/curate/duplicates.js";
export type { Candidate, KeepRule } from "./images/curate/keep-rule.js";
export { findOutliers, type Outlier, type OutliersOptions } from "./images/curate/outliers.js";
export {
  findSuspects,
  type Suspect,
  type SuspectKind,
  type Suspects,
  type SuspectsOptions,
} from "./images/curate/suspects.js";
export {
  type ExportFormat,
  type ExportOptions,
  type ExportResult,
  exportImages,
} from "./images/exchange/export.js";
export type { LabelSource } from "./images/exchange/exported-rows.js";
export {
  type ImportFormat,
  type ImportOptions,
  type ImportResult,
  importImages,
} from "./images/exchange/import.js";
export type { Placing } from "./images/exchange/yolo.js";
export { type IngestResult, ingest } from "./images/ingest/ingest.js";
export type { IngestCounts, IngestOptions, IngestProgress } from "./images/ingest/ingest-options.js";
export { watchPictures } from "./images/ingest/watch.js";
export {
  type ClassifyTableOptions,
  classifyTable,
  type TableClassification,
} from "./images/label/classify-table.js";
export {
  type FitThresholdsOptions,
  type FittedThreshold,
  type FittedThresholds,
  fitThresholds,
} from "./images/label/fit-thresholds.js";
export {
  earlierLabelCounts,
  type LabelCounts,
  type LabelCountsOptions,
  labelCounts,
} from "./images/label/label-counts.js";
export { type LabelTableOptions, labelTable, type TableLabelling } from "./images/label/label-table.js";
export {
  type LabelSetVersion,
  openSavedLabelSet,
  type SaveLabelSetOptions,
  saveLabelSet,
} from "./images/label/saved-label-set.js";
export type { TableClassesOptions } from "./images/label/table-classes.js";
export type { SearchFilter } from "./images/search/filter.js";
export { type LoadedImages, loadImages } from "./images/search/loaded-images.js";
export type { EmbeddingTerm, ImageTerm, SearchQuery, TextTerm } from "./images/search/query.js";
export type { RelevanceCut } from "./images/search/relevance.js";
export {
  type SearchOptions,
  type SearchResult,
  type SearchResults,
  search,
  searchAll,
} from "./images/search/search.js";
export type { ImageFailure } from "./images/table/failures.js";
export { folderTable } from "./images/table/folder-table.js";
export type { ImagesOptions, ImageTable } from "./images/table/image-table.js";
export {
  type CreateImageTableOptions,
  createImageTable,
  type OpenImageTableOptions,
  openImageTable,
} from "./images/table/open.js";
export type { StoredImage } from "./images/table/stored-image.js";
export type { ImageTableInfo } from "./images/table/table-info.js";
export {
  type Fault,
  type Finding,
  repairTable,
  type VerifyOptions,
  verifyTable,
} from "./images/upkeep/verify.js";
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
export type { IndexModelInfo, LabelIndexInfo } from "./labels/index/index-info.js";
export {
  type AddedLabels,
  type LabelIndex,
  type LabelNeighbour,
  openLabelIndex,
} from "./labels/index/label-index.js";
export { type EmbedLabelsOptions, embedLabels } from "./labels/prompts/embed-labels.js";
export { readTemplates } from "./labels/prompts/template-file.js";
export { DEFAULT_TEMPLATES, promptsOf, templateSet } from "./labels/prompts/templates.js";
export type { Label } from "./labels/set/label.js";
export { type LabelInput, labelSet, readLabels } from "./labels/set/label-set.js";
export type { Matrix } from "./math/matrix.js";
export type { ModelDescription } from "./model/config/description.js";
export type { LogitScoring, ScoreFunction } from "./model/config/families.js";
export { type Accuracy, listModels, type ModelSummary } from "./model/files/catalog.js";
export type { Towers } from "./model/files/files.js";
export type {
  CosineRange,
  FileRecord,
  Proof,
  QuantizedLimits,
  QuantizedMeasures,
  TowerTimes,
} from "./model/quantized/proof.js";
export type { NetworkDescription } from "./model/towers/networks.js";
export type { Device } from "./onnx/device.js";
export type { Dtype } from "./onnx/dtype.js";
export type { FixedSizes } from "./onnx/inputs.js";
export type { IntegerSums } from "./onnx/integer-sums.js";
export type {
  Dataset,
  DatasetOptions,
  DatasetOrigin,
  ImageRow,
  JsonValue,
  Part,
  RowRange,
  RowsOptions,
} from "./rows/dataset.js";
export { partOf, partsOf } from "./rows/parts.js";
export { predict } from "./scoring/predict.js";
export type { ClassEmbeddings, Prediction, PredictOptions, Scoring } from "./scoring/scores.js";
export type { Cell } from "./store/rows.js";
export type { Column, ColumnType, Precision } from "./store/shape.js";
export type { TableVersion } from "./store/table-state.js";
export type { TokenBatch } from "./tokens/token-batch.js";
