import { isUtf8 } from "node:buffer";
import { sep } from "node:path";
import { textOfBytes } from "./text.js";

/** A path as the system takes it: text, or bytes where a name in it is not UTF-8, as names of old archives are. */
export type FilePath = string | Buffer;

/** In characters; Linux's limit, the largest of all. Longer text is a picture in base64, which is no id. */
export const LONGEST_PATH = 4096;

/** The path of these bytes: text wherever they are UTF-8. */
export function filePathOf(bytes: Buffer): FilePath {
  return isUtf8(bytes) ? bytes.toString("utf8") : bytes;
}

/** A path as text to be read: bytes that are not UTF-8 as `\xE9`. */
export function pathText(path: FilePath): string {
  return typeof path === "string" ? path : textOfBytes(path);
}

/** `name` in `folder`, with `/` between. */
export function joinPath(folder: FilePath, name: FilePath): FilePath {
  const isEnded = folder.at(-1) === "/" || folder.at(-1) === sep || folder.at(-1) === "/".charCodeAt(0);
  const parent = isEnded
    ? folder
    : typeof folder === "string"
      ? `${folder}/`
      : Buffer.concat([folder, Buffer.from("/")]);
  if (typeof parent === "string" && typeof name === "string") return parent + name;
  return Buffer.concat([Buffer.from(parent as string), Buffer.from(name as string)]);
}
