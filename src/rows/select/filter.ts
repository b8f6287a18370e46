import type { Dataset, ImageRow, JsonValue, Part, RowsOptions } from "../dataset.js";
import { partOf, partsOf } from "../parts.js";
import { inRange } from "../range.js";

/**
 * The rows of `dataset` that `keep` accepts, in their order and with their ids. Read as a stream: how many there are is
 * not known beforehand.
 */
export function filterDataset(dataset: Dataset, name: string, keep: (row: ImageRow) => boolean): Dataset {
  // Whoever keeps rows by their pictures has to see them.
  return filtered(dataset, name, keep, false);
}

/** The same for a `keep` that looks at ids and labels alone, so that it works where these alone are read. */
export function filterByLabel(
  dataset: Dataset,
  name: string,
  keep: (row: Pick<ImageRow, "id" | "label">) => boolean,
): Dataset {
  return filtered(dataset, name, keep, true);
}

function filtered(
  dataset: Dataset,
  name: string,
  keep: (row: ImageRow) => boolean,
  byLabel: boolean,
): Dataset {
  const rowsOf = (from: Pick<Part, "rows">, { labelsOnly, ...range }: RowsOptions = {}) =>
    inRange(kept(from.rows({ labelsOnly: byLabel && labelsOnly }), keep), range);
  const filteredPart = (part: Part): Part => ({ key: part.key, rows: (options) => rowsOf(part, options) });
  return {
    name,
    ...(dataset.labels && { labels: dataset.labels }),
    rows: (options) => rowsOf(dataset, options),
    async *parts() {
      for await (const part of partsOf(dataset)) yield filteredPart(part);
    },
    part: (key: JsonValue) => filteredPart(partOf(dataset, key)),
  };
}

async function* kept(
  rows: AsyncIterable<ImageRow>,
  keep: (row: ImageRow) => boolean,
): AsyncGenerator<ImageRow> {
  for await (const row of rows) {
    if (keep(row)) yield row;
  }
}
