import type { ErrorCode } from "../../errors.js";

/** What became of one picture of a shard. `null` is not known, or not there. */
export interface ShardRow {
  /** Position in the shard, from 0. */
  readonly row: number;
  /** Absolute path of a file, address of a remote one, `source#row` for a row of a Parquet file or a tar. */
  readonly path: string;
  /** SHA-256 of the contents; null where they could not be read. */
  readonly id: string | null;
  /** Of the upright picture, in pixels. */
  readonly width: number | null;
  readonly height: number | null;
  /** Size of the encoded picture. */
  readonly bytes: number | null;
  readonly modified: Date | null;
  readonly taken: Date | null;
  readonly camera: string | null;
  /** In degrees, WGS 84. */
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** The label that the picture came with. */
  readonly given_label: string | null;
  /** The label that was found, and its score; null unless the task is to classify. */
  readonly label: string | null;
  readonly score: number | null;
  /** Of unit length; null for a picture that failed. */
  readonly vector: Float32Array | null;
  readonly error_code: ErrorCode | null;
  readonly error_message: string | null;
}
