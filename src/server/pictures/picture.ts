import type { Limits } from "../limits.js";
import { RequestError, requestInvalid } from "../problems/request-error.js";

/** A picture that came in a request, as the bytes of its file. */
export interface Picture {
  /** What messages and results call it: the file name that the client gave, or its number from 0. */
  readonly name: string;
  /** The field of the form that it came in. */
  readonly field?: string | undefined;
  readonly bytes: Uint8Array;
}

/** One of which there are no bytes that a model could be given: of several, the others are answered all the same. */
interface RefusedPicture extends Omit<Picture, "bytes"> {
  readonly bytes?: never;
  readonly error: RequestError;
}

/** What came of one picture of a request. */
export type ReceivedPicture = Picture | RefusedPicture;

/** What is no picture's own fault ends the request. */
const OF_REQUESTS = new Set(["REQUEST_TOO_LARGE", "SERVER_BUSY", "SERVER_TIMEOUT"]);

/** The picture that `read` gives, or the same refused. @throws what is wrong with the request as a whole */
export async function orRefused(
  head: Omit<Picture, "bytes">,
  read: () => Picture | Promise<Picture>,
): Promise<ReceivedPicture> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RequestError && !OF_REQUESTS.has(error.code)) return { ...head, error };
    throw error;
  }
}

/** @throws RequestError for one that was refused */
export function expectPicture(picture: ReceivedPicture): Picture {
  if (picture.bytes) return picture;
  throw picture.error;
}

/** @throws RequestError IMAGE_EMPTY, IMAGE_TOO_LARGE */
export function pictureOf(picture: Picture, { pictureBytes }: Limits): Picture {
  const { bytes, name } = picture;
  if (bytes.length === 0) throw new RequestError("IMAGE_EMPTY", `Picture "${name}" has no bytes.`);
  if (bytes.length > pictureBytes) throw tooLarge(name, pictureBytes);
  return picture;
}

const DATA_URL = /^data:([^,;]*)((?:;[^,;]*)*),/i;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/**
 * The picture in a string of a request: base64, or a data URL of it. Nothing else: a string names no file of the server.
 * Its length is looked at before anything is decoded.
 * @throws RequestError REQUEST_INVALID, IMAGE_EMPTY, IMAGE_TOO_LARGE
 */
export function pictureOfText(text: string, name: string, limits: Limits): Picture {
  const head = DATA_URL.exec(text.slice(0, 200));
  if (/^data:/i.test(text) && !(head && /;base64$/i.test(head[2]!))) {
    throw requestInvalid(`Picture "${name}": expected a data URL in base64, as data:image/jpeg;base64,….`);
  }
  const encoded = head ? text.slice(head[0].length) : text;
  if (encoded.length > Math.ceil(limits.pictureBytes / 3) * 4 + LINE_BREAKS) {
    throw tooLarge(name, limits.pictureBytes);
  }
  const digits = /\s/.test(encoded) ? encoded.replace(/\s+/g, "") : encoded;
  if (!BASE64.test(digits)) {
    throw requestInvalid(
      `Picture "${name}": expected the file in base64, or a data URL of it, got text that is neither. Addresses and paths are not read.`,
    );
  }
  return pictureOf({ name, bytes: Buffer.from(digits, "base64") }, limits);
}

/** Base64 may be broken into lines; a thousandth of it more is let through to be counted after decoding. */
const LINE_BREAKS = 2 ** 16;

export function tooLarge(name: string, most: number): RequestError {
  return new RequestError(
    "IMAGE_TOO_LARGE",
    `Picture "${name}" has more than the ${most} bytes that the server takes.`,
  );
}
