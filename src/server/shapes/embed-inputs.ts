import type { FastifyRequest } from "fastify";
import { type Embedding, type EmbeddingBatch, embeddingAt } from "../../encoder/embedding-batch.js";
import type { Encoder } from "../../encoder/encoder.js";
import { NearlabelError } from "../../errors.js";
import type { Limits } from "../limits.js";
import { expectPicture } from "../pictures/picture.js";
import { readPictures } from "../pictures/read-picture.js";
import { RequestError, requestInvalid } from "../problems/request-error.js";

/** One thing to embed: a text, or a picture as base64, a data URL, an address, or the bytes of its file. */
export type EmbeddingInput = { readonly text: string } | { readonly image: string | Uint8Array };

/**
 * Embeddings of texts and pictures, in the order of `inputs`.
 * @throws RequestError for more or longer ones than `limits` has, and for the first that cannot be embedded
 */
export async function embedInputs(
  encoder: Encoder,
  inputs: readonly EmbeddingInput[],
  request: FastifyRequest,
): Promise<Embedding[]> {
  const { limits } = request.server.service;
  const texts = inputs.flatMap((input, at) => ("text" in input ? [{ at, text: input.text }] : []));
  const images = inputs.flatMap((input, at) => ("image" in input ? [{ at, image: input.image }] : []));
  checkNumber(texts.length, limits.prompts, "texts");
  checkNumber(images.length, limits.pictures, "pictures");
  for (const { at, text } of texts) checkLength(text, at, limits);
  const named = images.map(({ at, image }) => ({ name: String(at), source: image }));
  const pictures = (await readPictures(named, request)).map(expectPicture);
  const [ofTexts, ofPictures] = await Promise.all([
    encoder.embedTexts(texts.map(({ text }) => text)),
    encoder.embedImages(
      pictures.map(({ bytes }) => bytes),
      { transfer: true },
    ),
  ]);
  const embeddings = new Array<Embedding>(inputs.length);
  for (const [position, { at }] of texts.entries()) embeddings[at] = embeddingOf(ofTexts, position, at);
  for (const [position, { at }] of images.entries()) embeddings[at] = embeddingOf(ofPictures, position, at);
  return embeddings;
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
