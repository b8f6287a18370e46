import { NearlabelError } from "../errors.js";
import { type Matrix, row } from "../math/matrix.js";
import { divided, norm } from "../math/vector.js";

/** The embeddings of several texts or pictures, in their order. */
export interface EmbeddingBatch {
  /** Unit-length rows, items x dimension; zeros for an item that has an error. */
  readonly embeddings: Matrix;
  /** Length of each embedding as the network gave it, 0 for an item that has an error. */
  readonly norms: Float64Array;
  /** What kept an item from having an embedding, by its position. */
  readonly errors: ReadonlyMap<number, NearlabelError>;
}

/** One embedding at unit length, and the length that it had. */
export interface Embedding {
  readonly embedding: Float32Array;
  readonly norm: number;
}

/** Takes embeddings and errors as they come, in any order. */
export interface EmbeddingBatchWriter {
  /** A vector as a network gave it; one without a direction becomes the error VECTOR_INVALID, which calls the item `nameOf()`. */
  addVector(position: number, vector: Float32Array, nameOf: () => string): void;
  addEmbedding(position: number, embedding: Embedding): void;
  addError(position: number, error: NearlabelError): void;
  readonly batch: EmbeddingBatch;
}

export function createEmbeddingBatch(items: number, dimension: number): EmbeddingBatchWriter {
  const data = new Float32Array(items * dimension);
  const norms = new Float64Array(items);
  const errors = new Map<number, NearlabelError>();
  const addEmbedding = (position: number, { embedding, norm: length }: Embedding) => {
    data.set(embedding, position * dimension);
    norms[position] = length;
  };
  const addError = (position: number, error: NearlabelError) => void errors.set(position, error);
  return {
    addVector(position, vector, nameOf) {
      const unit = unitEmbedding(vector, nameOf);
      if (unit instanceof NearlabelError) addError(position, unit);
      else addEmbedding(position, unit);
    },
    addEmbedding,
    addError,
    batch: { embeddings: { data, rows: items, columns: dimension }, norms, errors },
  };
}

/** The embedding at `position`, in memory of its own, or its error. */
export function embeddingAt(
  { embeddings, norms, errors }: EmbeddingBatch,
  position: number,
): Embedding | NearlabelError {
  const error = errors.get(position);
  return error ?? { embedding: row(embeddings, position).slice(), norm: norms[position]! };
}

/** The embeddings, where each item must have one. @throws the error of the first item that has none */
export function allEmbeddings({ embeddings, errors }: EmbeddingBatch): Matrix {
  for (const error of errors.values()) throw error;
  return embeddings;
}

/** `vector` as a network gave it, at unit length; or VECTOR_INVALID, which names it by `nameOf`, where it has no direction. */
export function unitEmbedding(vector: Float32Array, nameOf: () => string): Embedding | NearlabelError {
  const length = norm(vector);
  if (Number.isFinite(length) && length > 0) return { embedding: divided(vector, length), norm: length };
  return new NearlabelError(
    "VECTOR_INVALID",
    `The model gave ${nameOf()} an embedding that is zero or not finite. Weights of a higher precision ` +
      "(dtype) may help; an input that always does this is not usable with this model.",
  );
}
