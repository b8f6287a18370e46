import { NearlabelError } from "../../errors.js";
import { isObject, type JsonObject } from "../../files/json.js";
import type { ResamplingFilter } from "../resample/filter.js";
import type { Size } from "../source.js";

/**
 * How a picture gets its size: by its short side, within or around a rectangle, all three keeping its shape, or squashed
 * to both sides.
 */
export type Resize =
  | { readonly shortestEdge: number }
  | { readonly within: Size }
  | { readonly around: Size }
  | Size;

/** The middle of a picture; a side that is too short is filled up on both ends. */
export interface CentreCrop extends Size {
  /** Level of R, G and B that fills up, 0 to 255. Default: 0, black. */
  readonly fill?: number | undefined;
  /**
   * Where an odd number of pixels is cut off: `down` cuts the smaller half on the left and the top
   * (Hugging Face), `half-even` rounds the half to an even number (torchvision, so OpenAI's CLIP and open_clip).
   */
  readonly rounding: "down" | "half-even";
}

/** What a model wants done to a picture, in this order. A step that is absent is left out. */
export interface Preprocessing {
  readonly resize?: Resize | undefined;
  readonly filter: ResamplingFilter;
  readonly crop?: CentreCrop | undefined;
  /** What levels of 0 to 255 are multiplied by. */
  readonly rescaleFactor?: number | undefined;
  /** Subtracted mean and divisor of R, G and B, on the scale after `rescaleFactor`. */
  readonly normalisation?: Normalisation | undefined;
}

export interface Normalisation {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** Pillow's codes of its filters, by position. */
const FILTERS: readonly ResamplingFilter[] = ["nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"];

/** What the processor of a family does where `preprocessor_config.json` leaves a key out. */
export type PreprocessingDefaults = Readonly<Record<Key, unknown>>;

/** The defaults of Hugging Face's CLIPImageProcessor; mean and deviation are those of OpenAI's CLIP. */
export const CLIP_DEFAULTS = {
  do_resize: true,
  size: { shortest_edge: 224 },
  resample: 3,
  do_center_crop: true,
  crop_size: { height: 224, width: 224 },
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: true,
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
  do_pad: false,
};
type Key = keyof typeof CLIP_DEFAULTS;

/** The defaults of Hugging Face's SiglipImageProcessor: pictures are squashed, and nothing is cut off. */
export const SIGLIP_DEFAULTS: PreprocessingDefaults = {
  ...CLIP_DEFAULTS,
  size: { height: 224, width: 224 },
  do_center_crop: false,
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.5, 0.5, 0.5],
};

/** The defaults of Hugging Face's ViTImageProcessor. */
const VIT_DEFAULTS: PreprocessingDefaults = { ...SIGLIP_DEFAULTS, resample: 2 };

/** Hugging Face's image processors that do what is done here: resize, cut out the middle, rescale, normalise. */
const PROCESSORS: Readonly<Record<string, PreprocessingDefaults>> = {
  CLIP: CLIP_DEFAULTS,
  ChineseCLIP: CLIP_DEFAULTS,
  Bit: CLIP_DEFAULTS,
  Siglip: SIGLIP_DEFAULTS,
  ViT: VIT_DEFAULTS,
};

/** With these a `size` of one number is both sides, not the short one. */
const SQUARE_SIZES: ReadonlySet<PreprocessingDefaults> = new Set([VIT_DEFAULTS]);

/**
 * A `preprocessor_config.json`, parsed: `json` is its content after `JSON.parse`, `file` its name for messages.
 * What it leaves out is as in the processor that it names, or, if it names none, as in `familyDefaults`. Pictures are always
 * made RGB, whatever `do_convert_rgb` says.
 *
 * Error: MODEL_FILE_INVALID, also for a processor that does something else, and for steps that are not done here.
 */
export function parsePreprocessing(
  json: unknown,
  file: string,
  familyDefaults: PreprocessingDefaults = CLIP_DEFAULTS,
): Preprocessing {
  if (!isObject(json)) throw invalid(file, "its content", "an object", json);
  const defaults = processorDefaults(json, file) ?? familyDefaults;
  // null is a value, as in transformers: a flag that is off, and nothing where a size is needed.
  const field = (key: Key) => ({ file, key, value: json[key] === undefined ? defaults[key] : json[key] });
  if (flag(field("do_pad"))) throw invalid(file, "do_pad", "false, for padding is not supported", true);
  const swapped = json.do_flip_channel_order;
  if (swapped) throw invalid(file, "do_flip_channel_order", "false, for models take R, G, B", swapped);
  // As CLIPImageProcessor has it, for an old model: its own size, whatever `size` says.
  const size = json.use_square_size ? { ...field("size"), value: SQUARE } : field("size");
  const isResized = flag(field("do_resize"));
  return {
    resize: isResized ? resizeOf(size, SQUARE_SIZES.has(defaults)) : undefined,
    filter: filterOf(isResized ? field("resample") : { ...field("resample"), value: defaults.resample }),
    crop: flag(field("do_center_crop")) ? { ...cropSize(field("crop_size")), rounding: "down" } : undefined,
    rescaleFactor: flag(field("do_rescale")) ? positive(field("rescale_factor")) : undefined,
    normalisation: flag(field("do_normalize"))
      ? { mean: channels(field("image_mean"), isNumber), std: channels(field("image_std"), isPositive) }
      : undefined,
  };
}

const SQUARE = { height: 224, width: 224 };

/** The defaults of the processor that a configuration names, without what tells its implementations apart. */
function processorDefaults(json: JsonObject, file: string): PreprocessingDefaults | undefined {
  const key = json.image_processor_type === undefined ? "feature_extractor_type" : "image_processor_type";
  const name = json[key];
  if (name === undefined || name === null) return undefined;
  const kind = String(name).replace(/(ImageProcessor|FeatureExtractor)(Fast|Pil)?$/, "");
  if (Object.hasOwn(PROCESSORS, kind)) return PROCESSORS[kind];
  const known = Object.keys(PROCESSORS).map((processor) => `${processor}ImageProcessor`);
  throw invalid(file, key, `one whose steps are known here (${known.join(", ")})`, name);
}

/** A key of a configuration file, and its value. */
export interface Field {
  readonly file: string;
  readonly key: string;
  readonly value: unknown;
}

function flag({ file, key, value }: Field): boolean {
  if (value === null) return false;
  if (typeof value !== "boolean") throw invalid(file, key, "true or false", value);
  return value;
}

function filterOf({ file, key, value }: Field): ResamplingFilter {
  const filter = typeof value === "number" ? FILTERS[value] : undefined;
  if (!filter) throw invalid(file, key, "a Pillow filter, 0 to 5", value);
  return filter;
}

function resizeOf({ file, key, value }: Field, isSquare: boolean): Resize {
  if (isSide(value)) return isSquare ? { width: value, height: value } : { shortestEdge: value };
  if (isObject(value) && isSide(value.shortest_edge) && value.longest_edge == null) {
    return { shortestEdge: value.shortest_edge };
  }
  const size = sizeOf(value);
  if (!size)
    throw invalid(file, key, `a number, {"shortest_edge"} or {"height", "width"} ${IN_PIXELS}`, value);
  return size;
}

function cropSize({ file, key, value }: Field): Size {
  const size = isSide(value) ? { width: value, height: value } : sizeOf(value);
  if (!size) throw invalid(file, key, `a number or {"height", "width"} ${IN_PIXELS}`, value);
  return size;
}

export function sizeOf(value: unknown): Size | undefined {
  const { height, width } = Array.isArray(value)
    ? { height: value[0], width: value[1] }
    : isObject(value)
      ? { height: value.height, width: value.width }
      : {};
  return isSide(height) && isSide(width) ? { width, height } : undefined;
}

function positive({ file, key, value }: Field): number {
  if (!isPositive(value)) throw invalid(file, key, "a number above 0", value);
  return value;
}

/** Three numbers, or one for all channels. */
export function channels(
  { file, key, value }: Field,
  allowed: (value: unknown) => value is number,
): readonly [number, number, number] {
  const [red, green, blue, ...more] = Array.isArray(value) ? value : [value, value, value];
  if (allowed(red) && allowed(green) && allowed(blue) && more.length === 0) return [red, green, blue];
  throw invalid(file, key, `one or three numbers${allowed === isPositive ? " above 0" : ""}`, value);
}

export function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

export function isPositive(value: unknown): value is number {
  return isNumber(value) && value > 0;
}

/** The longest side of a model's picture, in pixels: beyond all models, and 200 MiB of input. */
const LONGEST_SIDE = 4096;
/** For messages about sides. */
export const IN_PIXELS = `in pixels, from 1 to ${LONGEST_SIDE}`;

export function isSide(value: unknown): value is number {
  return Number.isInteger(value) && isPositive(value) && value <= LONGEST_SIDE;
}

export function invalid(file: string, key: string, expected: string, found: unknown): NearlabelError {
  return new NearlabelError(
    "MODEL_FILE_INVALID",
    `${file}: expected ${key} to be ${expected}, found ${JSON.stringify(found)}. ` +
      "Correct the file, or download the model again.",
  );
}
