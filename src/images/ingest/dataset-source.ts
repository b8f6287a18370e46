import type { Dataset, ImageRow } from "../../rows/dataset.js";
import { rowPaths } from "../table/row-paths.js";
import type { Incoming, IngestSource } from "./incoming.js";

/**
 * The pictures of a data set, called as {@link rowPaths} says.
 *
 * @param source what tells the data set from all others: its path, made absolute, or its id on the hub
 * @param limit pictures at most; those after them are not taken for gone then
 */
export function datasetSource(dataset: Dataset, source: string, limit?: number): IngestSource {
  const paths = rowPaths(dataset, source);
  return {
    async *pictures() {
      for await (const row of dataset.rows({ end: limit })) yield incomingRow(row, paths.of(row));
    },
    count: async () => dataset.size && Math.min(dataset.size, limit ?? dataset.size),
    owns: (path) => limit === undefined && (path.startsWith(paths.prefix) || path.startsWith(`${source}/`)),
    isThere: async () => true,
    paired: () => [],
    ...(dataset.origin && { rowSource: { ...dataset.origin, source } }),
  };
}

function incomingRow({ image, version, label, embedding, error, fields }: ImageRow, path: string): Incoming {
  return {
    path,
    image,
    ...(version && { version }),
    ...(label !== undefined && { label }),
    ...(fields && { fields }),
    ...(embedding && { embedding }),
    ...(error && { error }),
  };
}
