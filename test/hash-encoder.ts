import { createHash } from "node:crypto";
import { createEmbeddingBatch } from "../src/encoder/embedding-batch.js";
import type { Encoder } from "../src/encoder/encoder.js";
import { normalise } from "../src/math/vector.js";

/** An encoder without pictures, whose text embeddings follow from a hash of the text, and which notes what it encodes. */
export interface HashEncoder extends Encoder {
  readonly encoded: string[];
}

export function hashEncoder({ id = "hash", dimension = 16 } = {}): HashEncoder {
  const encoded: string[] = [];
  return {
    identity: {
      id,
      fingerprint: async () => `sha256:${createHash("sha256").update(id).digest("hex")}`,
      pictures: "none",
    },
    dimension,
    encoded,
    scoring: { logitScale: 100, logitBias: 0, scoreFunction: "softmax" },
    batching: { size: 16, ahead: 1, maxBytes: 1000 },
    async embedTexts(texts, { signal, onProgress } = {}) {
      signal?.throwIfAborted();
      encoded.push(...texts);
      onProgress?.(texts.length);
      const writer = createEmbeddingBatch(texts.length, dimension);
      for (const [position, text] of texts.entries()) {
        writer.addVector(position, hashVector(text, dimension), () => text);
      }
      return writer.batch;
    },
    embedImages: async () => createEmbeddingBatch(0, dimension).batch,
  };
}

/** A unit vector that is the same for the same text. */
export function hashVector(text: string, dimension: number): Float32Array {
  const bytes = createHash("shake256", { outputLength: 4 * dimension })
    .update(text)
    .digest();
  return normalise(Float32Array.from({ length: dimension }, (_, i) => bytes.readInt32LE(4 * i)));
}
