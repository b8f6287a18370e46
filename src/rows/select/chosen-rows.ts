import type { Dataset, ImageRow } from "../dataset.js";

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
    rows: ({ start = 0, end } = {}) => rowsAt(dataset, positions.slice(start, end)),
  };
}

async function* rowsAt(dataset: Dataset, positions: readonly number[]): AsyncGenerator<ImageRow> {
  // What does not know its size is read from its beginning for every range.
  const far = dataset.size === undefined ? Number.POSITIVE_INFINITY : FAR;
  for (let first = 0; first < positions.length; ) {
    let last = first;
    while (last + 1 < positions.length && positions[last + 1]! - positions[last]! < far) last++;
    yield* rowsIn(dataset, positions.slice(first, last + 1));
    first = last + 1;
  }
}

async function* rowsIn(dataset: Dataset, positions: readonly number[]): AsyncGenerator<ImageRow> {
  const start = positions[0]!;
  const wanted = new Set(positions);
  let position = start;
  for await (const row of dataset.rows({ start, end: positions.at(-1)! + 1 })) {
    if (wanted.has(position++)) yield row;
  }
}
