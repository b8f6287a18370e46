import { floatsOf } from "./base64.js";
import { type CallOptions, jsonOf } from "./transport.js";

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

/** The embeddings of an answer, which come in base64. @throws ServerError where it is cut off */
export async function embeddingsOf(response: Response): Promise<EmbeddingResult[]> {
  const { results } = await jsonOf<{
    results: (Omit<EmbeddingResult, "embedding"> & { embedding?: string })[];
  }>(response);
  return results.map(({ embedding, ...rest }) => ({
    ...rest,
    ...(embedding !== undefined && { embedding: floatsOf(embedding) }),
  }));
}
