import { floatsOf } from "./base64.js";
import type { CallOptions } from "./transport.js";

export interface EmbedOptions extends CallOptions {
  /** A model that the server has. Default: its first. */
  readonly model?: string | undefined;
}

/** What became of one text or picture: its `embedding`, or the `error` that kept it from having one. */
export interface EmbeddingResult {
  /** In the request, from 0. */
  readonly index: number;
  /** Unit length. */
  readonly embedding?: Float32Array;
  readonly error?: { readonly code: string; readonly message: string };
}

/** The results of an answer, whose embeddings come in base64. */
export interface EmbeddingAnswer {
  readonly results: readonly (Omit<EmbeddingResult, "embedding"> & { readonly embedding?: string })[];
}

/** With the numbers of each. */
export function embeddingsOf({ results }: EmbeddingAnswer): EmbeddingResult[] {
  return results.map(({ embedding, ...rest }) => ({
    ...rest,
    ...(embedding !== undefined && { embedding: floatsOf(embedding) }),
  }));
}
