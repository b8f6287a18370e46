import { mapAhead } from "../../encoder/rows/map-ahead.js";
import type { Dataset, ImageRow, JsonValue, Part } from "../../rows/dataset.js";
import { partOf, partsOf } from "../../rows/parts.js";

/** Pictures that are fetched at the same time where each is an object of its own. */
const AHEAD = 16;

/** The rows `[start, end)` of the part of a data set with that key; without an end, all that it has. */
export type PartRange = readonly [key: JsonValue, start: number, end: number | null];

/** The rows of a data set in shards of `size` rows, from `first` on, in their order. Holds one shard. */
export async function* shardsOf(dataset: Dataset, size: number): AsyncGenerator<PartRange[]> {
  let shard: PartRange[] = [];
  let rows = 0;
  for await (const part of partsOf(dataset)) {
    if (part.size === undefined) {
      if (shard.length > 0) yield shard;
      yield [[part.key, 0, null]];
      [shard, rows] = [[], 0];
      continue;
    }
    for (const range of pieces(part, part.size, size - rows, size)) {
      shard.push(range);
      rows += range[2]! - range[1];
      if (rows < size) continue;
      yield shard;
      [shard, rows] = [[], 0];
    }
  }
  if (shard.length > 0) yield shard;
}

/** A part cut where shards end: after `first` rows, and after every `size` from there on. */
function* pieces({ key }: Part, rows: number, first: number, size: number): Generator<PartRange> {
  for (let start = 0, end = Math.min(first, rows); start < rows; ) {
    yield [key, start, end];
    start = end;
    end = Math.min(end + size, rows);
  }
}

/** The rows of a shard; nothing else of the data set is read. */
export async function* rowsOfShard(dataset: Dataset, ranges: readonly PartRange[]): AsyncGenerator<ImageRow> {
  const read = async ([key, start, end]: PartRange) => {
    const rows = partOf(dataset, key).rows({ start, end: end ?? undefined });
    // Of a part that is one picture, such as a file, the next ones are fetched meanwhile.
    return end === start + 1 ? await all(rows) : rows;
  };
  async function* given() {
    yield* ranges;
  }
  for await (const rows of mapAhead(given(), read, { ahead: AHEAD })) yield* rows;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** The shards of the rows at some positions of a shard, in their order. */
export function rangeAt(ranges: readonly PartRange[], position: number): PartRange {
  let before = 0;
  for (const [key, start, end] of ranges) {
    const at = start + position - before;
    if (end === null || at < end) return [key, at, at + 1];
    before += end - start;
  }
  throw new RangeError(`No row ${position} in a shard of ${before}`);
}
