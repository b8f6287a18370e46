import type { FastifyRequest, preHandlerAsyncHookHandler, preValidationAsyncHookHandler } from "fastify";
import { RequestError, requestInvalid } from "../problems/request-error.js";
import { type Picture, pictureOf, pictureOfText } from "./picture.js";

declare module "fastify" {
  interface FastifyRequest {
    /** What came as pictures, in order, each no larger than the server takes; not yet decoded. */
    pictures: Picture[];
  }
}

/**
 * Takes a form or the bytes of one picture apart, before the body is validated: files go to `request.pictures`, and the body
 * becomes an object of the other fields, each text as it came, or an array of texts where a field came more than once. Of bytes
 * the parameters of the address are the fields. JSON stays as it is.
 */
export const readForm: preValidationAsyncHookHandler = async (request) => {
  request.pictures = [];
  if (request.isMultipart()) {
    request.body = await readParts(request).catch(notAForm);
  } else if (Buffer.isBuffer(request.body)) {
    const { limits } = request.server.service;
    request.pictures.push(pictureOf({ name: "0", bytes: request.body }, limits));
    request.body = { ...(request.query as object) };
  }
};

/** What the reader of forms says of broken ones has no status. */
function notAForm(error: unknown): never {
  if (error instanceof RequestError || "statusCode" in Object(error)) throw error;
  throw requestInvalid("The form is broken: it ends early, or its parts are not as its type says.");
}

async function readParts(request: FastifyRequest): Promise<Record<string, string | string[]>> {
  const { limits } = request.server.service;
  const fields = new Map<string, string[]>();
  for await (const part of request.parts()) {
    if (part.type === "file") {
      const bytes = await part.toBuffer();
      const name = part.filename || String(request.pictures.length);
      if (request.pictures.length === limits.pictures) throw tooMany(limits.pictures);
      request.pictures.push(pictureOf({ name, field: part.fieldname, bytes }, limits));
    } else {
      if (part.valueTruncated || part.fieldnameTruncated) {
        throw new RequestError("REQUEST_TOO_LARGE", `The field "${part.fieldname}" is too long.`);
      }
      fields.set(part.fieldname, [...(fields.get(part.fieldname) ?? []), String(part.value)]);
    }
  }
  return Object.fromEntries(
    [...fields].map(([name, values]) => [name, values.length === 1 ? values[0]! : values]),
  );
}

/** After validation: pictures of JSON, strings of base64 in `images`, go to `request.pictures` as well. */
export const readImages: preHandlerAsyncHookHandler = async (request) => {
  const { images = [] } = Object(request.body) as { images?: readonly (string | NamedText)[] };
  const { limits } = request.server.service;
  if (request.pictures.length + images.length > limits.pictures) throw tooMany(limits.pictures);
  const { fetcher } = request.server.service;
  let fetched = 0;
  for (const image of images) {
    const { name = String(request.pictures.length), data } =
      typeof image === "string" ? { data: image } : image;
    const isAddress = fetcher !== undefined && /^https?:/i.test(data.slice(0, 6));
    if (!isAddress) {
      request.pictures.push(pictureOfText(data, name, limits));
      continue;
    }
    const picture = await fetcher.fetch(data, name, limits, request.caller.signal);
    fetched += picture.bytes.length;
    // They are no part of the body, but in memory all the same.
    if (fetched > limits.bodyBytes) throw tooMuchFetched(limits.bodyBytes);
    request.pictures.push(picture);
  }
  if (request.pictures.length === 0) {
    throw requestInvalid(
      "Expected at least one picture: files of a form, the bytes of one, or base64 in images.",
    );
  }
};

interface NamedText {
  readonly name?: string;
  readonly data: string;
}

function tooMuchFetched(most: number): RequestError {
  return new RequestError(
    "REQUEST_TOO_LARGE",
    `The pictures of the addresses have more than ${most} bytes in all, the most that the server takes.`,
  );
}

function tooMany(most: number): RequestError {
  return new RequestError("REQUEST_TOO_LARGE", `Expected at most ${most} pictures in one request.`);
}
