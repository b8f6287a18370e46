import { NearlabelError } from "../errors.js";
import type { ImageSource } from "../image/source.js";
import { type Matrix, norm, normalise, row } from "../vector.js";
import type { EmbedOptions, Notice } from "./encoder.js";
import type { TokenBatch } from "./model.js";
import type { ClipTokenizer, EncodedText } from "./tokenizer.js";

/** Texts in one run of the text tower. Larger batches are no faster on a processor, and take more memory. */
const textBatchSize = 64;

export interface TextSteps {
  readonly dimension: number;
  readonly tokenizer: ClipTokenizer;
  encodeTokens(tokens: TokenBatch): Promise<Matrix>;
  onNotice(notice: Notice): void;
}

export interface ImageSteps {
  /** Pictures in one run of the vision tower. */
  readonly batchSize: number;
  preprocess(image: ImageSource): Promise<Float32Array>;
  encodePixels(pixels: readonly Float32Array[]): Promise<Matrix>;
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
      const embedding = row(embeddings, position);
      if (!isDirection(embedding)) throw notFinite(nameOf(texts[index]!));
      data.set(normalise(embedding), index * dimension);
    }
    onProgress?.(start + indexes.length);
  }
  return { data, rows: texts.length, columns: dimension };
}

/**
 * A unit-length embedding for each picture, or the error that kept it from having one. While one batch is in the
 * network the next is decoded, on the threads of the image library.
 */
export async function embedImages(
  images: readonly ImageSource[],
  { batchSize, preprocess, encodePixels }: ImageSteps,
  { signal, onProgress }: EmbedOptions,
): Promise<(Float32Array | NearlabelError)[]> {
  signal?.throwIfAborted();
  const pixelsOf = (start: number) =>
    Promise.all(images.slice(start, start + batchSize).map((image) => orError(preprocess(image))));
  const results: (Float32Array | NearlabelError)[] = [];
  let next = pixelsOf(0);
  for (let start = 0; start < images.length; start += batchSize) {
    const pixels = await next;
    signal?.throwIfAborted();
    next = pixelsOf(start + batchSize);
    results.push(...(await embedBatch(pixels, start, encodePixels)));
    onProgress?.(results.length);
  }
  return results;
}

async function embedBatch(
  pixels: readonly (Float32Array | NearlabelError)[],
  start: number,
  encodePixels: ImageSteps["encodePixels"],
): Promise<(Float32Array | NearlabelError)[]> {
  const good = pixels.filter((item) => item instanceof Float32Array);
  if (good.length === 0) return pixels.filter((item) => item instanceof NearlabelError);
  const embeddings = await encodePixels(good);
  let used = 0;
  return pixels.map((item, index) => {
    if (item instanceof NearlabelError) return item;
    const embedding = row(embeddings, used++);
    return isDirection(embedding) ? normalise(embedding) : notFinite(`picture ${start + index}`);
  });
}

async function orError(pixels: Promise<Float32Array>): Promise<Float32Array | NearlabelError> {
  try {
    return await pixels;
  } catch (error) {
    if (error instanceof NearlabelError) return error;
    return new NearlabelError("IMAGE_UNREADABLE", `The picture cannot be read: ${String(error)}`, {
      cause: error,
    });
  }
}

function encodeText(text: string, index: number, tokenizer: ClipTokenizer): EncodedText {
  if (typeof text === "string") return tokenizer.encode(text);
  throw new TypeError(`Expected texts[${index}] to be a string, got ${typeof text}`);
}

/** Whether a vector can be brought to unit length. */
function isDirection(vector: Float32Array): boolean {
  const length = norm(vector);
  return Number.isFinite(length) && length > 0;
}

function notFinite(what: string): NearlabelError {
  return new NearlabelError(
    "VECTOR_INVALID",
    `The model gave ${what} an embedding that is zero or not finite. Weights of a higher precision ` +
      "(dtype) may help; an input that always does this is not usable with this model.",
  );
}

function truncation(name: string, length: number): Notice {
  return { code: "TEXT_TRUNCATED", message: `Cut to the ${length} tokens that the model reads: ${name}.` };
}

/** The beginning of a text, for messages. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}
