import type { Sharp } from "sharp";
import { NearlabelError } from "../../errors.js";
import { isImageFile } from "../image-file.js";
import { type EncodedBytes, MAX_BYTES, readImage } from "../read.js";
import { type ImageSource, isEncoded, type RgbImage, type Size } from "../source.js";
import { type Format, formatOf } from "./format.js";
import { firstFrameOf } from "./gif.js";
import { reducedJpeg, type SizeFor } from "./reduced-jpeg.js";
import { cmykToRgb, fillAround, grey16ToRgb, toRgb } from "./rgb.js";
import { samplesOf } from "./sample-format.js";
import { loadSharp } from "./sharp.js";

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
const MAX_PIXELS = 89_478_485;

/**
 * The pixels of `source`, as Pillow's `convert("RGB")` gives them: alpha is dropped and not blended, embedded
 * colour profiles are ignored, 16-bit colour keeps its high byte, 16-bit greyscale is cut off at 255, of an
 * animation the first frame is taken. JPEG, PNG, WebP, GIF, TIFF and AVIF are read. With `decode: "fast"`, a JPEG may
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
  const file = await readImage(source, options.maxBytes ?? MAX_BYTES, options.name);
  const format = supportedFormat(file);
  const sharp = loadSharp();
  const { orientation = "upright", maxPixels = MAX_PIXELS, decode } = options;
  try {
    const image = sharp(format === "gif" ? withoutTransparency(file.bytes) : file.bytes, {
      autoOrient: orientation === "upright",
      failOn: "error",
      ignoreIcc: true,
      limitInputPixels: Math.min(maxPixels, Number.MAX_SAFE_INTEGER),
    });
    const reduce = (jpeg: Sharp) =>
      decode === "fast" && sizeFor ? reducedJpeg(jpeg, orientation, sizeFor) : jpeg;
    return await pixelsOf(image, file.bytes, format, reduce);
  } catch (cause) {
    if (!isPixelLimit(cause)) throw corrupt(file.name, format, cause);
    throw tooLarge(file.name, maxPixels, await sharp(file.bytes, { limitInputPixels: false }).metadata());
  }
}

function supportedFormat({ bytes, name }: EncodedBytes): Format {
  const format = formatOf(bytes);
  if (format?.id) return format.id;
  const found = format ? `found ${format.name}` : "its first bytes are of no known picture format";
  throw new NearlabelError(
    "IMAGE_UNSUPPORTED",
    `${name} is not a picture that can be read: expected JPEG, PNG, WebP, GIF, TIFF or AVIF, ${found}. ` +
      "Convert it to one of these, or leave it out.",
  );
}

/** sharp has no code for this error, which it raises once it has read the header. */
function isPixelLimit(error: unknown): boolean {
  return error instanceof Error && error.message.includes("exceeds pixel limit");
}

function tooLarge(name: string, maxPixels: number, { width, height }: Size): NearlabelError {
  return new NearlabelError(
    "IMAGE_TOO_LARGE",
    `${name} has ${width} x ${height} = ${width * height} pixels, more than the limit of ${maxPixels}. ` +
      "Make it smaller, or raise maxPixels if it can be trusted.",
  );
}

function corrupt(name: string, format: Format, cause: unknown): NearlabelError {
  const reason = cause instanceof Error ? cause.message.replaceAll("\n", "; ") : String(cause);
  return new NearlabelError(
    "IMAGE_CORRUPT",
    `${name} is damaged or incomplete: expected a whole ${format.toUpperCase()} picture, got ${reason}. ` +
      "Fetch or export it again.",
    { cause },
  );
}

/** Colours that libvips would convert otherwise than Pillow are taken as they are stored. */
async function pixelsOf(
  image: Sharp,
  bytes: Uint8Array,
  format: Format,
  reduce: (jpeg: Sharp) => Sharp | Promise<Sharp>,
): Promise<RgbImage> {
  const samples = await samplesOf(bytes, format, image);
  if (samples === "cmyk") {
    return cmykToRgb(await stored(image.pipelineColourspace("cmyk").toColourspace("cmyk").raw()));
  }
  if (samples === "grey16") {
    return grey16ToRgb(await stored(image.removeAlpha().toColourspace("grey16").raw({ depth: "ushort" })));
  }
  const scaled = format === "jpeg" ? await reduce(image) : image;
  const rgb = toRgb(await stored(scaled.removeAlpha().raw()));
  const frame = format === "gif" ? firstFrameOf(bytes) : undefined;
  return frame ? fillAround(rgb, frame, frame.surround) : rgb;
}

async function stored(image: Sharp) {
  const { data, info } = await image.toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels as 1 | 3 | 4 };
}

/** libvips makes transparent pixels black; with the flag off they keep the palette's colour, as in Pillow. */
function withoutTransparency(bytes: Uint8Array): Uint8Array {
  const frame = firstFrameOf(bytes);
  if (!frame || frame.flagsAt < 0) return bytes;
  const opaque = new Uint8Array(bytes); // a copy; slice() of a Buffer shares memory
  opaque[frame.flagsAt]! &= ~1;
  return opaque;
}
