import type { NearlabelError } from "../errors.js";
import type { ImageRow } from "../rows/dataset.js";

/** What became of one picture on its way through the pipeline. */
export type EmbeddedRow =
  | {
      readonly row: ImageRow;
      /** Unit length. */
      readonly embedding: Float32Array;
      /** Length of the embedding as the network gave it. */
      readonly norm: number;
      readonly error?: never;
    }
  | {
      readonly row: ImageRow;
      readonly error: NearlabelError;
      readonly embedding?: never;
      readonly norm?: never;
    };
