import type { MultipartFile, MultipartValue } from "@fastify/multipart";
import type { FastifyRequest, preHandlerAsyncHookHandler, preValidationAsyncHookHandler } from "fastify";
import { RequestError, requestInvalid } from "../problems/request-error.js";
import { orRefused, pictureOf, type ReceivedPicture, tooLarge } from "./picture.js";
import { readPictures } from "./read-picture.js";

declare module "fastify" {
  interface FastifyRequest {
    /** What came as pictures, in order, each no larger than the server takes, or refused; not yet decoded. */
    pictures: ReceivedPicture[];
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
  const { bodyBytes, pictures } = request.server.service.limits;
  if (Number(request.headers["content-length"]) > bodyBytes) throw tooLong(bodyBytes);
  const fields = new Map<string, string[]>();
  let size = 0;
  for await (const part of request.parts()) {
    if (part.type === "file") {
      if (request.pictures.length === pictures) throw tooMany(pictures);
      const picture = await pictureOfPart(part, request);
      request.pictures.push(picture);
      size += picture.bytes?.length ?? 0;
    } else {
      const value = textOfPart(part);
      fields.set(part.fieldname, [...(fields.get(part.fieldname) ?? []), value]);
      size += value.length;
    }
    // How long a body is need not be said before.
    if (size > bodyBytes) throw tooLong(bodyBytes);
  }
  return Object.fromEntries(
    [...fields].map(([name, values]) => [name, values.length === 1 ? values[0]! : values]),
  );
}

async function pictureOfPart(
  part: MultipartFile,
  { pictures, server }: FastifyRequest,
): Promise<ReceivedPicture> {
  const { limits } = server.service;
  const head = { name: part.filename || String(pictures.length), field: part.fieldname };
  const bytes = await part.toBuffer();
  return orRefused(head, () => {
    if (part.file.truncated) throw tooLarge(head.name, limits.pictureBytes);
    return pictureOf({ ...head, bytes }, limits);
  });
}

function textOfPart({ fieldname, value, valueTruncated, fieldnameTruncated }: MultipartValue): string {
  if (!valueTruncated && !fieldnameTruncated) return String(value);
  throw new RequestError("REQUEST_TOO_LARGE", `The field "${fieldname}" is too long.`);
}

/** After validation: pictures of JSON, texts in `images`, go to `request.pictures` as well. */
export const readImages: preHandlerAsyncHookHandler = async (request) => {
  const { images = [] } = Object(request.body) as { images?: readonly (string | NamedText)[] };
  const { limits } = request.server.service;
  const before = request.pictures.length;
  if (before + images.length > limits.pictures) throw tooMany(limits.pictures);
  const given = images.map((image, at) => {
    const { name = String(before + at), data } = typeof image === "string" ? { data: image } : image;
    return { name, source: data };
  });
  request.pictures.push(...(await readPictures(given, request)));
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

function tooLong(most: number): RequestError {
  return new RequestError(
    "REQUEST_TOO_LARGE",
    `The form has more than the ${most} bytes that the server takes.`,
  );
}

function tooMany(most: number): RequestError {
  return new RequestError("REQUEST_TOO_LARGE", `Expected at most ${most} pictures in one request.`);
}
