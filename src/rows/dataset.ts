import type { ImageSource } from "../image/source.js";

/** A picture to classify, with the label it is known to have, if it is known. */
export interface ImageRow {
  /** The path as given, or the row number in a data set, counted from 0. */
  readonly id: string | number;
  readonly image: ImageSource;
  readonly label?: string;
}

/** The rows `[start, end)`, counted from 0; all of them by default. */
export interface RowRange {
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}

/** Pictures from anywhere, read as a stream: memory does not grow with the number of rows. */
export interface Dataset {
  readonly name: string;
  /** What it is read from, for people: `Parquet`, `folder of classes`, ... */
  readonly format?: string;
  /** All splits, where the data set is cut into some; `name` ends with the one that is read. */
  readonly splits?: readonly string[];
  /** Names of the classes in the data set's own order, where it has them. */
  readonly labels?: readonly string[];
  /** Number of rows, where it is known without reading them all. */
  readonly size?: number;
  /** The rows `[start, end)`, all by default. Can be called again and again. */
  rows(range?: RowRange): AsyncIterable<ImageRow>;
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
}
