import type { Embedding } from "./embedding-batch.js";

/**
 * Embeddings of pictures that were made before, found by the hash of what the picture holds. Those of one encoder: what
 * `EncoderIdentity` tells apart lies apart. Once closed it rejects and throws `CACHE_CLOSED`.
 */
export interface EmbeddingCache {
  /** For each hash the embedding, where it is known. */
  getMany(contentHashes: readonly string[]): Promise<(Embedding | undefined)[]>;
  /**
   * Keeps an embedding. Durable once {@link close} has returned; several processes may write at once. Once a write has
   * failed, nothing more is kept.
   * @throws NearlabelError VECTOR_INVALID for another dimension, or one that is not of unit length
   */
  put(contentHash: string, embedding: Embedding): void;
  /**
   * Waits for what was put to be on disk.
   * @throws NearlabelError WRITE_FAILED or CACHE_INVALID where some of it is not, be it from long before
   */
  close(): Promise<void>;
}
