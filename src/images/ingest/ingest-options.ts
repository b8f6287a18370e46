import type { Encoder } from "../../encoder/encoder.js";
import type { Precision } from "../../store/shape.js";
import type { ImageFailure } from "../table/failures.js";

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
  /** What tells a data set from all others in the paths of its rows. Default: where it was opened, or its name. */
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

/** What became of the pictures of a run, in numbers. */
export interface IngestCounts {
  /** New in the table. */
  added: number;
  /** In the table with other contents before. */
  changed: number;
  /** In the table under a path that is gone. */
  moved: number;
  /** In the table just so. */
  unchanged: number;
  /** That could not be embedded. */
  failed: number;
  /** That could not be embedded before, and have not changed since. */
  failedBefore: number;
  /** Files that were gone when they were to be read. */
  gone: number;
  /** RAW files passed over, as there is a JPEG or HEIC of the same name beside them. */
  paired: number;
  /** Rows taken out, as their pictures are gone. */
  pruned: number;
  /** Pictures that the model was asked for; the vectors of the others were there. */
  embedded: number;
  /** Cells of users' columns that did not fit the column's type, and are null. */
  unfit: number;
}

export interface IngestProgress extends IngestCounts {
  /** Pictures looked at so far. */
  readonly done: number;
  /** Pictures in all, once they are counted. */
  readonly total?: number | undefined;
}
