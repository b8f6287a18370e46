import { type Matrix, row } from "../math/matrix.js";
import type { TokenBatch } from "../tokens/token-batch.js";
import type { ClipTokenizer, EncodedText } from "../tokens/tokenizer.js";
import { createEmbeddingBatch, type EmbeddingBatch } from "./embedding-batch.js";
import { type EmbedOptions, expectArray, type Notice } from "./encoder.js";

/** Texts in one run of the text tower. Larger batches are no faster on a processor, and take more memory. */
const textBatchSize = 64;

export interface TextSteps {
  readonly dimension: number;
  readonly tokenizer: ClipTokenizer;
  encodeTokens(tokens: TokenBatch, signal?: AbortSignal): Promise<Matrix>;
  onNotice(notice: Notice): void;
}

/** One embedding a text. Texts of like length share a batch, so that little of it is padding. */
export async function embedTexts(
  texts: readonly string[],
  { dimension, tokenizer, encodeTokens, onNotice }: TextSteps,
  { signal, onProgress, nameOf = (position) => `the text ${quoted(texts[position]!)}` }: EmbedOptions,
): Promise<EmbeddingBatch> {
  expectArray(texts, "texts");
  signal?.throwIfAborted();
  const encoded = texts.map((text, position) => encodeText(text, position, tokenizer));
  for (const [position, { truncated, ids }] of encoded.entries()) {
    if (truncated) onNotice(truncation(nameOf(position), ids.length));
  }
  const shortestFirst = [...encoded.keys()].sort((a, b) => encoded[a]!.ids.length - encoded[b]!.ids.length);
  const writer = createEmbeddingBatch(texts.length, dimension);
  for (let start = 0; start < texts.length; start += textBatchSize) {
    signal?.throwIfAborted();
    const positions = shortestFirst.slice(start, start + textBatchSize);
    const tokens = tokenizer.batch(positions.map((position) => encoded[position]!));
    const vectors = await encodeTokens(tokens, signal);
    for (const [index, position] of positions.entries()) {
      writer.addVector(position, row(vectors, index), () => nameOf(position));
    }
    onProgress?.(start + positions.length);
  }
  return writer.batch;
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
