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

/** Samples as they come from a file, four bytes a pixel for CMYK, two for 16-bit greyscale. */
interface Samples {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Plain subtraction of inks, (255 - C)(255 - K) / 255, rounded as Pillow rounds it; no colour profile. */
export function cmykToRgb({ data: inks, width, height }: Samples): RgbImage {
  const data = new Uint8ClampedArray(width * height * 3);
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
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

/** `image` with everything outside of `frame` in one colour. Changes `image`. */
export function fillAround(
  image: RgbImage,
  frame: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number },
  colour: readonly [number, number, number],
): RgbImage {
  for (let y = 0, at = 0; y < image.height; y++) {
    const inside = y >= frame.top && y < frame.bottom;
    for (let x = 0; x < image.width; x++, at += 3) {
      if (!(inside && x >= frame.left && x < frame.right)) image.data.set(colour, at);
    }
  }
  return image;
}
