import { resolve } from "node:path";
import { isImageFile } from "../../image/image-file.js";
import type { Dataset, ImageRow } from "../../rows/dataset.js";
import type { Incoming, IngestSource } from "./incoming.js";

/**
 * The pictures of a data set. Rows that are files have their paths; others `source#row`, where the row is its id in the data
 * set, after the split's name where the data set has several.
 *
 * @param source what tells the data set from all others: its path, made absolute, or its id on the hub
 * @param limit pictures at most; those after them are not taken for gone then
 */
export function datasetSource(dataset: Dataset, source: string, limit?: number): IngestSource {
  const split = dataset.splits === undefined ? "" : `${dataset.name.split("/").at(-1)}/`;
  const prefix = `${source}#${split}`;
  return {
    async *pictures() {
      for await (const row of dataset.rows({ end: limit })) yield incomingRow(row, prefix);
    },
    count: async () => dataset.size && Math.min(dataset.size, limit ?? dataset.size),
    owns: (path) => limit === undefined && (path.startsWith(prefix) || path.startsWith(`${source}/`)),
    isThere: async () => true,
    paired: () => [],
  };
}

function incomingRow(
  { id, image, version, label, embedding, error, fields }: ImageRow,
  prefix: string,
): Incoming {
  return {
    path: isImageFile(image) ? resolve(image.name) : `${prefix}${id}`,
    image,
    ...(version && { version }),
    ...(label !== undefined && { label }),
    ...(fields && { fields }),
    ...(embedding && { embedding }),
    ...(error && { error }),
  };
}
