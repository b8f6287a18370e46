import type { Sharp } from "sharp";
import { isError, NearlabelError } from "../../errors.js";
import { isImageFile } from "../image-file.js";
import { shortName } from "../not-a-picture.js";
import { type EncodedBytes, MAX_BYTES, readImage } from "../read.js";
import { type ImageSource, isEncoded, type RgbImage, type Size, type SizeFor } from "../source.js";
import { isCutOff, withAvifBrand } from "./avif.js";
import { type Format, formatOf } from "./format.js";
import { decodeGif } from "./gif.js";
import { decodeHeic } from "./heic.js";
import { damageInScans, jpegComponents } from "./jpeg.js";
import { metadataOf } from "./metadata.js";
import { type Orientation, orientationOf, turned } from "./orientation.js";
import { isCutOffAfterPixels, isGrey16, isHeaderDamaged, withChecksums } from "./png.js";
import { rawPreview } from "./raw.js";
import { reducedJpeg } from "./reduced-jpeg.js";
import {
  cmykToRgb,
  grey16ToRgb,
  highBytes,
  premultipliedToRgb,
  signedGreyToRgb,
  toRgb,
  ycbcrToRgb,
} from "./rgb.js";
import { loadSharp } from "./sharp.js";
import { storedTiff, type TiffSamples } from "./tiff.js";

export interface DecodeOptions {
  /**
   * `upright` turns the picture as its EXIF orientation says, `stored` leaves it as the file holds it.
   * @default "upright", as Hugging Face's `load_image`
   */
  readonly orientation?: "upright" | "stored" | undefined;
  /**
   * `fast` decodes large JPEGs at a reduced scale, which moves the model's input by 0.2 to 0.6 levels of 255 on average
   * (docs/preprocessing.md) and takes about half the time. Other pictures come out the same.
   * @default "exact", bit for bit as Pillow
   */
  readonly decode?: "exact" | "fast" | undefined;
  /**
   * Largest width x height that is decoded; known from the header, before memory is taken.
   * @default 89,478,485, the limit past which Pillow warns of a decompression bomb: a quarter of a GiB in RGB
   */
  readonly maxPixels?: number | undefined;
  /**
   * Largest file that is read.
   * @default 268,435,456 (256 MiB)
   */
  readonly maxBytes?: number | undefined;
  /** What messages call the picture. @default its path, its file name, or `picture of N bytes` */
  readonly name?: string | undefined;
}

/** `Image.MAX_IMAGE_PIXELS` of Pillow: 1 GiB / 4 / 3. */
export const MAX_PIXELS = 89_478_485;

/**
 * The pixels of `source`, as Pillow's `convert("RGB")` gives them: alpha is dropped and not blended, embedded
 * colour profiles are ignored, 16-bit colour keeps its high byte, 16-bit greyscale is cut off at 255, of an
 * animation the first frame is taken. JPEG, PNG, WebP, GIF, TIFF and AVIF are read; HEIC where the package heic-decode is
 * installed; of a camera's RAW file the largest JPEG in it. With `decode: "fast"`, a JPEG may
 * come out smaller than it is, and never smaller than `sizeFor` says; without `sizeFor` it has its full size.
 *
 * Errors: IMAGE_NOT_FOUND, IMAGE_UNREADABLE, IMAGE_EMPTY, IMAGE_UNSUPPORTED (another format), IMAGE_CORRUPT
 * (truncated or damaged), IMAGE_TOO_LARGE.
 */
export async function decodeImage(
  source: ImageSource,
  options: DecodeOptions = {},
  sizeFor?: SizeFor,
): Promise<RgbImage> {
  if (!isImageFile(source) && !isEncoded(source)) return toRgb(source, options.name);
  checkDecodeOptions(options);
  const file = await readImage(source, options.maxBytes ?? MAX_BYTES, options.name);
  const { name, bytes } = file;
  const { maxPixels = MAX_PIXELS } = options;
  const format = supportedFormat(file);
  try {
    if (format === "heic")
      return toRgb(await decodeHeic(bytes, name, (size) => checkPixels(name, size, maxPixels)));
    if (format === "raw") return await decodePreview(file, options, sizeFor);
    if (format === "gif")
      return decodeGif(bytes, (width, height) => checkPixels(name, { width, height }, maxPixels));
    return await decodeWithSharp(file, format, options, sizeFor);
  } catch (cause) {
    if (cause instanceof NearlabelError) throw cause;
    if (!isPixelLimit(cause)) throw corrupt(name, format, cause);
    throw tooLarge(name, maxPixels, await loadSharp()(bytes, { limitInputPixels: false }).metadata());
  }
}

/** The JPEG in a RAW file, turned as the RAW file says: the JPEG itself often says nothing. */
async function decodePreview(
  { bytes, name }: EncodedBytes,
  options: DecodeOptions,
  sizeFor: SizeFor | undefined,
): Promise<RgbImage> {
  const preview = rawPreview(bytes);
  if (!preview) throw unsupported(name, "found a raw photo without a preview in it");
  const told = orientationOf(metadataOf(bytes, "raw"));
  return await decodeWithSharp({ bytes: preview, name }, "jpeg", options, sizeFor, told);
}

/** @throws NearlabelError OPTION_INVALID for a limit that is none, or an orientation or a way to decode that there is not */
export function checkDecodeOptions({ orientation, decode, maxPixels, maxBytes }: DecodeOptions): void {
  checkLimit("maxPixels", maxPixels);
  checkLimit("maxBytes", maxBytes);
  checkChoice("orientation", orientation, ["upright", "stored"]);
  checkChoice("decode", decode, ["exact", "fast"]);
}

function checkLimit(option: string, value: number | undefined): void {
  if (value === undefined || (typeof value === "number" && value >= 1)) return;
  throw new NearlabelError(
    "OPTION_INVALID",
    `Expected ${option} to be a number from 1 up, or Infinity for no limit, got ${value}.`,
  );
}

function checkChoice(option: string, value: string | undefined, choices: readonly string[]): void {
  if (value === undefined || choices.includes(value)) return;
  throw new NearlabelError(
    "OPTION_INVALID",
    `Expected ${option} to be ${choices.join(" or ")}, got ${value}.`,
  );
}

function supportedFormat({ bytes, name }: EncodedBytes): Format {
  const format = formatOf(bytes);
  if (format?.id) return format.id;
  throw unsupported(name, format ? `found ${format.name}` : "its first bytes are of no known picture format");
}

function unsupported(name: string, found: string): NearlabelError {
  return new NearlabelError(
    "IMAGE_UNSUPPORTED",
    `${name} is not a picture that can be read: expected JPEG, PNG, WebP, GIF, TIFF or AVIF, ${found}. ` +
      "Convert it to one of these, or leave it out.",
  );
}

/** sharp has no code for this error, which it raises once it has read the header. */
function isPixelLimit(error: unknown): boolean {
  return isError(error) && error.message.includes("exceeds pixel limit");
}

/** sharp has no code for this error either. */
function isWarning(error: unknown): boolean {
  return error instanceof Error && error.message.includes("Warning treated as error");
}

function checkPixels(name: string, size: Size, maxPixels: number): void {
  if (size.width * size.height > maxPixels) throw tooLarge(name, maxPixels, size);
}

function tooLarge(name: string, maxPixels: number, { width, height }: Size): NearlabelError {
  return new NearlabelError(
    "IMAGE_TOO_LARGE",
    `${name} has ${width} x ${height} = ${width * height} pixels, more than the limit of ${maxPixels}. ` +
      "Make it smaller, or raise maxPixels if it can be trusted.",
  );
}

function corrupt(name: string, format: Format, cause: unknown): NearlabelError {
  const reason = isError(cause) ? cause.message.replaceAll("\n", "; ") : String(cause);
  return new NearlabelError(
    "IMAGE_CORRUPT",
    `${name} is damaged or incomplete: expected a whole ${format.toUpperCase()} picture, got ${shortName(reason)}. ` +
      "Fetch or export it again.",
    { cause },
  );
}

/** How a file stores its samples, and what of it libvips is to be given. */
interface Stored {
  readonly bytes: Uint8Array;
  readonly samples: TiffSamples;
}

async function decodeWithSharp(
  { bytes, name }: EncodedBytes,
  format: Format,
  options: DecodeOptions,
  sizeFor: SizeFor | undefined,
  told?: Orientation,
): Promise<RgbImage> {
  const { orientation: wanted = "upright", maxPixels = MAX_PIXELS, decode } = options;
  const stored = storedAs(bytes, format, name);
  const orientation = wanted === "upright" ? (told ?? orientationOf(metadataOf(bytes, format))) : 1;
  const open = (encoded: Uint8Array, failOn: "warning" | "error") =>
    loadSharp()(encoded, {
      failOn,
      ignoreIcc: true,
      limitInputPixels: Math.min(maxPixels, Number.MAX_SAFE_INTEGER),
    });
  const pixels = async (encoded: Uint8Array, failOn: "warning" | "error" = "error") => {
    const image = open(encoded, failOn);
    const isReduced = decode === "fast" && format === "jpeg" && stored.samples === "rgb" && sizeFor;
    const scaled = isReduced ? await reducedJpeg(image, orientation, sizeFor) : image;
    return RGB_OF[stored.samples](turned(scaled, orientation));
  };
  if (format === "tiff") {
    // Only so does libvips tell of damage in a tile; what libtiff merely warns about is read.
    return pixels(stored.bytes, "warning").catch((error) => {
      if (!isWarning(error)) throw error;
      return pixels(stored.bytes);
    });
  }
  if (format !== "png") return pixels(stored.bytes);
  return pixels(bytes).catch((error) => {
    const repaired = withChecksums(bytes);
    if (!repaired) throw error;
    return pixels(repaired);
  });
}

function storedAs(bytes: Uint8Array, format: Format, name: string): Stored {
  if (format === "avif") {
    if (isCutOff(bytes)) throw new Error("an end that comes too early");
    return { bytes: withAvifBrand(bytes), samples: "rgb" };
  }
  if (format === "png") {
    if (isHeaderDamaged(bytes)) throw new Error("a checksum that is wrong");
    if (isCutOffAfterPixels(bytes)) throw new Error("an end that comes too early");
    return { bytes, samples: isGrey16(bytes) ? "grey16" : "rgb" };
  }
  if (format === "tiff") {
    const stored = storedTiff(bytes);
    if ("unsupported" in stored) throw unsupported(name, `found ${stored.unsupported}`);
    return stored;
  }
  if (format !== "jpeg") return { bytes, samples: "rgb" };
  const damage = damageInScans(bytes);
  if (damage) throw new Error(damage);
  return { bytes, samples: jpegComponents(bytes) === 4 ? "cmyk" : "rgb" };
}

/** Colours that libvips would convert otherwise than Pillow are taken as they are stored. */
const RGB_OF: Readonly<Record<TiffSamples, (image: Sharp) => Promise<RgbImage>>> = {
  rgb: async (image) => toRgb(await raw(image.removeAlpha().raw())),
  grey16: async (image) => grey16ToRgb(await raw(grey(image).raw({ depth: "ushort" }))),
  "grey-signed": async (image) => signedGreyToRgb(await raw(grey(image).raw({ depth: "short" }))),
  cmyk: async (image) => cmykToRgb(await raw(inks(image).raw())),
  cmyk16: async (image) => cmykToRgb(highBytes(await raw(inks(image).raw({ depth: "ushort" })))),
  ycbcr: async (image) => ycbcrToRgb(await raw(image.raw())),
  premultiplied: async (image) => premultipliedToRgb(await raw(image.raw())),
  premultiplied16: async (image) =>
    premultipliedToRgb(highBytes(await raw(image.toColourspace("rgb16").raw({ depth: "ushort" })))),
};

function grey(image: Sharp): Sharp {
  return image.removeAlpha().toColourspace("grey16");
}

function inks(image: Sharp): Sharp {
  return image.pipelineColourspace("cmyk").toColourspace("cmyk");
}

async function raw(image: Sharp) {
  const { data, info } = await image.toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels as 1 | 3 | 4 };
}
