import { types } from "node:util";
import { NearlabelError } from "../../errors.js";
import { notAPicture, whatItIs } from "../not-a-picture.js";
import type { DecodedImage, RgbImage } from "../source.js";

/** `image` in three channels: greyscale repeated, alpha dropped. Shares memory where it has three already. */
export function toRgb(image: DecodedImage, name = "decoded picture"): RgbImage {
  checkDecoded(image, name);
  const { data: samples, width, height, channels } = image;
  if (channels === 3) return { data: samples, width, height };
  const data = new Uint8Array(width * height * 3);
  const [green, blue] = channels === 1 ? [0, 0] : [1, 2];
  for (let from = 0, to = 0; to < data.length; from += channels, to += 3) {
    data[to] = samples[from]!;
    data[to + 1] = samples[from + green]!;
    data[to + 2] = samples[from + blue]!;
  }
  return { data, width, height };
}

/**
 * @throws NearlabelError IMAGE_UNSUPPORTED for anything but pixels, IMAGE_EMPTY, IMAGE_CORRUPT where sizes do not agree
 */
export function checkDecoded(image: DecodedImage, name: string): void {
  // Callers in JavaScript may hand over anything.
  const given: unknown = image;
  if (typeof given !== "object" || given === null || !("data" in given)) throw notAPicture(given);
  const { data, width, height, channels } = image;
  if (!types.isUint8Array(data) && !types.isUint8ClampedArray(data)) {
    throw new NearlabelError(
      "IMAGE_UNSUPPORTED",
      `${name}: expected levels of 0 to 255 in a Uint8Array, got ${whatItIs(data)}. Convert them: values of 0 to 1 ` +
        "times 255, rounded.",
    );
  }
  const whole = Number.isInteger(width) && Number.isInteger(height) && [1, 3, 4].includes(channels);
  if (whole && width > 0 && height > 0 && data.length === width * height * channels) return;
  const empty = width === 0 || height === 0;
  throw new NearlabelError(
    empty ? "IMAGE_EMPTY" : "IMAGE_CORRUPT",
    `${name}: expected width x height x channels values with 1, 3 or 4 channels, ` +
      `got ${data.length} values for ${width} x ${height} x ${channels}. Check how the pixels were made.`,
  );
}

/** Samples as they come from a file, in the colours that it stores. */
interface Samples {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Plain subtraction of inks, (255 - C)(255 - K) / 255, rounded as Pillow rounds it; no colour profile. Samples beyond the four
 * inks are passed over.
 */
export function cmykToRgb({ data: inks, width, height }: Samples): RgbImage {
  const data = new Uint8ClampedArray(width * height * 3);
  const samples = inks.length / (width * height);
  for (let from = 0, to = 0; to < data.length; from += samples, to += 3) {
    const light = 255 - inks[from + 3]!;
    for (let c = 0; c < 3; c++) data[to + c] = light - dividedBy255(inks[from + c]! * light);
  }
  return { data, width, height };
}

/** `value / 255` rounded to the nearest, for 0 to 255 x 255 (J. Blinn, "Three wrongs make a right", 1995). */
function dividedBy255(value: number): number {
  const shifted = value + 128;
  return (shifted + (shifted >> 8)) >> 8;
}

/** 16-bit levels cut off at 255: Pillow takes them for numbers, not for shades. Bytes in this machine's order. */
export function grey16ToRgb({ data: bytes, width, height }: Samples): RgbImage {
  const levels = new Uint16Array(bytes.buffer, bytes.byteOffset, width * height);
  return toRgb({ data: Uint8ClampedArray.from(levels), width, height, channels: 1 });
}

/** Signed 16-bit levels, cut off at 0 and 255. */
export function signedGreyToRgb({ data: bytes, width, height }: Samples): RgbImage {
  const levels = new Int16Array(bytes.buffer, bytes.byteOffset, width * height);
  return toRgb({ data: Uint8ClampedArray.from(levels), width, height, channels: 1 });
}

/** The high byte of each 16-bit sample, as Pillow keeps it. Bytes in this machine's order. */
export function highBytes({ data: bytes, width, height }: Samples): Samples {
  const samples = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  return { data: Uint8Array.from(samples, (sample) => sample >> 8), width, height };
}

/** RGBA whose colours were multiplied by alpha, divided by it again, and alpha and what comes after it dropped. */
export function premultipliedToRgb({ data: from, width, height }: Samples): RgbImage {
  const data = new Uint8ClampedArray(width * height * 3);
  const samples = from.length / (width * height);
  for (let at = 0, to = 0; to < data.length; at += samples, to += 3) {
    const alpha = from[at + 3]!;
    for (let c = 0; c < 3; c++) data[to + c] = alpha === 0 ? 0 : Math.trunc((from[at + c]! * 255) / alpha);
  }
  return { data, width, height };
}

/** ITU-R BT.601 in full range, in Pillow's arithmetic: factors of 1/64. */
export function ycbcrToRgb({ data: from, width, height }: Samples): RgbImage {
  const data = new Uint8ClampedArray(width * height * 3);
  const part = (factor: number, chroma: number) => Math.trunc(factor * 64 * (chroma - 128));
  for (let at = 0; at < data.length; at += 3) {
    const [y, cb, cr] = [from[at]!, from[at + 1]!, from[at + 2]!];
    data[at] = y + (part(1.402, cr) >> 6);
    data[at + 1] = y + ((part(-0.34414, cb) + part(-0.71414, cr)) >> 6);
    data[at + 2] = y + (part(1.772, cb) >> 6);
  }
  return { data, width, height };
}
