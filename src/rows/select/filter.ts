import type { Dataset, ImageRow } from "../dataset.js";
import { inRange } from "../range.js";

/**
 * The rows of `dataset` that `keep` accepts, in their order and with their ids. Read as a stream: how many there are is
 * not known beforehand.
 */
export function filterDataset(dataset: Dataset, name: string, keep: (row: ImageRow) => boolean): Dataset {
  return {
    name,
    ...(dataset.labels && { labels: dataset.labels }),
    rows: (range) => inRange(kept(dataset, keep), range),
  };
}

async function* kept(dataset: Dataset, keep: (row: ImageRow) => boolean): AsyncGenerator<ImageRow> {
  for await (const row of dataset.rows()) {
    if (keep(row)) yield row;
  }
}
