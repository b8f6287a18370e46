import { type DecodeOptions, decodeImage } from "../decode/decode.js";
import { loadSharp } from "../decode/sharp.js";
import type { ImageSource } from "../source.js";

/** Longest side, in pixels: sharp on screens of twice the density at the 48 pixels and more that pages give it. */
const SIDE = 96;
const QUALITY = 80;

/**
 * `image` as the data URI of a small JPEG, its longest side at most 96 pixels; decoded as `decoding` says, upright by default. A
 * smaller picture keeps its size; who shows it larger should not blur it.
 *
 * Errors: those of `decodeImage`.
 */
export async function thumbnailOf(image: ImageSource, decoding?: DecodeOptions): Promise<string> {
  return `data:image/jpeg;base64,${(await thumbnailJpeg(image, SIDE, decoding)).toString("base64")}`;
}

/** The same as the bytes of a JPEG, its longest side at most `side` pixels. */
export async function thumbnailJpeg(
  image: ImageSource,
  side: number,
  decoding?: DecodeOptions,
): Promise<Buffer> {
  const { data, width, height } = await decodeImage(image, decoding);
  return loadSharp()(data, { raw: { width, height, channels: 3 } })
    .resize({ width: side, height: side, fit: "inside", withoutEnlargement: true })
    .jpeg({ quality: QUALITY })
    .toBuffer();
}
