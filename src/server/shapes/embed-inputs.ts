import type { FastifyRequest } from "fastify";
import { type Embedding, type EmbeddingBatch, embeddingAt } from "../../encoder/embedding-batch.js";
import type { Encoder } from "../../encoder/encoder.js";
import { NearlabelError } from "../../errors.js";
import type { Limits } from "../limits.js";
import { type Picture, pictureOf, pictureOfText } from "../pictures/picture.js";
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
  const pictures = await picturesIn(images, request);
  const [ofTexts, ofPictures] = await Promise.all([
    encoder.embedTexts(texts.map(({ text }) => text)),
    encoder.embedImages(pictures),
  ]);
  const embeddings = new Array<Embedding>(inputs.length);
  for (const [position, { at }] of texts.entries()) embeddings[at] = embeddingOf(ofTexts, position, at);
  for (const [position, { at }] of images.entries()) embeddings[at] = embeddingOf(ofPictures, position, at);
  return embeddings;
}

interface ImageAt {
  /** Among the inputs. */
  readonly at: number;
  readonly image: string | Uint8Array;
}

/** One after the other, so that what is fetched is no more than a request may hold. @throws RequestError */
async function picturesIn(images: readonly ImageAt[], request: FastifyRequest): Promise<Uint8Array[]> {
  const { bodyBytes } = request.server.service.limits;
  const pictures: Uint8Array[] = [];
  let sum = 0;
  for (const { at, image } of images) {
    const { bytes } = await pictureIn(image, String(at), request);
    pictures.push(bytes);
    sum += bytes.length;
    if (sum > bodyBytes) {
      throw new RequestError("REQUEST_TOO_LARGE", `The pictures have more than ${bodyBytes} bytes together.`);
    }
  }
  return pictures;
}

/** A picture of a request: its bytes, base64, a data URL, or an address where the server fetches from some. @throws RequestError */
export async function pictureIn(
  image: string | Uint8Array,
  name: string,
  { server, caller }: FastifyRequest,
): Promise<Picture> {
  const { limits, fetcher } = server.service;
  if (typeof image !== "string") return pictureOf({ name, bytes: image }, limits);
  if (fetcher && /^https?:/i.test(image)) return fetcher.fetch(image, name, limits, caller.signal);
  return pictureOfText(image, name, limits);
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
