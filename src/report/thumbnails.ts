import { NearlabelError } from "../errors.js";
import type { DecodeOptions } from "../image/decode/decode.js";
import { thumbnailUri } from "../image/draw/thumbnail.js";
import type { Dataset } from "../rows/dataset.js";
import { rowsWithIds } from "../rows/select/rows-with-ids.js";

/** Longest side, in pixels: sharp on screens of twice the density at the 48 pixels that reports give it. */
const SIDE = 96;

export interface ThumbnailsOptions {
  /** As the pictures were read when they were evaluated. */
  readonly decoding?: Pick<DecodeOptions, "orientation" | "maxPixels"> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of pictures found so far. */
  readonly onProgress?: ((found: number) => void) | undefined;
}

/**
 * Small copies of the pictures with these ids, as data URIs. A picture that
 * changed since it was evaluated, and cannot be read any more, is left out.
 */
export async function thumbnailsOf(
  dataset: Dataset,
  ids: Iterable<string | number>,
  { decoding, signal, onProgress }: ThumbnailsOptions = {},
): Promise<Map<string | number, string>> {
  const thumbnails = new Map<string | number, string>();
  let found = 0;
  for await (const { id, image } of rowsWithIds(dataset, ids)) {
    signal?.throwIfAborted();
    const thumbnail = await thumbnailUri(image, { side: SIDE, ...decoding }).catch(passOver);
    if (thumbnail !== undefined) thumbnails.set(id, thumbnail);
    onProgress?.(++found);
  }
  return thumbnails;
}

function passOver(error: unknown): undefined {
  if (!(error instanceof NearlabelError)) throw error;
}
