import { type DecodeOptions, decodeImage } from "../decode/decode.js";
import { resample } from "../resample/resample.js";
import type { ImageSource, Region, RgbImage, Size } from "../source.js";
import { pixelCount } from "./pixel-batch.js";
import type { CentreCrop, Preprocessing, Resize } from "./preprocessing.js";

/** What a vision model takes of one picture. */
export interface ModelInput extends Size {
  /** 3 x `height` x `width`: planes in the order R, G, B, rows top to bottom. */
  readonly data: Float32Array;
}

/**
 * Decodes, resizes, crops and normalises a picture: to the last bit what Hugging Face's Pillow-backed
 * CLIPImageProcessor makes of the same pixels, unless `options.decode` is `fast`. Errors are those of `decodeImage`.
 * The numbers are written to `into`, which has just their length, or to an array of their own.
 */
export async function preprocess(
  source: ImageSource,
  preprocessing: Preprocessing,
  options?: DecodeOptions,
  into?: Float32Array,
): Promise<ModelInput> {
  const decoded = await decodeImage(source, options, (size) => resizedSize(size, preprocessing.resize));
  return normalisePixels(resizeForModel(decoded, preprocessing), preprocessing, into);
}

/** `image` resized and cropped to what the model sees, in 8 bits. Computes no pixel that the crop cuts off. */
export function resizeForModel(image: RgbImage, { resize, crop, filter }: Preprocessing): RgbImage {
  const size = resizedSize(image, resize);
  if (!crop) return resample(image, size, filter);
  const { kept, left, top } = cropOf(size, crop);
  return padded(resample(image, size, filter, kept), crop, left, top);
}

/** What a crop keeps of a resized picture. */
export interface Cropped {
  /** The part of the resized picture. */
  readonly kept: Region;
  /** Pixels of padding before it, where a side of the picture is shorter than the crop. */
  readonly left: number;
  readonly top: number;
}

/** @param size of the picture after resizing */
export function cropOf(size: Size, crop: CentreCrop): Cropped {
  const across = cropAxis(size.width, crop.width, crop.rounding);
  const down = cropAxis(size.height, crop.height, crop.rounding);
  const kept = { left: across.from, top: down.from, width: across.length, height: down.length };
  return { kept, left: across.padding, top: down.padding };
}

/** Width and height after resizing. */
export function resizedSize(image: Size, resize: Resize | undefined): Size {
  if (!resize) return { width: image.width, height: image.height };
  if ("shortestEdge" in resize) return byShortestEdge(image, resize.shortestEdge);
  if ("within" in resize) return inProportion(image, resize.within, Math.max);
  if ("around" in resize) return inProportion(image, resize.around, Math.min);
  return resize;
}

/** The long side is cut to a whole number, not rounded. */
function byShortestEdge({ width, height }: Size, edge: number): Size {
  return width <= height
    ? { width: edge, height: Math.trunc((edge * height) / width) }
    : { width: Math.trunc((edge * width) / height), height: edge };
}

/** Both sides divided by the larger or the smaller of their ratios to `target`, and rounded (timm, open_clip). */
function inProportion({ width, height }: Size, target: Size, choose: typeof Math.max): Size {
  const ratio = choose(width / target.width, height / target.height);
  const side = (length: number) => Math.max(1, roundHalfEven(length / ratio));
  return { width: side(width), height: side(height) };
}

/** The part of an axis that a crop takes, and how many pixels of padding go before it. */
function cropAxis(size: number, crop: number, rounding: CentreCrop["rounding"]) {
  const half = (size - crop) / 2;
  // Padding is split the other way round: torchvision puts the smaller half first, Hugging Face the larger one.
  const offset = rounding === "down" ? Math.floor(half) : half < 0 ? Math.ceil(half) : roundHalfEven(half);
  const from = Math.max(0, offset);
  const padding = Math.max(0, -offset);
  return { from, padding, length: Math.min(size - from, crop - padding) };
}

function roundHalfEven(value: number): number {
  return value % 2 === 0.5 ? Math.floor(value) : Math.round(value);
}

/** `image` on a canvas of the crop's size and colour, its corner at `left`, `top`. */
function padded(
  image: RgbImage,
  { width, height, fill = 0 }: CentreCrop,
  left: number,
  top: number,
): RgbImage {
  if (image.width === width && image.height === height) return image;
  const data = new Uint8ClampedArray(width * height * 3).fill(fill);
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3);
    data.set(row, ((top + y) * width + left) * 3);
  }
  return { data, width, height };
}

/** The planes of `image`, each level replaced by what rescaling and normalising make of it. */
function normalisePixels(
  image: RgbImage,
  preprocessing: Preprocessing,
  data: Float32Array = new Float32Array(pixelCount(image)),
): ModelInput {
  const { data: levels, width, height } = image;
  const plane = width * height;
  const values = valuesOfLevels(preprocessing);
  for (let to = 0, from = 0; to < plane; to++, from += 3) {
    data[to] = values[levels[from]!]!;
    data[to + plane] = values[256 + levels[from + 1]!]!;
    data[to + 2 * plane] = values[512 + levels[from + 2]!]!;
  }
  return { data, width, height };
}

/**
 * What the 256 levels of R, G and B become, one channel after the other, in the arithmetic of transformers'
 * NumPy code: rescaled in double and rounded to single precision, then mean and deviation in single precision.
 */
function valuesOfLevels({ rescaleFactor = 1, normalisation }: Preprocessing): Float32Array {
  const { fround } = Math;
  const { mean = [0, 0, 0], std = [1, 1, 1] } = normalisation ?? {};
  return Float32Array.from({ length: 3 * 256 }, (_, i) => {
    const rescaled = fround((i & 255) * rescaleFactor);
    return fround(rescaled - fround(mean[i >> 8]!)) / fround(std[i >> 8]!);
  });
}
