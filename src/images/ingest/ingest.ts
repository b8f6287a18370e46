import type { Encoder } from "../../encoder/encoder.js";
import { checkOptions } from "../../errors.js";
import type { Dataset } from "../../rows/dataset.js";
import type { Precision } from "../../store/shape.js";
import type { ImageFailure } from "../table/failures.js";
import { datasetSource } from "./dataset-source.js";
import { fileInputs, fileSource } from "./file-source.js";
import type { IngestSource } from "./incoming.js";
import { type IngestCounts, type IngestProgress, IngestRun } from "./ingest-run.js";
import { tableFor } from "./table-for.js";

export interface IngestOptions {
  /** Where the table lies: a folder, which is made if it is not there, or an object store such as `s3://bucket/photos`. */
  readonly table: string;
  /** Embeds what is new. */
  readonly model: Encoder;
  /** How the vectors of a new table are stored. Default float32. */
  readonly precision?: Precision | undefined;
  /**
   * Names of files and folders, or globs of paths, that are left out of folders. What the table has of them stays. Default none.
   */
  readonly exclude?: readonly string[] | undefined;
  /** What tells a data set from all others in the paths of its rows. Default: its name. */
  readonly source?: string | undefined;
  /** Pictures of a data set at most. Default: all. */
  readonly limit?: number | undefined;
  /** Take out rows of the source whose pictures are gone. Default false: they stay. */
  readonly prune?: boolean | undefined;
  /** Try pictures again that failed before, though they have not changed. Default false. */
  readonly retry?: boolean | undefined;
  /** Rejects with the signal's reason; what was embedded by then is written. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: IngestProgress) => void) | undefined;
  /** Told of each picture that could not be embedded. It is kept in the table's list of failures. */
  readonly onFailure?: ((failure: ImageFailure) => void) | undefined;
}

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
  checkOptions(options, OPTIONS, "ingest");
  const source = await sourceOf(pictures, options);
  await using table = await tableFor(options);
  const counts = await new IngestRun(table, source, options).run();
  const { count } = await table.refresh();
  return { ...counts, place: table.place, count };
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
  if ("rows" in pictures) return datasetSource(pictures, source ?? pictures.name, limit);
  return fileSource(await fileInputs(pictures), exclude);
}
