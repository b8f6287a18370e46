import { isObject } from "../../files/json.js";
import type { ResamplingFilter } from "../resample/filter.js";
import type { Size } from "../source.js";
import {
  CLIP_DEFAULTS,
  channels,
  type Field,
  IN_PIXELS,
  invalid,
  isNumber,
  isPositive,
  isSide,
  type Preprocessing,
  sizeOf,
} from "./preprocessing.js";

/** The defaults of open_clip (`PreprocessCfg` in open_clip/transform.py). */
const OPEN_CLIP_DEFAULTS = {
  size: 224,
  mean: CLIP_DEFAULTS.image_mean,
  std: CLIP_DEFAULTS.image_std,
  interpolation: "bicubic",
  resize_mode: "shortest",
  fill_color: 0,
};
type Key = keyof typeof OPEN_CLIP_DEFAULTS;

/**
 * A `preprocess_cfg.json` of open_clip, or the `preprocessor_config.json` of jina-clip, which has the same keys: what
 * open_clip's `image_transform` does for inference, but that pictures are made RGB first.
 *
 * Error: MODEL_FILE_INVALID.
 */
export function parseOpenClipPreprocessing(json: unknown, file: string): Preprocessing {
  if (!isObject(json)) throw invalid(file, "its content", "an object", json);
  const field = (key: Key): Field => ({ file, key, value: json[key] ?? OPEN_CLIP_DEFAULTS[key] });
  const size = squareOrSize(field("size"));
  const filter = filterOf(field("interpolation"));
  return {
    ...resizing(field("resize_mode"), size, filter, levelOf(field("fill_color"))),
    rescaleFactor: 1 / 255,
    normalisation: { mean: channels(field("mean"), isNumber), std: channels(field("std"), isPositive) },
  };
}

function resizing(
  { file, key, value }: Field,
  size: Size,
  filter: ResamplingFilter,
  fill: number,
): Pick<Preprocessing, "resize" | "filter" | "crop"> {
  const crop = { ...size, rounding: "half-even", fill } as const;
  if (value === "squash") return { resize: size, filter };
  if (value === "longest") return { resize: { within: size }, filter, crop };
  if (value !== "shortest") throw invalid(file, key, '"shortest", "longest" or "squash"', value);
  if (size.width === size.height) return { resize: { shortestEdge: size.width }, filter, crop };
  // For sides that differ open_clip resizes with a class of its own, and does not hand the filter on to it.
  return { resize: { around: size }, filter: "bicubic", crop };
}

function squareOrSize({ file, key, value }: Field): Size {
  const size = isSide(value) ? { width: value, height: value } : sizeOf(value);
  if (!size) throw invalid(file, key, `a number or [height, width] ${IN_PIXELS}`, value);
  return size;
}

/** `random` stands for training; for inference open_clip takes bicubic then. */
function filterOf({ file, key, value }: Field): ResamplingFilter {
  if (value === "bilinear") return "bilinear";
  if (value === "bicubic" || value === "random") return "bicubic";
  throw invalid(file, key, '"bicubic" or "bilinear"', value);
}

function levelOf({ file, key, value }: Field): number {
  if (Number.isInteger(value) && isNumber(value) && value >= 0 && value <= 255) return value;
  throw invalid(file, key, "a whole number from 0 to 255", value);
}
