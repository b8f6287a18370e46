import type { CsvError } from "csv-parse";
import { type ErrorCode, NearlabelError } from "../errors.js";
import { packageRequire } from "./package-files.js";
import { readTextPieces } from "./text.js";

/** A record of a CSV file. */
export interface CsvRecord {
  /** The line that it ends on, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** How CSV is read, wherever it comes from. */
const DIALECT = {
  relax_column_count: true,
  skip_empty_lines: true,
  // By default the header's line end is taken for that of all.
  record_delimiter: ["\r\n", "\n", "\r"],
};

/**
 * The records of a CSV file as a stream, its header first, without spaces around cells; blank lines are left out. An error of `code` that names file
 * and line where quotes do not match; the records before it have come then.
 */
export async function* readCsv(
  path: string,
  code: ErrorCode,
  content?: AsyncIterable<Uint8Array>,
): AsyncGenerator<CsvRecord> {
  const { parse } = await import("csv-parse");
  const records: CsvRecord[] = [];
  const parser = parse({
    ...DIALECT,
    trim: true,
    // Taken here and not from the parser's output, which an error throws away.
    on_record: (cells: string[], { lines }) => {
      records.push({ line: lines, cells });
      return null;
    },
  });
  // Each write gets its error; without a listener the event would end the process.
  parser.on("error", () => {}).resume();
  for await (const piece of readTextPieces(path, code, content)) {
    const error = await new Promise<unknown>((done) => parser.write(piece, done));
    yield* records.splice(0);
    if (error) throw notCsv(`"${path}"`, error, code);
  }
  const error = await new Promise<unknown>((done) => parser.end(done));
  yield* records;
  if (error) throw notCsv(`"${path}"`, error, code);
}

/**
 * The records of CSV in `text`, all or an error.
 * @param name what messages call the text
 * @param trim whether spaces around cells that are not quoted are left out
 */
export function parseCsv(text: string, name: string, code: ErrorCode, trim: boolean): readonly CsvRecord[] {
  // Loaded at first use, as most runs read no CSV.
  const { parse } = packageRequire()("csv-parse/sync") as typeof import("csv-parse/sync");
  const records: CsvRecord[] = [];
  try {
    parse(text, {
      ...DIALECT,
      trim,
      on_record: (cells: string[], { lines }) => {
        records.push({ line: lines, cells });
        return null;
      },
    });
  } catch (error) {
    throw notCsv(name, error, code);
  }
  return records;
}

function notCsv(name: string, cause: unknown, code: ErrorCode): NearlabelError {
  const { lines, message } = cause as CsvError & { lines?: number };
  return new NearlabelError(code, `${name}, line ${lines ?? 1}: not valid CSV: ${message}`, { cause });
}
