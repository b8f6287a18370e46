export { type Client, createClient, type LabelSetClient, type Model, type WriteOptions } from "./client.js";
export type {
  Band,
  Duplicates,
  MeasuredPicture,
  NamedPicture,
  Suspects,
  TableLabelling,
} from "./curation.js";
export type { EmbeddingResult, EmbedOptions } from "./embeddings.js";
export type {
  EvaluationCell,
  EvaluationClient,
  EvaluationDataset,
  EvaluationEntry,
  EvaluationListOptions,
  EvaluationPictures,
  EvaluationReport,
  EvaluationRequest,
  EvaluationRunRequest,
} from "./evaluations.js";
export type {
  ExplainedLabel,
  ExplainedModel,
  ExplainedPicture,
  ExplainedPrompt,
  ExplainOptions,
  Explanation,
  Levels,
  Rows,
  Token,
  TutorialExplanation,
} from "./explanation.js";
export type { Job, JobClient, JobProgress } from "./jobs.js";
export type { Label, LabelInput, LabelSet, LabelSetContent, LabelSetEntry } from "./labels.js";
export type { PictureContent, PictureInput } from "./pictures.js";
export type { ClassifyOptions, PictureResult, Prediction, Reject } from "./results.js";
export type { SearchOptions, SearchResult, SearchResults, SearchTerm } from "./search.js";
export { ServerError } from "./server-error.js";
export type {
  FilterOptions,
  GivenLabel,
  LabelCount,
  LabelCounts,
  Learned,
  PageOptions,
  RankedLabel,
  Ranking,
  RankOptions,
  Table,
  TableClient,
  TableImage,
} from "./tables.js";
export type { CallOptions, TransportOptions } from "./transport.js";
