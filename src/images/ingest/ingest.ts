import { checkPart, requireOptions } from "../../arguments.js";
import { optionError } from "../../errors.js";
import type { Dataset } from "../../rows/dataset.js";
import { datasetSource } from "./dataset-source.js";
import { fileInputs, fileSource } from "./file-source.js";
import type { IngestSource } from "./incoming.js";
import type { IngestCounts, IngestOptions } from "./ingest-options.js";
import { IngestRun } from "./ingest-run.js";
import { tableFor } from "./table-for.js";

export interface IngestResult extends IngestCounts {
  /** Where the table lies: beside the one asked for where that is another model's. */
  readonly place: string;
  /** Pictures in the table. */
  readonly count: number;
}

/**
 * Brings pictures into a table, which is made if it is not there: files, folders and globs, or a data set. Files that did not
 * change are passed over by size and time, others by their contents: nothing is embedded that the table has. A file that moved
 * keeps its row. Pictures that cannot be read become failures of the table, and are not tried again until they change.
 *
 * It may be ended at any moment, by whatever means, and run again: what was written is whole, and the rest is done then. Several
 * may run at once. Where the table is another model's, this one gets a table of its own beside it.
 *
 * @throws NearlabelError `INPUT_EMPTY`, `OPTION_INVALID`, `TABLE_INVALID`, `WRITE_FAILED`; the model's and the data set's own
 */
export async function ingest(
  pictures: string | readonly string[] | Dataset,
  options: IngestOptions,
): Promise<IngestResult> {
  checkIngest(options, "ingest");
  const source = await sourceOf(pictures, options);
  await using table = await tableFor(options);
  const counts = await new IngestRun(table, source, options).run();
  const { count } = await table.refresh();
  return { ...counts, place: table.place, count };
}

/** @throws NearlabelError `OPTION_INVALID` */
export function checkIngest(options: IngestOptions, what: string): void {
  requireOptions(options, OPTIONS, what);
  checkPart("model", options.model);
  if (typeof options.table !== "string") throw optionError("table", "the place of a table", options.table);
}

const OPTIONS = [
  "table",
  "model",
  "precision",
  "exclude",
  "source",
  "limit",
  "prune",
  "retry",
  "signal",
  "onProgress",
  "onFailure",
] as const satisfies readonly (keyof IngestOptions)[];

async function sourceOf(
  pictures: string | readonly string[] | Dataset,
  { exclude = [], source, limit }: IngestOptions,
): Promise<IngestSource> {
  if (typeof pictures === "string") return fileSource(await fileInputs([pictures]), exclude);
  if (typeof pictures !== "object" || pictures === null) {
    throw optionError("pictures", "paths, or a data set as openDataset gives it", pictures);
  }
  if ("rows" in pictures)
    return datasetSource(pictures, source ?? pictures.origin?.place ?? pictures.name, limit);
  return fileSource(await fileInputs(pictures), exclude);
}
