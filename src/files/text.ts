import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { TextDecoder } from "node:util";
import { type ErrorCode, NearlabelError, reasonOf } from "../errors.js";

/**
 * The text of a file: UTF-8, or UTF-16 where a byte order mark says so; the mark is no part of it. A failure is an error of
 * `code` that names file and line.
 */
export async function readText(path: string, code: ErrorCode): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw unreadable(path, code, error);
  });
  return decodeText(bytes, path, code);
}

/** The text in the `bytes` of a file, as {@link readText} reads it. `name` is what messages call the file. */
export function decodeText(bytes: Uint8Array, name: string, code: ErrorCode): string {
  const decoder = textDecoder(name, code);
  return decoder.write(bytes) + decoder.end();
}

/**
 * The text of bytes that stand for a name or a label, whatever they are: bytes that are not UTF-8 come as `\xE9`, so that
 * they can be seen and different bytes stay different. A byte order mark is no part of it.
 */
export function textOfBytes(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return new TextDecoder().decode(bytes);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = "";
  for (let at = 0; at < buffer.length; ) {
    const length = [1, 2, 3, 4].find((size) => isUtf8(buffer.subarray(at, at + size))) ?? 0;
    const hexadecimal = buffer.toString("hex", at, at + 1).toUpperCase();
    text += length > 0 ? buffer.toString("utf8", at, at + length) : `\\x${hexadecimal}`;
    at += Math.max(1, length);
  }
  return text;
}

/**
 * The text of a file as {@link readText} gives it, as a stream: in pieces of any length.
 * @param content what the file holds, where it is none of this machine
 */
export async function* readTextPieces(
  path: string,
  code: ErrorCode,
  content: AsyncIterable<Uint8Array> = createReadStream(path),
): AsyncGenerator<string> {
  const decoder = textDecoder(path, code);
  try {
    for await (const bytes of content) yield decoder.write(bytes);
  } catch (error) {
    throw error instanceof NearlabelError ? error : unreadable(path, code, error);
  }
  yield decoder.end();
}

/** A line of a text file. */
export interface TextLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** The lines of a file as a stream, without the characters that end them: by default any of those that do. */
export async function* readLines(
  path: string,
  code: ErrorCode,
  lineEnd: RegExp | string = LINE_END,
  content?: AsyncIterable<Uint8Array>,
): AsyncGenerator<TextLine> {
  let line = 1;
  let rest = "";
  // A carriage return at the end of a piece may be half of a line end.
  let held = "";
  for await (const piece of readTextPieces(path, code, content)) {
    const text = held + piece;
    held = text.endsWith("\r") ? "\r" : "";
    const lines = text.slice(0, text.length - held.length).split(lineEnd);
    lines[0] = rest + lines[0];
    rest = lines.pop()!;
    for (const text of lines) yield { line: line++, text };
  }
  if (rest + held !== "") yield { line, text: rest };
}

/** As Windows, Unix and old Macs end lines, each of them anywhere in a file. */
const LINE_END = /\r\n|\n|\r/;

/** The lines of a text, trimmed. Blank lines at its end are left out. */
export function linesOf(text: string): string[] {
  const content = text.trimEnd();
  return content === "" ? [] : content.split(LINE_END).map((line) => line.trim());
}

interface TextPieces {
  /** The text that ends in these bytes of a file; they come in their order. */
  write(bytes: Uint8Array): string;
  end(): string;
}

/** Decodes a file piece by piece. It throws an error of `code` for bytes that are not in the encoding. */
function textDecoder(name: string, code: ErrorCode): TextPieces {
  let encoding: string | undefined;
  let strict: TextDecoder;
  // Follows on, and shows by U+FFFD where the other one failed.
  let lenient: TextDecoder;
  let lines = 1;
  const decode = (bytes: Uint8Array | undefined): string => {
    if (encoding === undefined) {
      encoding = encodingOf(bytes ?? new Uint8Array());
      strict = new TextDecoder(encoding, { fatal: true });
      lenient = new TextDecoder(encoding);
    }
    const options = { stream: bytes !== undefined };
    const shown = lenient.decode(bytes, options);
    try {
      const text = strict.decode(bytes, options);
      if (text.includes("\0")) throw notText(name, code, lines + lineEnds(text, "\0"), encoding);
      lines += lineEnds(text);
      return text;
    } catch (cause) {
      if (cause instanceof NearlabelError) throw cause;
      throw notText(name, code, lines + lineEnds(shown, "\uFFFD"), encoding, cause);
    }
  };
  return { write: decode, end: () => decode(undefined) };
}

/** By its byte order mark (Unicode 16, section 23.8). */
function encodingOf(bytes: Uint8Array): string {
  const mark = bytes.length < 2 ? 0 : (bytes[0]! << 8) | bytes[1]!;
  if (mark === 0xfffe) return "utf-16le";
  return mark === 0xfeff ? "utf-16be" : "utf-8";
}

/** Line feeds in `text`, before the first `end` if one is given. */
function lineEnds(text: string, end?: string): number {
  const last = end === undefined ? -1 : text.indexOf(end);
  const part = last < 0 ? text : text.slice(0, last);
  let count = 0;
  for (let at = part.indexOf("\n"); at >= 0; at = part.indexOf("\n", at + 1)) count++;
  return count;
}

function notText(
  name: string,
  code: ErrorCode,
  line: number,
  encoding: string,
  cause?: unknown,
): NearlabelError {
  const expected = encoding === "utf-8" ? "UTF-8" : "UTF-16, as its byte order mark says,";
  const got = cause === undefined ? "a NUL character" : "other bytes";
  return new NearlabelError(
    code,
    `${name}, line ${line}: expected ${expected} text, got ${got}. Save the file as UTF-8.`,
    { cause },
  );
}

function unreadable(path: string, code: ErrorCode, cause: unknown): NearlabelError {
  return new NearlabelError(code, `${path}: cannot be read: ${reasonOf(cause)}.`, { cause });
}
