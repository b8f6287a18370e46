import { readFile } from "node:fs/promises";
import { type ErrorCode, NearlabelError, systemErrorCode } from "../errors.js";

/** The text of a UTF-8 file, without a byte order mark. A failure is an error of `code` that names file and line. */
export async function readText(path: string, code: ErrorCode): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    const reason = systemErrorCode(error) === "ENOENT" ? "no such file" : String(error);
    throw new NearlabelError(code, `${path}: cannot be read: ${reason}.`, { cause: error });
  });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new NearlabelError(
      code,
      `${path}, line ${firstLineNotUtf8(bytes)}: expected UTF-8 text, got other bytes. Save the file as UTF-8.`,
      { cause },
    );
  }
}

/** The lines of a text, trimmed. Blank lines at its end are left out. */
export function linesOf(text: string): string[] {
  const content = text.trimEnd();
  return content === "" ? [] : content.split(/\r\n|\n|\r/).map((line) => line.trim());
}

/** The value of a JSON text. A mistake in it is an error of `code` that names `path` and the line. */
export function parseJson(text: string, path: string, code: ErrorCode): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { message } = cause as SyntaxError;
    throw new NearlabelError(code, `${path}, line ${jsonErrorLine(text)}: not valid JSON: ${message}.`, {
      cause,
    });
  }
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

/**
 * The line, from 1, in which `text` stops being the beginning of a JSON text. Node names no position in most of
 * its messages, so this looks for the fewest lines that are wrong as they stand, not just incomplete.
 */
function jsonErrorLine(text: string): number {
  const lines = text.split("\n");
  let low = 1;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isIncompleteJson(`${lines.slice(0, middle).join("\n")}\n`)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isIncompleteJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const { message } = error as SyntaxError;
    const position = /at position (\d+)/.exec(message)?.[1];
    return message.startsWith("Unexpected end") || Number(position) === text.length;
  }
}
