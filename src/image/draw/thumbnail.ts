import { type DecodeOptions, decodeImage, MAX_PIXELS } from "../decode/decode.js";
import { type Format, formatOf } from "../decode/format.js";
import { loadSharp } from "../decode/sharp.js";
import { isImageFile } from "../image-file.js";
import { MAX_BYTES, readImage } from "../read.js";
import { type ImageSource, isEncoded, type Size } from "../source.js";

const QUALITY = 80;

export interface ThumbnailOptions extends Pick<DecodeOptions, "orientation" | "maxPixels"> {
  /** Longest side in pixels; a smaller picture keeps its size, and who shows it larger should not blur it. */
  readonly side: number;
}

/**
 * A small JPEG of a picture, upright by default, for people to look at: decoded no larger than needed, in threads of their own, in the
 * colours that its profile says and on white where it is transparent. Its pixels are not those that models are given. What is no
 * {@link isDrawnAside} is decoded on this thread, as models are given it: HEIC takes a second and more.
 *
 * Errors: those of `decodeImage`.
 */
export async function thumbnail(image: ImageSource, options: ThumbnailOptions): Promise<Buffer> {
  const decoded = () => ofPixels(image, options);
  if (!isImageFile(image) && !isEncoded(image)) return decoded();
  const { bytes, name } = await readImage(image, MAX_BYTES);
  const inMemory = () => ofPixels(bytes, options, name);
  if (!isDrawnAside(bytes)) return inMemory();
  // What cannot be drawn so may still be decoded, or else tells what is wrong with it.
  return ofFile(bytes, options).catch(inMemory);
}

/** The same as a data URI. */
export async function thumbnailUri(image: ImageSource, options: ThumbnailOptions): Promise<string> {
  return `data:image/jpeg;base64,${(await thumbnail(image, options)).toString("base64")}`;
}

const DRAWN_ASIDE: ReadonlySet<Format | undefined> = new Set(["jpeg", "png", "webp", "gif", "tiff", "avif"]);

/** Whether libvips makes a thumbnail of these bytes all by itself, in its own threads. */
export function isDrawnAside(bytes: Uint8Array): boolean {
  return DRAWN_ASIDE.has(formatOf(bytes)?.id);
}

async function ofFile(
  bytes: Uint8Array,
  { side, orientation, maxPixels = MAX_PIXELS }: ThumbnailOptions,
): Promise<Buffer> {
  const opened = loadSharp()(bytes, { limitInputPixels: Math.min(maxPixels, Number.MAX_SAFE_INTEGER) });
  return (orientation === "stored" ? opened : opened.autoOrient())
    .resize(within(side))
    .flatten({ background: "white" })
    .jpeg({ quality: QUALITY })
    .toBuffer();
}

async function ofPixels(
  image: ImageSource,
  { side, orientation, maxPixels }: ThumbnailOptions,
  name?: string,
): Promise<Buffer> {
  const sizeFor = (size: Size) => scaled(size, Math.min(1, side / Math.max(size.width, size.height)));
  const decoding = { decode: "fast", orientation, maxPixels, name } as const;
  const { data, width, height } = await decodeImage(image, decoding, sizeFor);
  return loadSharp()(data, { raw: { width, height, channels: 3 } })
    .resize(within(side))
    .jpeg({ quality: QUALITY })
    .toBuffer();
}

function scaled({ width, height }: Size, factor: number): Size {
  return { width: Math.ceil(width * factor), height: Math.ceil(height * factor) };
}

function within(side: number) {
  return { width: side, height: side, fit: "inside", withoutEnlargement: true } as const;
}
