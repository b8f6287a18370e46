import type { NearlabelError } from "../errors.js";
import type { SourceVersion } from "../files/source-version.js";
import type { ImageSource } from "../image/source.js";

/** A picture to classify, with the label it is known to have, if it is known. */
export interface ImageRow {
  /** The path as given, or the row number in a data set, counted from 0. */
  readonly id: string | number;
  /** No bytes where there is an `error`, or where `labelsOnly` was asked for. */
  readonly image: ImageSource;
  readonly label?: string;
  /** Of the file that the row comes from, where there is one: of two rows of one id and version, the pictures are the same. */
  readonly version?: SourceVersion;
  /** Of unit length, where the data set holds embeddings in the place of pictures; then `image` is no bytes. */
  readonly embedding?: Float32Array;
  /** What else the data set says of the picture: the cells of its other columns, where those were asked for. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Why the row has no picture, where it has none. */
  readonly error?: NearlabelError;
}

/** The rows `[start, end)`, counted from 0; all of them by default. */
export interface RowRange {
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}

export interface RowsOptions extends RowRange {
  /**
   * Leaves pictures out, for who needs ids and labels alone: a fraction of the reading in most formats. A data set may give
   * the pictures all the same.
   * @default false
   */
  readonly labelsOnly?: boolean | undefined;
}

/** What JSON can hold. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** A piece of a data set that can be read without the rest: a picture file, a tar file, a row group, a range of rows. */
export interface Part {
  /** Tells the part from all others of its data set, in whatever program opens it with the same options. */
  readonly key: JsonValue;
  /** Number of rows, where it is known without reading them. */
  readonly size?: number;
  /** The rows `[start, end)` of the part, all by default, with the ids that they have in the data set. */
  rows(options?: RowsOptions): AsyncIterable<ImageRow>;
}

/** What opens a data set again, in this program or another. */
export interface DatasetOrigin {
  /** Absolute path, address in an object store, or hub id. */
  readonly place: string;
  /** As it was opened, but for `otherColumns`. */
  readonly options: DatasetOptions;
}

/** Pictures from anywhere, read as a stream: memory does not grow with the number of rows. */
export interface Dataset {
  readonly name: string;
  /** What it is read from, for people: `Parquet`, `folder of classes`, ... */
  readonly format?: string;
  /** Where it can be opened again. Absent for one that a program made itself, and for a choice of rows. */
  readonly origin?: DatasetOrigin;
  /** All splits, where the data set is cut into some; `name` ends with the one that is read. */
  readonly splits?: readonly string[];
  /** Names of the classes in the data set's own order, where it has them. */
  readonly labels?: readonly string[];
  /** Number of rows, where it is known without reading them all. */
  readonly size?: number;
  /** The rows `[start, end)`, all by default. Can be called again and again. */
  rows(options?: RowsOptions): AsyncIterable<ImageRow>;
  /**
   * The data set in parts, as a stream: their rows, one part after another, are those of `rows()`. No picture is read. Every
   * data set that is opened has them; see `partsOf` for those that a program makes itself.
   */
  parts?(): AsyncIterable<Part>;
  /** The part with this key, without looking for the others. @throws NearlabelError OPTION_INVALID for a key of no part */
  part?(key: JsonValue): Part;
  /** Where ids are no row numbers: the rows with these ids, each read on its own. See `rowsWithIds` for all data sets. */
  pick?(ids: readonly (string | number)[]): AsyncIterable<ImageRow>;
}

/** What to read of a data set that holds more than one thing. */
export interface DatasetOptions {
  /** `train`, `validation`, `test`, or another name. Default: the only one, else test, validation, train in turn. */
  split?: string | undefined;
  /** Configuration of a data set that has several. Default: the one that its card names, or `default`. */
  config?: string | undefined;
  /**
   * Column with the pictures, of a Parquet file or a manifest; in a webdataset tar the extension of the pictures.
   * Default: the one declared as such, else `image`, `img`, ... (of a manifest `file_name`, `path`, ...).
   */
  imageColumn?: string | undefined;
  /**
   * Column with the labels, of a Parquet file or a manifest; of CIFAR-100 `fine_label` or `coarse_label`; in a
   * webdataset tar an extension (`cls`, `txt`) or a key of the `.json`. Default: the one declared as such, else
   * `fine_label`, `label`, ...
   */
  labelColumn?: string | undefined;
  /**
   * Names of the classes that integer labels stand for, in the order of the integers. Default: those that the data
   * set itself holds.
   */
  classNames?: readonly string[] | undefined;
  /**
   * The labels of a `.npy` file of pictures: a `.npy` file of integers, a `.txt` file with one label a line, or a
   * `.json` file with an array. Default: the file named `<name>-labels` or `labels` beside it, if there is one.
   */
  labelsFile?: string | undefined;
  /**
   * Gives what the other columns of a Parquet file or a manifest say of a picture as the `fields` of its row. Other formats have
   * none.
   * @default false
   */
  otherColumns?: boolean | undefined;
}
