import { NearlabelError } from "../errors.js";
import type { DecodeOptions } from "../image/decode/decode.js";
import { thumbnailOf } from "../image/draw/thumbnail.js";
import type { Dataset } from "../rows/dataset.js";

export interface ThumbnailsOptions {
  /** As the pictures were read when they were evaluated. */
  readonly decoding?: Pick<DecodeOptions, "orientation" | "maxPixels"> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of pictures found so far. */
  readonly onProgress?: ((found: number) => void) | undefined;
}

/**
 * Small copies of the pictures with these ids, as data URIs. Reads the data set once more, up to the last of them. A picture that
 * changed since it was evaluated, and cannot be read any more, is left out.
 */
export async function thumbnailsOf(
  dataset: Dataset,
  ids: Iterable<string | number>,
  { decoding, signal, onProgress }: ThumbnailsOptions = {},
): Promise<Map<string | number, string>> {
  const wanted = new Set(ids);
  const total = wanted.size;
  const thumbnails = new Map<string | number, string>();
  for await (const { id, image } of total > 0 ? dataset.rows() : []) {
    signal?.throwIfAborted();
    if (!wanted.delete(id)) continue;
    const thumbnail = await thumbnailOf(image, decoding).catch(passOver);
    if (thumbnail !== undefined) thumbnails.set(id, thumbnail);
    onProgress?.(total - wanted.size);
    if (wanted.size === 0) break;
  }
  return thumbnails;
}

function passOver(error: unknown): undefined {
  if (!(error instanceof NearlabelError)) throw error;
}
