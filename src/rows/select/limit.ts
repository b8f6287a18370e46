import { isObject } from "../../files/json.js";
import type { Dataset, ImageRow, JsonValue, Part, RowsOptions } from "../dataset.js";
import { noSuchPart, partOf, partsOf, sizeOf } from "../parts.js";
import { checkCount } from "./selection-options.js";

/** The first `count` rows of `dataset`. Throws `OPTION_INVALID` unless `count` is a whole number from 0 up. */
export function limit(dataset: Dataset, count: number): Dataset {
  checkCount("limit", count);
  return {
    ...dataset,
    name: `${dataset.name} (first ${count})`,
    ...(dataset.size !== undefined && { size: Math.min(dataset.size, count) }),
    rows: (options) => firstRows(dataset, count, options),
    parts: () => firstParts(dataset, count),
    part: (key) => parsedPart(dataset, key),
  };
}

function firstRows(
  from: Pick<Part, "rows">,
  count: number,
  { start, end = count, labelsOnly }: RowsOptions = {},
): AsyncIterable<ImageRow> {
  return from.rows({ start, end: Math.min(end, count), labelsOnly });
}

/** The parts up to the row of that number, the last of them perhaps not whole. */
async function* firstParts(dataset: Dataset, count: number): AsyncGenerator<Part> {
  let left = count;
  for await (const part of partsOf(dataset)) {
    if (left === 0) return;
    const size = await sizeOf(part);
    yield firstOf(part, Math.min(size, left));
    left -= Math.min(size, left);
  }
}

function firstOf(part: Part, count: number): Part {
  return {
    key: { part: part.key, first: count },
    size: count,
    rows: (options) => firstRows(part, count, options),
  };
}

function parsedPart(dataset: Dataset, key: JsonValue): Part {
  const { part, first } = isObject(key) ? (key as { part?: JsonValue; first?: JsonValue }) : {};
  if (part === undefined || !Number.isSafeInteger(first)) throw noSuchPart(dataset.name, key);
  return firstOf(partOf(dataset, part), first as number);
}
