import type { Dataset, ImageRow } from "../dataset.js";
import { chosenRows } from "./chosen-rows.js";

/**
 * The rows of a data set with these ids, in no particular order; ids that it does not have are passed over. One that was opened is read
 * without the rows between them, where it can be; any other up to the last of them.
 */
export async function* rowsWithIds(
  dataset: Dataset,
  ids: Iterable<string | number>,
): AsyncGenerator<ImageRow> {
  const wanted = new Set(ids);
  if (dataset.pick) {
    yield* dataset.pick([...wanted]);
    return;
  }
  if (wanted.size === 0) return;
  const numbers = [...wanted].filter((id) => typeof id === "number").sort((a, b) => a - b);
  // Of a choice of rows, the numbers are those that they had before.
  const areRows = dataset.origin !== undefined && numbers.length === wanted.size;
  const rows = areRows ? chosenRows(dataset, dataset.name, numbers) : dataset;
  for await (const row of rows.rows()) {
    if (!wanted.delete(row.id)) continue;
    yield row;
    if (wanted.size === 0) return;
  }
}
