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
  const unreadable = [...texts.keys()].filter((position) => isUnreadable(texts[position]!, tokenizer));
  if (unreadable.length > 0) onNotice(unreadableTexts(unreadable.length, nameOf(unreadable[0]!)));
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

/** Runs of letters and emoji. */
const WORDS = /[\p{L}\p{M}\p{Emoji_Presentation}]+/gu;
/** Tokens a letter from which on a word is taken apart into bytes: those of UTF-8 are two to four. */
const BYTES = 2;
/** Letters of a word that are looked at: their bytes fit into what a model reads at once. */
const LETTERS = 7;

/**
 * Whether a word of the text is in letters that the tokenizer has no pieces for, so that it is spelt in bytes. The model met
 * such words rarely or never: their embeddings are all alike, and near to nothing.
 */
function isUnreadable(text: string, tokenizer: ClipTokenizer): boolean {
  if (!/\P{ASCII}/u.test(text)) return false;
  const ends = tokenizer.encode("").ids.length;
  return [...text.matchAll(WORDS)].some(([word]) => {
    if (/\p{Script=Latin}/u.test(word)) return false; // one letter with an accent, such as à, is spelt in bytes too
    const letters = [...word].slice(0, LETTERS);
    return tokenizer.encode(letters.join("")).ids.length - ends >= BYTES * letters.length;
  });
}

function unreadableTexts(count: number, first: string): Notice {
  const others = count > 1 ? ` and ${count - 1} more` : "";
  return {
    code: "TEXT_UNREADABLE",
    message:
      `In letters that the model can hardly know, as its tokenizer spells them in bytes: ${first}${others}. Their scores mean ` +
      "little. Give class names in English, or load a model of that language.",
  };
}

/** The beginning of a text, for messages. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}
