import { isObject } from "../../files/json.js";
import type { Dataset, ImageRow, JsonValue, Part } from "../dataset.js";
import { noSuchPart, partOf, partsOf, sizeOf } from "../parts.js";

/**
 * Rows between two chosen ones from which on reading starts anew at the second. The row groups of Parquet files on the
 * hub hold 100 or 1,000 rows, and are read whole.
 */
const FAR = 256;

/** `dataset` with the rows at these positions alone, given in ascending order. */
export function chosenRows(dataset: Dataset, name: string, positions: readonly number[]): Dataset {
  return {
    name,
    ...(dataset.labels && { labels: dataset.labels }),
    size: positions.length,
    rows: ({ start = 0, end, labelsOnly } = {}) => rowsAt(dataset, positions.slice(start, end), labelsOnly),
    parts: () => chosenParts(dataset, positions),
    part: (key) => parsedPart(dataset, key),
  };
}

/** What positions are looked up in: a data set or a part of one. */
type Rows = Pick<Part, "size" | "rows">;

async function* rowsAt(
  dataset: Rows,
  positions: readonly number[],
  labelsOnly: boolean | undefined,
): AsyncGenerator<ImageRow> {
  // What does not know its size is read from its beginning for every range.
  const far = dataset.size === undefined ? Number.POSITIVE_INFINITY : FAR;
  for (let first = 0; first < positions.length; ) {
    let last = first;
    while (last + 1 < positions.length && positions[last + 1]! - positions[last]! < far) last++;
    yield* rowsIn(dataset, positions.slice(first, last + 1), labelsOnly);
    first = last + 1;
  }
}

async function* rowsIn(
  dataset: Rows,
  positions: readonly number[],
  labelsOnly: boolean | undefined,
): AsyncGenerator<ImageRow> {
  const start = positions[0]!;
  const wanted = new Set(positions);
  let position = start;
  for await (const row of dataset.rows({ start, end: positions.at(-1)! + 1, labelsOnly })) {
    if (wanted.has(position++)) yield row;
  }
}

/** The parts of `dataset` in which positions lie, with those. */
async function* chosenParts(dataset: Dataset, positions: readonly number[]): AsyncGenerator<Part> {
  let first = 0;
  let next = 0;
  for await (const part of partsOf(dataset)) {
    if (next === positions.length) return;
    const end = first + (await sizeOf(part));
    const from = next;
    while (next < positions.length && positions[next]! < end) next++;
    const inPart = positions.slice(from, next).map((position) => position - first);
    if (inPart.length > 0) yield chosenPart(part, inPart);
    first = end;
  }
}

function chosenPart(part: Part, positions: readonly number[]): Part {
  return {
    key: { part: part.key, rows: positions },
    size: positions.length,
    rows: ({ start = 0, end, labelsOnly } = {}) => rowsAt(part, positions.slice(start, end), labelsOnly),
  };
}

function parsedPart(dataset: Dataset, key: JsonValue): Part {
  const { part, rows } = isObject(key) ? (key as { part?: JsonValue; rows?: JsonValue }) : {};
  if (part === undefined || !isAscending(rows)) throw noSuchPart(dataset.name, key);
  return chosenPart(partOf(dataset, part), rows);
}

function isAscending(value: unknown): value is number[] {
  return (
    Array.isArray(value) &&
    value.every((row, at) => Number.isSafeInteger(row) && row > (at === 0 ? -1 : value[at - 1]))
  );
}
