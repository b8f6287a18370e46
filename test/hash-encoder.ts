import { createHash } from "node:crypto";
import type { IndexModel } from "../src/labels/index/index-info.js";
import { matrixOf } from "../src/math/matrix.js";
import { normalise } from "../src/math/vector.js";

/** A model without pictures, whose text embeddings follow from a hash of the text, and which notes what it encodes. */
export interface HashEncoder extends IndexModel {
  readonly encoded: string[];
}

export function hashEncoder({ id = "hash", dimension = 16 } = {}): HashEncoder {
  const encoded: string[] = [];
  return {
    id,
    dimension,
    encoded,
    logitScale: 100,
    logitBias: 0,
    scoreFunction: "softmax",
    fingerprint: async () => `sha256:${createHash("sha256").update(id).digest("hex")}`,
    async embedTexts(texts, { signal, onProgress } = {}) {
      signal?.throwIfAborted();
      encoded.push(...texts);
      onProgress?.(texts.length);
      return matrixOf(
        texts.map((text) => hashVector(text, dimension)),
        dimension,
      );
    },
    embedImages: async () => [],
  };
}

/** A unit vector that is the same for the same text. */
export function hashVector(text: string, dimension: number): Float32Array {
  const bytes = createHash("shake256", { outputLength: 4 * dimension })
    .update(text)
    .digest();
  return normalise(Float32Array.from({ length: dimension }, (_, i) => bytes.readInt32LE(4 * i)));
}
