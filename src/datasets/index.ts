export { filterDataset } from "../rows/select/filter.js";
export { limit } from "../rows/select/limit.js";
export { type LabelMap, mapLabels, readLabelMap } from "../rows/select/map-labels.js";
export { perClass } from "../rows/select/per-class.js";
export { sample } from "../rows/select/sample.js";
export { splitDataset } from "../rows/select/split.js";
export { type SubsetOptions, subset } from "../rows/select/subset.js";
export type { EmbeddingDtype } from "./embeddings/npy-matrix.js";
export {
  type OpenEmbeddingsOptions,
  openEmbeddings,
  type StoredEmbedding,
  type StoredEmbeddings,
} from "./embeddings/stored-embeddings.js";
export {
  type EmbeddingRow,
  type WriteEmbeddingsOptions,
  type WrittenEmbeddings,
  writeEmbeddings,
} from "./embeddings/write.js";
