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
  rows(range?: { start?: number; end?: number }): AsyncIterable<ImageRow>;
}
