import type { Region, RgbImage, Size } from "../source.js";
import { KERNELS, type ResamplingFilter } from "./filter.js";
import { resampleRegion } from "./passes.js";
import { tapsOf } from "./taps.js";

/**
 * `image` resized to `size`, equal in every bit to Pillow's `Image.resize(size, filter)`: one axis after the
 * other, rounded to 8 bits in between, an axis that keeps its size left alone.
 *
 * `region` is the part of the resized picture that is wanted, with the values that the whole would have there;
 * it must lie within `size`, and nothing else is computed.
 */
export function resample(
  image: RgbImage,
  size: Size,
  filter: ResamplingFilter,
  region: Region = { left: 0, top: 0, ...size },
): RgbImage {
  if (filter === "nearest") return pickNearest(image, size, region);
  const kernel = KERNELS[filter];
  const taps = (inputSize: number, outputSize: number, from: number, length: number) =>
    inputSize === outputSize ? undefined : tapsOf(kernel, { inputSize, outputSize, from, length });
  const across = taps(image.width, size.width, region.left, region.width);
  const down = taps(image.height, size.height, region.top, region.height);

  const [left, width] = across ? [across.first, across.last - across.first] : [region.left, region.width];
  const [top, height] = down ? [down.first, down.last - down.first] : [region.top, region.height];
  const passes = { across, down, verticalFirst: verticalFirst(image, size) };
  return resampleRegion(image, { left, top, width, height }, passes);
}

/**
 * Whether Pillow goes down the columns first. Since 13.0 it does so where the height loses more than twice as
 * many pixels as the width (python-pillow/Pillow#9549); before, it never did. Levels differ by a few between
 * the two, for the rounding to 8 bits comes at another place.
 */
function verticalFirst(from: Size, to: Size): boolean {
  return to.height < from.height && from.height - to.height > 2 * (from.width - to.width);
}

/**
 * The nearest sample of each output pixel. Pillow reaches it by adding up steps in double precision, which can
 * fall on the other side of a pixel's edge than the product would, so that the steps are added up here too.
 */
function pickNearest(image: RgbImage, size: Size, region: Region): RgbImage {
  const columns = nearestSamples(image.width, size.width, region.left, region.width);
  const rows = nearestSamples(image.height, size.height, region.top, region.height);
  const data = new Uint8ClampedArray(region.width * region.height * 3);
  let at = 0;
  for (const y of rows) {
    for (const x of columns) {
      const from = (y * image.width + x) * 3;
      data[at++] = image.data[from]!;
      data[at++] = image.data[from + 1]!;
      data[at++] = image.data[from + 2]!;
    }
  }
  return { data, width: region.width, height: region.height };
}

function nearestSamples(inputSize: number, outputSize: number, from: number, length: number): Int32Array {
  const step = inputSize / outputSize;
  const samples = new Int32Array(length);
  for (let i = 0, position = step / 2; i < from + length; i++, position += step) {
    if (i >= from) samples[i - from] = Math.trunc(position);
  }
  return samples;
}
