import { checkPart } from "../arguments.js";
import { NearlabelError } from "../errors.js";
import type { Dataset, ImageRow, JsonValue, Part, RowsOptions } from "./dataset.js";
import { inRange } from "./range.js";

/** A part as it is listed: what names it, and its number of rows where that is known. */
export interface ListedPart<Key extends JsonValue> {
  readonly key: Key;
  readonly size?: number;
}

/** How a data set is read part by part. */
export interface PartReader<Key extends JsonValue> {
  list(): AsyncIterable<ListedPart<Key>> | Iterable<ListedPart<Key>>;
  /** The key that `value` is, with its number of rows; undefined for what is no key of this data set. */
  parse(value: JsonValue): ListedPart<Key> | undefined;
  /** The rows `[start, end)` of a part whose size is known, which are at least one and within it; all rows of another. */
  read(key: Key, options: RowsOptions): AsyncIterable<ImageRow>;
  /** All rows, where reading them part by part does something again and again. Default: part by part. */
  rows?(options: RowsOptions): AsyncIterable<ImageRow>;
}

/** The data set that consists of the parts of `reader`. */
export function datasetOfParts<Key extends JsonValue>(
  description: Pick<Dataset, "name" | "format" | "splits" | "labels" | "size">,
  reader: PartReader<Key>,
): Dataset {
  const partOf = (part: ListedPart<Key>): Part => ({
    ...part,
    rows: (options) => rowsOfPart(reader, part, options),
  });
  return {
    ...description,
    rows: (options = {}) => reader.rows?.(options) ?? rowsOfParts(reader, options),
    async *parts() {
      for await (const part of reader.list()) yield partOf(part);
    },
    part(key) {
      const part = reader.parse(key);
      if (part !== undefined) return partOf(part);
      throw noSuchPart(description.name, key);
    },
  };
}

async function* rowsOfPart<Key extends JsonValue>(
  reader: PartReader<Key>,
  { key, size }: ListedPart<Key>,
  { start = 0, end = Number.POSITIVE_INFINITY, labelsOnly }: RowsOptions = {},
): AsyncGenerator<ImageRow> {
  if (size === undefined) {
    yield* inRange(reader.read(key, { labelsOnly }), { start, end });
  } else {
    const range = { start: Math.max(start, 0), end: Math.min(end, size), labelsOnly };
    if (range.start < range.end) yield* reader.read(key, range);
  }
}

async function* rowsOfParts<Key extends JsonValue>(
  reader: PartReader<Key>,
  { start = 0, end = Number.POSITIVE_INFINITY, labelsOnly }: RowsOptions = {},
): AsyncGenerator<ImageRow> {
  let first = 0;
  if (end <= start) return;
  for await (const part of reader.list()) {
    if (first >= end) return;
    const range = { start: start - first, end: end - first, labelsOnly };
    if (part.size !== undefined) {
      yield* rowsOfPart(reader, part, range);
      first += part.size;
    } else {
      for await (const row of reader.read(part.key, { labelsOnly })) {
        if (first++ >= start) yield row;
        if (first >= end) return;
      }
    }
  }
}

/** The parts of any data set: one that a program made without any is a single part, whose key is `null`. */
export function partsOf(dataset: Dataset): AsyncIterable<Part> {
  checkPart("dataset", dataset);
  return dataset.parts?.() ?? wholeAlone(dataset);
}

async function* wholeAlone(dataset: Dataset): AsyncGenerator<Part> {
  yield wholeOf(dataset);
}

/** The part with `key` of any data set. @throws NearlabelError OPTION_INVALID for a key of no part */
export function partOf(dataset: Dataset, key: JsonValue): Part {
  checkPart("dataset", dataset);
  if (dataset.part) return dataset.part(key);
  if (key === null) return wholeOf(dataset);
  throw noSuchPart(dataset.name, key);
}

/** Number of rows of a part; where that is not known, their labels are read to count them. */
export async function sizeOf(part: Part): Promise<number> {
  if (part.size !== undefined) return part.size;
  let count = 0;
  for await (const _ of part.rows({ labelsOnly: true })) count++;
  return count;
}

function wholeOf(dataset: Dataset): Part {
  return {
    key: null,
    ...(dataset.size !== undefined && { size: dataset.size }),
    rows: (options) => dataset.rows(options),
  };
}

/** What {@link Dataset.part} throws for a key of no part. */
export function noSuchPart(name: string, key: JsonValue): NearlabelError {
  const text = JSON.stringify(key).slice(0, 200);
  return new NearlabelError(
    "OPTION_INVALID",
    `Data set "${name}" has no part ${text}. Expected a key that its parts have, of the same data set opened alike.`,
  );
}
