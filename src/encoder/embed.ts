import { NearlabelError } from "../errors.js";
import type { ImageSource } from "../image/source.js";
import { type Matrix, row } from "../math/matrix.js";
import type { TokenBatch } from "../tokens/token-batch.js";
import type { ClipTokenizer, EncodedText } from "../tokens/tokenizer.js";
import { embedBatches, type ImageSteps } from "./embed-rows.js";
import type { EmbedOptions, Notice } from "./encoder.js";
import { unitEmbedding } from "./unit-embedding.js";

/** Texts in one run of the text tower. Larger batches are no faster on a processor, and take more memory. */
const textBatchSize = 64;

export interface TextSteps {
  readonly dimension: number;
  readonly tokenizer: ClipTokenizer;
  encodeTokens(tokens: TokenBatch): Promise<Matrix>;
  onNotice(notice: Notice): void;
}

/**
 * Unit-length embeddings, one row a text, in the order of `texts`. Texts of like length share a batch, so that
 * little of it is padding.
 * @throws NearlabelError VECTOR_INVALID for a text whose embedding is not finite, and what the steps throw
 */
export async function embedTexts(
  texts: readonly string[],
  { dimension, tokenizer, encodeTokens, onNotice }: TextSteps,
  { signal, onProgress, nameOf = (text) => `the text ${quoted(text)}` }: EmbedOptions,
): Promise<Matrix> {
  expectArray(texts, "texts");
  signal?.throwIfAborted();
  const encoded = texts.map((text, index) => encodeText(text, index, tokenizer));
  for (const [index, { truncated }] of encoded.entries()) {
    if (truncated) onNotice(truncation(nameOf(texts[index]!), encoded[index]!.ids.length));
  }
  const shortestFirst = [...encoded.keys()].sort((a, b) => encoded[a]!.ids.length - encoded[b]!.ids.length);
  const data = new Float32Array(texts.length * dimension);
  for (let start = 0; start < texts.length; start += textBatchSize) {
    signal?.throwIfAborted();
    const indexes = shortestFirst.slice(start, start + textBatchSize);
    const embeddings = await encodeTokens(tokenizer.batch(indexes.map((index) => encoded[index]!)));
    for (const [position, index] of indexes.entries()) {
      const unit = unitEmbedding(row(embeddings, position), () => nameOf(texts[index]!));
      if (unit instanceof NearlabelError) throw unit;
      data.set(unit.embedding, index * dimension);
    }
    onProgress?.(start + indexes.length);
  }
  return { data, rows: texts.length, columns: dimension };
}

/** A unit-length embedding for each picture, or the error that kept it from having one. */
export async function embedImages(
  images: readonly ImageSource[],
  imageSteps: ImageSteps,
  { signal, onProgress }: EmbedOptions,
): Promise<(Float32Array | NearlabelError)[]> {
  expectArray(images, "pictures");
  const rows = images.map((image, id) => ({ id, image }));
  const results: (Float32Array | NearlabelError)[] = [];
  for await (const batch of embedBatches({ imageSteps }, rows, { signal })) {
    for (const { embedding, error } of batch) results.push(embedding ?? error);
    onProgress?.(results.length);
  }
  return results;
}

/** @throws TypeError for anything but an array, such as one thing in place of many */
export function expectArray(values: readonly unknown[], what: "texts" | "pictures"): void {
  if (!Array.isArray(values)) throw new TypeError(`Expected an array of ${what}, got ${typeof values}`);
}

function encodeText(text: string, index: number, tokenizer: ClipTokenizer): EncodedText {
  if (typeof text === "string") return tokenizer.encode(text);
  throw new TypeError(`Expected texts[${index}] to be a string, got ${typeof text}`);
}

function truncation(name: string, length: number): Notice {
  return { code: "TEXT_TRUNCATED", message: `Cut to the ${length} tokens that the model reads: ${name}.` };
}

/** The beginning of a text, for messages. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}
