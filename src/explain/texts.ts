import { allEmbeddings } from "../encoder/embedding-batch.js";
import type { Encoder } from "../encoder/encoder.js";
import type { Model } from "../encoder/model.js";
import { type EmbedLabelsOptions, embedLabels } from "../labels/prompts/embed-labels.js";
import { promptsOf } from "../labels/prompts/templates.js";
import type { Label } from "../labels/set/label.js";
import { matrixOf, row } from "../math/matrix.js";
import type { Explanation, Padding } from "./explanation.js";

type ExplainedTexts = Pick<
  Explanation,
  "labels" | "prompts" | "padding" | "textEmbeddings" | "textNorms" | "classEmbeddings"
>;

/** From labels to class embeddings. The numbers are those of `embedLabels`, whose text embeddings are kept on the way. */
export async function explainTexts(
  labels: readonly Label[],
  templates: readonly string[],
  model: Model,
  options: EmbedLabelsOptions,
): Promise<ExplainedTexts> {
  const { encoder, embedded } = keepingTexts(model);
  const classEmbeddings = await embedLabels(encoder, labels, templates, options);
  const prompts = labels.map((label) => promptsOf(label, templates));
  const texts = [...new Set(prompts.flat())];
  const places = new Map(texts.map((text, at) => [text, at]));
  const kept = texts.map((text) => embedded.get(text)!);
  return {
    labels: labels.map((label, at) => ({
      ...label,
      promptsAt: prompts[at]!.map((text) => places.get(text)!),
    })),
    ...tokensOf(texts, model),
    textEmbeddings: matrixOf(
      kept.map(({ embedding }) => embedding),
      model.dimension,
    ),
    textNorms: Float64Array.from(kept, ({ norm }) => norm),
    classEmbeddings,
  };
}

interface TextEmbedding {
  readonly embedding: Float32Array;
  readonly norm: number;
}

/** `model` as an encoder that keeps the embedding of each text. */
function keepingTexts(model: Model): { encoder: Encoder; embedded: ReadonlyMap<string, TextEmbedding> } {
  const embedded = new Map<string, TextEmbedding>();
  const embedTexts: Encoder["embedTexts"] = async (texts, options) => {
    const batch = await model.embedTexts(texts, options);
    const embeddings = allEmbeddings(batch);
    for (const [at, text] of texts.entries()) {
      embedded.set(text, { embedding: row(embeddings, at), norm: batch.norms[at]! });
    }
    return batch;
  };
  return { encoder: { ...model, embedTexts }, embedded };
}

function tokensOf(texts: readonly string[], model: Model): Pick<Explanation, "prompts" | "padding"> {
  const { ids, attentionMask, length, padId, truncated } = model.tokenize(texts);
  const cut = new Set(truncated);
  const tokenOf = (id: number) => ({ id, text: model.tokenText(id) });
  const prompts = texts.map((text, at) => {
    const mask = attentionMask.subarray(at * length, (at + 1) * length);
    const own = [...ids.subarray(at * length, (at + 1) * length)].filter((_, place) => mask[place] === 1);
    return { text, tokens: own.map(tokenOf), truncated: cut.has(at) };
  });
  const side: Padding["side"] = texts.some((_, at) => attentionMask[at * length] === 0) ? "left" : "right";
  return { prompts, padding: { ...tokenOf(padId), length, side } };
}
