/** Image embeddings that were computed before, found by what was encoded: contents, model and preprocessing. */
export interface EmbeddingCache {
  /** The unit-length embedding of the picture with this content hash, if it is known. */
  get(contentHash: string): Float32Array | undefined;
  /** Keeps an embedding. Durable once {@link close} has returned; several processes may write at once. */
  put(contentHash: string, embedding: Float32Array): void;
  /** Waits for what was put to be on disk. */
  close(): Promise<void>;
}
