import { type Embedding, type EmbeddingBatch, embeddingAt } from "../../encoder/embedding-batch.js";
import type { Encoder } from "../../encoder/encoder.js";
import { NearlabelError } from "../../errors.js";
import type { Limits } from "../limits.js";
import { type Picture, pictureOf, pictureOfText } from "../pictures/picture.js";
import { RequestError, requestInvalid } from "../problems/request-error.js";

/** One thing to embed: a text, or a picture as base64, a data URL, or the bytes of its file. */
export type EmbeddingInput = { readonly text: string } | { readonly image: string | Uint8Array };

/**
 * Embeddings of texts and pictures, in the order of `inputs`.
 * @throws RequestError for more or longer ones than `limits` has, and for the first that cannot be embedded
 */
export async function embedInputs(
  encoder: Encoder,
  inputs: readonly EmbeddingInput[],
  limits: Limits,
): Promise<Embedding[]> {
  const texts = inputs.flatMap((input, at) => ("text" in input ? [{ at, text: input.text }] : []));
  const images = inputs.flatMap((input, at) => ("image" in input ? [{ at, image: input.image }] : []));
  checkNumber(texts.length, limits.prompts, "texts");
  checkNumber(images.length, limits.pictures, "pictures");
  for (const { at, text } of texts) checkLength(text, at, limits);
  const pictures = images.map(({ at, image }) => pictureIn(image, String(at), limits).bytes);
  const [ofTexts, ofPictures] = await Promise.all([
    encoder.embedTexts(texts.map(({ text }) => text)),
    encoder.embedImages(pictures),
  ]);
  const embeddings = new Array<Embedding>(inputs.length);
  for (const [position, { at }] of texts.entries()) embeddings[at] = embeddingOf(ofTexts, position, at);
  for (const [position, { at }] of images.entries()) embeddings[at] = embeddingOf(ofPictures, position, at);
  return embeddings;
}

/** A picture of a request, however it came. @throws RequestError */
export function pictureIn(image: string | Uint8Array, name: string, limits: Limits): Picture {
  if (typeof image === "string") return pictureOfText(image, name, limits);
  return pictureOf({ name, bytes: image }, limits);
}

function checkNumber(count: number, most: number, what: string): void {
  if (count <= most) return;
  throw new RequestError(
    "REQUEST_TOO_LARGE",
    `Expected at most ${most} ${what} in one request, got ${count}.`,
  );
}

function checkLength(text: string, at: number, { textLength }: Limits): void {
  if (text.length <= textLength) return;
  throw requestInvalid(
    `Input ${at} has ${text.length} characters, more than the ${textLength} that are taken.`,
  );
}

function embeddingOf(batch: EmbeddingBatch, position: number, at: number): Embedding {
  const found = embeddingAt(batch, position);
  if (!(found instanceof NearlabelError)) return found;
  throw new RequestError(found.code, `Input ${at}: ${found.publicMessage}`, { cause: found });
}
