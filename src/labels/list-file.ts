import { extname } from "node:path";
import { type ErrorCode, NearlabelError } from "../errors.js";
import { linesOf } from "../files/text.js";

/** Endings of text files that are no plain lines, of which a line would be taken for a label or a template as it stands. */
const STRUCTURED = [
  ".csv",
  ".htm",
  ".html",
  ".json5",
  ".jsonc",
  ".jsonl",
  ".md",
  ".ndjson",
  ".pbtxt",
  ".psv",
  ".tab",
  ".toml",
  ".tsv",
  ".xml",
  ".yaml",
  ".yml",
];

/**
 * The lines of a text file with one item a line.
 *
 * @param forms what files are read, for the message: `.txt, .csv or .json`
 * @throws NearlabelError of `code` for an ending that has a form of its own
 */
export function listLines(text: string, path: string, code: ErrorCode, forms: string): string[] {
  const ending = extname(path).toLowerCase();
  if (STRUCTURED.includes(ending)) {
    throw new NearlabelError(
      code,
      `${path}: files that end in ${ending} are not read; expected ${forms}, where plain text has one item a line.`,
    );
  }
  return linesOf(text);
}
