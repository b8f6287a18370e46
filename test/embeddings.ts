import { type EmbeddingBatch, embeddingAt } from "../src/encoder/embedding-batch.js";
import { NearlabelError } from "../src/errors.js";

/** Each embedding of a batch, or the error in its place. */
export function embeddedOf(batch: EmbeddingBatch): (Float32Array | NearlabelError)[] {
  return Array.from({ length: batch.embeddings.rows }, (_, position) => {
    const found = embeddingAt(batch, position);
    return found instanceof NearlabelError ? found : found.embedding;
  });
}

/** The embeddings of a batch in which every item has one. */
export function vectorsOf(batch: EmbeddingBatch): Float32Array[] {
  return embeddedOf(batch).map((found) => {
    if (found instanceof NearlabelError) throw found;
    return found;
  });
}
