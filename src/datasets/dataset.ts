import type { ImageSource } from "../image/source.js";

/** A picture to classify, with the label it is known to have, if it is known. */
export interface ImageRow {
  /** The path as given, or the row number in a data set, counted from 0. */
  readonly id: string | number;
  readonly image: ImageSource;
  readonly label?: string;
}

/** Pictures from anywhere, read as a stream: memory does not grow with the number of rows. */
export interface Dataset {
  readonly name: string;
  /** Names of the classes in the data set's own order, where it has them. */
  readonly labels?: readonly string[];
  /** Number of rows, where it is known without reading them all. */
  readonly size?: number;
  /** The rows `[start, end)`, all by default. Can be called again and again. */
  rows(range?: { start?: number | undefined; end?: number | undefined }): AsyncIterable<ImageRow>;
}

/** What to read of a data set that holds more than one thing. */
export interface DatasetOptions {
  /** `train`, `validation`, `test`, or another name. Default: the only one, else test, validation, train in turn. */
  split?: string | undefined;
  /** Configuration of a data set that has several. Default: the one that its card names, or `default`. */
  config?: string | undefined;
  /** Column of a Parquet file with the pictures. Default: the one declared as such, else `image`, `img`, ... */
  imageColumn?: string | undefined;
  /** Column of a Parquet file with the labels. Default: the one declared as such, else `fine_label`, `label`, ... */
  labelColumn?: string | undefined;
}
