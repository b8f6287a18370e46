import type { CsvError } from "csv-parse";
import { type ErrorCode, NearlabelError } from "../errors.js";
import { readTextPieces } from "./text.js";

/** A record of a CSV file. */
export interface CsvRecord {
  /** The line that it ends on, from 1. */
  readonly line: number;
  /** Without spaces around them. */
  readonly cells: readonly string[];
}

/**
 * The records of a CSV file as a stream, its header first; blank lines are left out. An error of `code` that names file
 * and line where quotes do not match; the records before it have come then.
 */
export async function* readCsv(path: string, code: ErrorCode): AsyncGenerator<CsvRecord> {
  const { parse } = await import("csv-parse");
  const records: CsvRecord[] = [];
  const parser = parse({
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
    // By default the header's line end is taken for that of all.
    record_delimiter: ["\r\n", "\n", "\r"],
    // Taken here and not from the parser's output, which an error throws away.
    on_record: (cells: string[], { lines }) => {
      records.push({ line: lines, cells });
      return null;
    },
  });
  // Each write gets its error; without a listener the event would end the process.
  parser.on("error", () => {}).resume();
  for await (const piece of readTextPieces(path, code)) {
    const error = await new Promise<unknown>((done) => parser.write(piece, done));
    yield* records.splice(0);
    if (error) throw notCsv(path, error, code);
  }
  const error = await new Promise<unknown>((done) => parser.end(done));
  yield* records;
  if (error) throw notCsv(path, error, code);
}

function notCsv(path: string, cause: unknown, code: ErrorCode): NearlabelError {
  const { lines, message } = cause as CsvError & { lines?: number };
  return new NearlabelError(code, `"${path}", line ${lines ?? 1}: is not valid CSV: ${message}`, { cause });
}
