import type { StoredImage } from "../table/stored-image.js";
import type { SearchFilter } from "./filter.js";

export interface NearestOptions extends SearchFilter {
  /** Pictures at most. */
  readonly k: number;
  /** The nearest ones that are passed over. Default: 0. */
  readonly offset?: number | undefined;
  readonly minSimilarity?: number | undefined;
  readonly version?: number | undefined;
  readonly exact?: boolean | undefined;
}

/** Pictures near the direction that was searched for, nearest first, and the version that was read. */
export interface Found {
  readonly near: readonly NearImage[];
  readonly version: number;
  /** Number of pictures in the table, whatever the filter. */
  readonly pictures: number;
}

interface NearImage {
  readonly image: StoredImage;
  readonly vector: Float32Array;
  readonly similarity: number;
}
