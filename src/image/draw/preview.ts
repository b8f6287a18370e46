import { isError, NearlabelError } from "../../errors.js";
import { formatOf } from "../decode/format.js";
import { loadSharp } from "../decode/sharp.js";
import type { ImageFile } from "../image-file.js";
import { MAX_BYTES, readImage } from "../read.js";
import type { EncodedImage } from "../source.js";
import { thumbnailJpeg } from "./thumbnail.js";

const QUALITY = 80;

export interface PreviewOptions {
  /** Longest side in pixels; a smaller picture keeps its size. */
  readonly side: number;
  /** Largest width x height that is decoded. */
  readonly maxPixels: number;
}

/**
 * A small upright JPEG of a picture, for people to look at: decoded no larger than needed, in threads of their own. Its pixels are
 * not those that models are given. Of a RAW file it is the JPEG in it. HEIC cannot be shown: it would be decoded on this thread, for a
 * second and more.
 *
 * Errors: those of `decodeImage`, with IMAGE_CORRUPT for all that cannot be decoded.
 */
export async function previewOf(image: ImageFile | EncodedImage, options: PreviewOptions): Promise<Buffer> {
  const { bytes, name } = await readImage(image, MAX_BYTES);
  const { side, maxPixels } = options;
  if (formatOf(bytes)?.id === "raw") return thumbnailJpeg(bytes, side, { decode: "fast", maxPixels, name });
  try {
    return await loadSharp()(bytes, { limitInputPixels: Math.min(maxPixels, Number.MAX_SAFE_INTEGER) })
      .autoOrient()
      .resize({ width: side, height: side, fit: "inside", withoutEnlargement: true })
      .flatten({ background: "white" })
      .jpeg({ quality: QUALITY })
      .toBuffer();
  } catch (cause) {
    const reason = isError(cause) ? cause.message : String(cause);
    throw new NearlabelError("IMAGE_CORRUPT", `${name} cannot be shown: ${reason}`, { cause });
  }
}
