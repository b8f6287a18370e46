import type { FastifyRequest } from "fastify";
import { mapAhead } from "../../encoder/rows/map-ahead.js";
import { orRefused, type Picture, pictureOf, pictureOfText, type ReceivedPicture } from "./picture.js";

/** What stands for a picture in a request, and what the picture is called. */
export interface GivenPicture {
  /** Base64, a data URL, or an address where the server fetches from some; or the bytes of its file. */
  readonly source: string | Uint8Array;
  readonly name: string;
}

/** Addresses of one request that are fetched at a time. */
const FETCHED_AT_ONCE = 8;

/**
 * @param signal ends what is fetched. Default: that of the request
 * @throws RequestError
 */
export async function readPicture(
  { source, name }: GivenPicture,
  { server, caller, hold }: FastifyRequest,
  signal: AbortSignal = caller.signal,
): Promise<Picture> {
  const { limits, fetcher } = server.service;
  if (typeof source !== "string") return pictureOf({ name, bytes: source }, limits);
  if (!fetcher || !/^https?:/i.test(source)) return pictureOfText(source, name, limits);
  return fetcher.fetch(source, name, { limits, hold, signal });
}

/**
 * Several pictures, in their order. One that cannot be had is refused, and the others are read.
 *
 * @throws RequestError where all are too large together, or nobody waits for them any more
 */
export async function readPictures(
  given: readonly GivenPicture[],
  request: FastifyRequest,
): Promise<ReceivedPicture[]> {
  // As where the body is a picture: a signal and its end would take a tenth of what the thread has to do for that.
  if (given.length === 0) return [];
  const stop = new AbortController();
  const signal = AbortSignal.any([request.caller.signal, stop.signal]);
  const read = (each: GivenPicture) =>
    orRefused({ name: each.name }, () => readPicture(each, request, signal));
  async function* all() {
    yield* given;
  }
  const pictures: ReceivedPicture[] = [];
  try {
    for await (const picture of mapAhead(all(), read, { ahead: FETCHED_AT_ONCE, signal }))
      pictures.push(picture);
  } finally {
    stop.abort();
  }
  return pictures;
}
