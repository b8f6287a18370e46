import { type Client, type Model, ServerError } from "nearlabel/client";
import { createEmbeddingBatch } from "../../../src/encoder/embedding-batch.js";
import type { embedLabels } from "../../../src/labels/prompts/embed-labels.js";

type TextEncoder = Parameters<typeof embedLabels>[0];

/** Embeddings of texts that were asked for once, by model. */
const known = new Map<string, Map<string, Float32Array>>();

/** Texts in one request. */
const AT_ONCE = 1000;

/** An encoder of texts that asks the server, for each text once as long as the page is open. */
export function textEncoder(client: Client, { id, dimension }: Model): TextEncoder {
  const embeddings = known.get(id) ?? new Map<string, Float32Array>();
  known.set(id, embeddings);
  return {
    dimension,
    async embedTexts(texts, { signal } = {}) {
      const fresh = [...new Set(texts)].filter((text) => !embeddings.has(text));
      for (let at = 0; at < fresh.length; at += AT_ONCE) {
        const some = fresh.slice(at, at + AT_ONCE);
        const results = await client.embedTexts(some, { model: id, signal });
        for (const { index, embedding, error } of results) {
          if (!embedding) throw new ServerError(error!.code, `"${some[index]}": ${error!.message}`);
          embeddings.set(some[index]!, embedding);
        }
      }
      const writer = createEmbeddingBatch(texts.length, dimension);
      for (const [at, text] of texts.entries()) {
        writer.addEmbedding(at, { embedding: embeddings.get(text)!, norm: 1 });
      }
      return writer.batch;
    },
  };
}
