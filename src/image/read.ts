import { constants, type Stats } from "node:fs";
import { type FileHandle, stat } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { types } from "node:util";
import { isError, NearlabelError, systemErrorCode } from "../errors.js";
import { openFile } from "../files/open-file.js";
import { type ImageFile, isImageFile } from "./image-file.js";
import { adviceOnText, shortName } from "./not-a-picture.js";
import type { EncodedImage } from "./source.js";

/** The largest file that is read by default: 256 MiB. */
export const MAX_BYTES = 256 * 2 ** 20;

/** The bytes of an encoded picture, and what to call it in a message. */
export interface EncodedBytes {
  readonly bytes: Uint8Array;
  readonly name: string;
}

/**
 * The bytes of `source`, refused before they are read if there are more than `maxBytes`.
 *
 * Errors: IMAGE_NOT_FOUND, IMAGE_UNREADABLE (a folder, a pipe, no permission), IMAGE_EMPTY, IMAGE_TOO_LARGE.
 */
export async function readImage(
  source: ImageFile | EncodedImage,
  maxBytes: number,
  name = nameOf(source),
): Promise<EncodedBytes> {
  if (isImageFile(source)) return { bytes: await readFile(source, name, maxBytes), name };
  checkSize(source instanceof Blob ? source.size : source.byteLength, name, maxBytes);
  if (types.isUint8Array(source)) return { bytes: source, name };
  try {
    return { bytes: new Uint8Array(source instanceof Blob ? await source.arrayBuffer() : source), name };
  } catch (error) {
    throw fileError(error, name);
  }
}

function nameOf(source: ImageFile | EncodedImage): string {
  if (isImageFile(source)) return shortName(source.name) || "A file without a name";
  if (source instanceof Blob && "name" in source && typeof source.name === "string") {
    return shortName(source.name);
  }
  return `picture of ${source instanceof Blob ? source.size : source.byteLength} bytes`;
}

/** Otherwise opening a pipe would wait in a thread of Node.js' pool until somebody writes to it. Windows has no such flag. */
const AT_ONCE = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

async function readFile({ path, pipe }: ImageFile, name: string, maxBytes: number): Promise<Uint8Array> {
  try {
    await using file = await openFile(path, AT_ONCE);
    const found = await file.stat();
    if (found.isFIFO() && pipe) return await readPipe(file, path, name, maxBytes);
    if (!found.isFile()) throw notAFile(found, name);
    checkSize(found.size, name, maxBytes);
    return await file.readFile();
  } catch (error) {
    throw error instanceof NearlabelError ? error : fileError(error, name, path.toString());
  }
}

/** Whether `file` is a pipe that is to be read to its end. */
export async function isPipe({ path, pipe }: ImageFile): Promise<boolean> {
  return pipe && ((await stat(path).catch(() => undefined))?.isFIFO() ?? false);
}

/** Between two looks whether a pipe has more, in milliseconds. */
const PIPE_WAIT = 5;

/**
 * Everything that comes through a pipe. An error of a system call says that nothing is there now, and no bytes that nobody
 * has it open for writing: the end, or, with a pipe that has a name, the time before somebody opens it.
 */
async function readPipe(file: FileHandle, path: string | Buffer, name: string, maxBytes: number) {
  const parts: Uint8Array[] = [];
  const isNamed = !isDescriptor(path);
  for (let size = 0; ; ) {
    const part = await file.read(Buffer.alloc(2 ** 16)).catch((error: unknown) => {
      if (systemErrorCode(error) !== "EAGAIN") throw error;
      return undefined;
    });
    if (part?.bytesRead) {
      parts.push(part.buffer.subarray(0, part.bytesRead));
      size += part.bytesRead;
      if (size > maxBytes) checkSize(size, name, maxBytes);
    } else if (!part || (isNamed && size === 0)) {
      await setTimeout(PIPE_WAIT);
    } else {
      checkSize(size, name, maxBytes);
      return Buffer.concat(parts);
    }
  }
}

/** Whether `path` stands for something that this program was started with: `/dev/stdin`, or `/dev/fd/63` of `<(command)`. */
function isDescriptor(path: string | Buffer): boolean {
  return /^\/(dev\/(stdin|fd\/\d+)|proc\/\w+\/fd\/\d+)$/.test(path.toString());
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

function notAFile(stat: Stats, name: string): NearlabelError {
  const found = stat.isDirectory()
    ? "it is a folder, and a picture was expected"
    : stat.isFIFO()
      ? "it is a named pipe, and a file was expected. Name it on its own, or leave it out."
      : "it is a device or a socket, and a file was expected. Leave it out.";
  return new NearlabelError("IMAGE_UNREADABLE", `${name} cannot be read: ${found}`);
}

/** What no file is called: names with NUL, and those that are too long. */
const NO_NAME = ["ERR_INVALID_ARG_VALUE", "ENAMETOOLONG"];

function fileError(cause: unknown, name: string, path = ""): NearlabelError {
  const code = systemErrorCode(cause) ?? "";
  if (code === "ENOENT" || code === "ENOTDIR" || NO_NAME.includes(code)) {
    const advice = adviceOnText(path);
    return new NearlabelError(
      advice ? "IMAGE_UNSUPPORTED" : "IMAGE_NOT_FOUND",
      advice ? `${name} is no path of a file. ${advice}` : `${name} does not exist. Check the path.`,
      { cause },
    );
  }
  const reason =
    code === "EACCES" || code === "EPERM"
      ? "this program may not read it. Check its permissions."
      : code === "ENXIO"
        ? "it is a socket or a device, and a file was expected. Leave it out."
        : shortName(isError(cause) ? cause.message : String(cause));
  return new NearlabelError("IMAGE_UNREADABLE", `${name} cannot be read: ${reason}`, { cause });
}
