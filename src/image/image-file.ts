import { fileURLToPath } from "node:url";
import { types } from "node:util";
import { NearlabelError } from "../errors.js";
import { whatItIs } from "./not-a-picture.js";

export interface ImageFileOptions {
  /**
   * Whether a named pipe is waited for and read to its end, as is meant where a person names one. Otherwise it is refused, so
   * that one that lies in a folder holds up no run.
   * @default false
   */
  readonly pipe?: boolean | undefined;
}

/** Not exported: only `imageFile` makes one. */
class FileOnDisk {
  readonly #path: string | Buffer;
  /** What messages call it: its path; a name that is not UTF-8 has its bytes as `\xE9`. */
  readonly name: string;
  readonly pipe: boolean;

  /** @internal */
  constructor(path: string | Buffer, pipe: boolean) {
    this.#path = path;
    this.name = typeof path === "string" ? path : shownPath(path);
    this.pipe = pipe;
  }

  /**
   * As Node.js opens it: bytes where the name is not UTF-8, which no string can hold.
   * @internal
   */
  get path(): string | Buffer {
    return this.#path;
  }
}

/**
 * A picture in a file of this machine. Only `imageFile` makes one: text that comes from elsewhere, and objects parsed from
 * it, never name a file.
 */
export type ImageFile = FileOnDisk;

/**
 * The picture in the file at `path`: a path, its bytes where it is not UTF-8, or a `file:` URL. The file is opened when the
 * picture is read. Only for paths from somebody whom this machine's files may be shown to.
 * @throws NearlabelError OPTION_INVALID for anything else
 */
export function imageFile(
  path: string | Uint8Array | URL,
  { pipe = false }: ImageFileOptions = {},
): ImageFile {
  if (typeof path === "string") return new FileOnDisk(path, pipe);
  if (isLocalUrl(path)) return new FileOnDisk(fileURLToPath(path), pipe);
  if (types.isUint8Array(path)) return new FileOnDisk(pathOfBytes(path), pipe);
  throw new NearlabelError("OPTION_INVALID", `Expected a path or a file: URL, got ${whatItIs(path)}.`);
}

export function isImageFile(value: unknown): value is ImageFile {
  return value instanceof FileOnDisk;
}

/**
 * What a program takes for a picture where its caller may open any file: a string or a `file:` URL names one. Anything else
 * is returned as it is.
 */
export function fileOrContent<T>(picture: T): Exclude<T, string | URL> | ImageFile {
  if (typeof picture === "string" || isLocalUrl(picture)) return imageFile(picture, { pipe: true });
  return picture as Exclude<T, string | URL>;
}

/** A URL with a host is another machine's, and one with %2F no path. */
function isLocalUrl(value: unknown): value is URL {
  return value instanceof URL && value.protocol === "file:" && !value.host && !/%2f/i.test(value.pathname);
}

/** Text where the bytes are UTF-8. */
function pathOfBytes(bytes: Uint8Array): string | Buffer {
  const path = Buffer.from(bytes);
  const text = path.toString();
  return path.equals(Buffer.from(text)) ? text : path;
}

/** `path` with what is not UTF-8 as `\xE9`. */
function shownPath(path: Buffer): string {
  const codes = (part: Buffer) => part.toString("latin1").replace(/[\x80-\xff]/g, byteCode);
  let shown = "";
  for (let at = 0; at < path.length; ) {
    const length =
      [1, 2, 3, 4].find(
        (n) =>
          !path
            .subarray(at, at + n)
            .toString()
            .includes("\ufffd"),
      ) ?? 1;
    const part = path.subarray(at, at + length);
    const text = part.toString();
    shown += text.includes("\ufffd") ? codes(part) : text;
    at += length;
  }
  return shown;
}

function byteCode(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
