import { readFile } from "node:fs/promises";
import { type ErrorCode, NearlabelError, reasonOf } from "../errors.js";

/** The text of a UTF-8 file, without a byte order mark. A failure is an error of `code` that names file and line. */
export async function readText(path: string, code: ErrorCode): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new NearlabelError(code, `${path}: cannot be read: ${reasonOf(error)}.`, { cause: error });
  });
  return decodeText(bytes, path, code);
}

/** The text in the `bytes` of a file, as `readText` reads it. `name` is what messages call the file. */
export function decodeText(bytes: Uint8Array, name: string, code: ErrorCode): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new NearlabelError(
      code,
      `${name}, line ${firstLineNotUtf8(bytes)}: expected UTF-8 text, got other bytes. Save the file as UTF-8.`,
      { cause },
    );
  }
}

/** The lines of a text, trimmed. Blank lines at its end are left out. */
export function linesOf(text: string): string[] {
  const content = text.trimEnd();
  return content === "" ? [] : content.split(/\r\n|\n|\r/).map((line) => line.trim());
}

function firstLineNotUtf8(bytes: Uint8Array): number {
  // A line feed is never part of a longer UTF-8 sequence, so each line can be decoded by itself.
  for (let line = 1, start = 0; ; line++) {
    const end = bytes.indexOf(0x0a, start);
    if (end < 0) return line;
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    start = end + 1;
  }
}
