import type { Sharp } from "sharp";
import type { Size, SizeFor } from "../source.js";
import { isOnItsSide, type Orientation } from "./orientation.js";

/**
 * How much larger than the model's picture a reduced one is left, for our own resampling to finish. Less moves it two to
 * three times as far from the exact pixels, and more costs time (bench/README.md).
 */
const MARGIN = 2;

/**
 * Factor from which libvips has a JPEG decoded at 1/2, 1/4 or 1/8 of its size. One of 2 to 3 it would decode in full, for
 * fear of libjpeg's rounding.
 */
const LEAST_FACTOR = 3;

/**
 * The JPEG `image`, reduced to twice what the model wants: by libjpeg to 1/2, 1/4 or 1/8, which leaves out most of the
 * inverse transform, and by libvips' Lanczos filter for the rest, as sharp cannot be told to do the first alone. Unchanged
 * where that would save nothing.
 */
export async function reducedJpeg(image: Sharp, orientation: Orientation, sizeFor: SizeFor): Promise<Sharp> {
  const stored = await image.metadata();
  const wanted = swappedIf(isOnItsSide(orientation), sizeFor(swappedIf(isOnItsSide(orientation), stored)));
  const width = MARGIN * wanted.width;
  const height = MARGIN * wanted.height;
  if (Math.min(stored.width / width, stored.height / height) < LEAST_FACTOR) return image;
  return image.resize({ width, height, fit: "fill", kernel: "lanczos3" });
}

function swappedIf(swapped: boolean, { width, height }: Size): Size {
  return swapped ? { width: height, height: width } : { width, height };
}
