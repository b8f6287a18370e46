import { isObject } from "../../files/json.js";
import type { JsonValue, RowsOptions } from "../../rows/dataset.js";
import type { ListedPart } from "../../rows/parts.js";

/** The rows `[start, end)` of one of the files of a data set whose rows all have one length. */
export type RangeKey = { readonly file: string; readonly start: number; readonly end: number };

/** Rows in a part: small enough to be done again, large enough that opening the file does not matter. */
const PART_ROWS = 1000;

/** The `rows` rows of a file in parts. */
export function rangesOf(rows: number, file: string): ListedPart<RangeKey>[] {
  return Array.from({ length: Math.ceil(rows / PART_ROWS) }, (_, part) => {
    const start = part * PART_ROWS;
    const end = Math.min(start + PART_ROWS, rows);
    return { key: { file, start, end }, size: end - start };
  });
}

/** The range that `value` names, if it lies in one of `files`. */
export function parsedRange(
  value: JsonValue,
  files: readonly { readonly name: string; readonly rows: number }[],
): ListedPart<RangeKey> | undefined {
  if (!isObject(value)) return undefined;
  const { file: name, start, end } = value as Partial<RangeKey>;
  const file = files.find((one) => one.name === name);
  if (!file || !Number.isSafeInteger(start) || !Number.isSafeInteger(end)) return undefined;
  if (start! < 0 || end! <= start! || end! > file.rows) return undefined;
  return { key: { file: file.name, start: start!, end: end! }, size: end! - start! };
}

/** The rows `[start, end)` of a file. */
export interface FileRange {
  readonly start: number;
  readonly end: number;
  readonly labelsOnly: boolean;
}

/** The rows of the file that are those of `range` within the part. */
export function withinRange({ start, end }: RangeKey, range: RowsOptions): FileRange {
  const from = start + Math.max(0, range.start ?? 0);
  const to = Math.min(end, start + (range.end ?? end - start));
  return { start: from, end: Math.max(from, to), labelsOnly: range.labelsOnly ?? false };
}
