import { open } from "node:fs/promises";
import { NearlabelError, systemErrorCode } from "../errors.js";
import type { EncodedImage } from "./source.js";

/** The largest file that is read by default: 256 MiB. */
export const MAX_BYTES = 256 * 2 ** 20;

/** The bytes of an encoded picture, and what to call it in a message. */
export interface ImageFile {
  readonly bytes: Uint8Array;
  readonly name: string;
}

/**
 * The bytes of `source`, refused before they are read if there are more than `maxBytes`.
 *
 * Errors: IMAGE_NOT_FOUND, IMAGE_UNREADABLE (a folder, no permission), IMAGE_EMPTY, IMAGE_TOO_LARGE.
 */
export async function readImage(
  source: EncodedImage,
  maxBytes: number,
  name = nameOf(source),
): Promise<ImageFile> {
  if (typeof source === "string") return { bytes: await readFile(source, name, maxBytes), name };
  checkSize(source instanceof Blob ? source.size : source.byteLength, name, maxBytes);
  if (source instanceof Uint8Array) return { bytes: source, name };
  return { bytes: new Uint8Array(source instanceof Blob ? await source.arrayBuffer() : source), name };
}

function nameOf(source: EncodedImage): string {
  if (typeof source === "string") return source;
  if (source instanceof Blob && "name" in source && typeof source.name === "string") return source.name;
  return `picture of ${source instanceof Blob ? source.size : source.byteLength} bytes`;
}

async function readFile(path: string, name: string, maxBytes: number): Promise<Uint8Array> {
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    checkSize(size, name, maxBytes);
    return await file.readFile();
  } catch (error) {
    throw error instanceof NearlabelError ? error : fileError(error, name);
  }
}

function checkSize(size: number, name: string, maxBytes: number): void {
  if (size === 0) {
    throw new NearlabelError("IMAGE_EMPTY", `${name} is empty: expected an encoded picture, got 0 bytes`);
  }
  if (size > maxBytes) {
    throw new NearlabelError(
      "IMAGE_TOO_LARGE",
      `${name} has ${size} bytes, more than the limit of ${maxBytes}. Raise maxBytes if the picture can be trusted.`,
    );
  }
}

function fileError(cause: unknown, name: string): NearlabelError {
  const code = systemErrorCode(cause);
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new NearlabelError("IMAGE_NOT_FOUND", `${name} does not exist. Check the path.`, { cause });
  }
  const reason =
    code === "EISDIR"
      ? "it is a folder, and a picture was expected"
      : code === "EACCES" || code === "EPERM"
        ? "this program may not read it. Check its permissions."
        : String(cause);
  return new NearlabelError("IMAGE_UNREADABLE", `${name} cannot be read: ${reason}`, { cause });
}
