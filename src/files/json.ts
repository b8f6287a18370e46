import { readFile } from "node:fs/promises";
import { type ErrorCode, NearlabelError, reasonOf, systemErrorCode } from "../errors.js";
import { decodeText } from "./text.js";

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value of a JSON text, or undefined where it is none: for texts that may be anything. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The value of a JSON text. A mistake in it is an error of `code` that names `path` and the line.
 * @param firstLine which line of the file the text starts in, from 1
 */
export function parseJson(text: string, path: string, code: ErrorCode, firstLine = 1): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const line = firstLine - 1 + jsonErrorLine(text);
    throw new NearlabelError(code, `${path}, line ${line}: not valid JSON: ${reasonOf(cause)}.`, { cause });
  }
}

/** The same of a text that must hold an object. */
export function parseJsonObject(text: string, path: string, code: ErrorCode): JsonObject {
  const value = parseJson(text, path, code);
  if (isObject(value)) return value;
  throw new NearlabelError(code, `${path}: expected a JSON object, got ${kindOf(value)}.`);
}

/** The same of the bytes of a file. Text that is damaged is an error too: a key with a wrong byte would be passed over. */
export function decodeJsonObject(bytes: Uint8Array, path: string, code: ErrorCode): JsonObject {
  return parseJsonObject(decodeText(bytes, path, code), path, code);
}

/** The object in a file; undefined where there is no such file. */
export async function readJsonObject(file: string, code: ErrorCode): Promise<JsonObject | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    if (systemErrorCode(cause) === "ENOENT") return undefined;
    throw new NearlabelError(code, `${file} cannot be read: ${reasonOf(cause)}.`, { cause });
  }
  return decodeJsonObject(bytes, file, code);
}

export function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
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
