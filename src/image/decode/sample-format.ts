import type { Sharp } from "sharp";
import type { Format } from "./format.js";

/** How a file stores its colours, as far as they need different care: anything but the last two is `rgb`. */
export type Samples = "rgb" | "cmyk" | "grey16";

/** How the picture in `bytes` stores its colours; only a TIFF has to be opened for that. */
export async function samplesOf(bytes: Uint8Array, format: Format, image: Sharp): Promise<Samples> {
  if (format === "jpeg") return jpegComponents(bytes) === 4 ? "cmyk" : "rgb";
  if (format === "png")
    return bytes[PNG_DEPTH] === 16 && bytes[PNG_COLOUR_TYPE] === PNG_GREY ? "grey16" : "rgb";
  if (format !== "tiff") return "rgb";
  const { space, channels } = await image.metadata();
  if (space === "cmyk") return "cmyk";
  return space === "grey16" && channels === 1 ? "grey16" : "rgb";
}

/** Positions in a PNG, whose header chunk is always the first (PNG specification, 11.2.2). */
const PNG_DEPTH = 24;
const PNG_COLOUR_TYPE = 25;
/** The colour type without alpha channel; a single transparent level does not count as one. */
const PNG_GREY = 0;

/** Components of a JPEG's frame (ITU-T T.81, B.2.2), 0 if there is no frame. */
function jpegComponents(bytes: Uint8Array): number {
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1]!;
    if (isFrameHeader(marker)) return bytes[at + 9]!;
    at += marker === 0xff ? 1 : 2 + (bytes[at + 2]! << 8) + bytes[at + 3]!;
  }
  return 0;
}

/** SOF0 to SOF15; three codes between them mean other segments: DHT, JPG and DAC. */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}
