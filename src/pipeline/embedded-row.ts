import type { ImageRow } from "../datasets/dataset.js";
import type { NearlabelError } from "../errors.js";

/** What became of one picture on its way through the pipeline. */
export type EmbeddedRow =
  | { readonly row: ImageRow; readonly embedding: Float32Array; readonly error?: never }
  | { readonly row: ImageRow; readonly error: NearlabelError; readonly embedding?: never };
