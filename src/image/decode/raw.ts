import type { Size } from "../source.js";
import { jpegSegments, jpegSize } from "./jpeg.js";
import { tagsOf } from "./tiff-tags.js";

/** Tags of TIFF (TIFF/EP, DNG 1.7) by which a RAW file is told from other TIFFs. */
const NEW_SUBFILE_TYPE = 254;
const PHOTOMETRIC = 262;
const SUB_DIRECTORIES = 330;
const DNG_VERSION = 50706;
/** What a sensor records: a mosaic of colours, or DNG's linear values. */
const SENSOR = [32803, 34892];

/**
 * Whether a TIFF is the RAW file of a camera: its first directory says so (DNG), holds what a sensor records, or a reduced
 * picture of one in other directories, as Nikon's, Sony's and most others' do.
 */
export function isRawTiff(bytes: Uint8Array): boolean {
  const tags = tagsOf(bytes);
  if (!tags) return false;
  const value = (tag: number) => tags.get(tag)?.values[0] ?? 0;
  const isReduced = (value(NEW_SUBFILE_TYPE) & 1) === 1;
  return (
    tags.has(DNG_VERSION) || SENSOR.includes(value(PHOTOMETRIC)) || (isReduced && tags.has(SUB_DIRECTORIES))
  );
}

/** JPEGs without loss (SOF3) hold what the sensor recorded, which is no picture yet. */
const PICTURE_FRAMES = new Set([0xc0, 0xc1, 0xc2]);

/**
 * The largest picture in a RAW file that cameras put beside what the sensor recorded: a JPEG in full size or nearly, which
 * they show on their display. Looked for by its markers, wherever the maker has put it. Undefined where there is none.
 */
export function rawPreview(bytes: Uint8Array): Uint8Array | undefined {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = Buffer.from([0xff, 0xd8, 0xff]);
  let largest: { readonly jpeg: Uint8Array; readonly pixels: number } | undefined;
  for (let at = data.indexOf(start); at >= 0; at = data.indexOf(start, at + 1)) {
    const jpeg = data.subarray(at);
    const { width, height } = pictureSize(jpeg) ?? { width: 0, height: 0 };
    if (width * height <= (largest?.pixels ?? 0)) continue;
    const end = endOf(jpeg);
    if (end !== undefined) largest = { jpeg: jpeg.subarray(0, end), pixels: width * height };
  }
  return largest?.jpeg;
}

function pictureSize(jpeg: Uint8Array): Size | undefined {
  for (const { marker } of jpegSegments(jpeg)) if (PICTURE_FRAMES.has(marker)) return jpegSize(jpeg);
  return undefined;
}

const SOS = 0xda;
const EOI = 0xd9;

/** Where a JPEG ends (ITU-T T.81, B.1.1): segments have their lengths, and in the data of scans no marker stands but restarts. */
function endOf(jpeg: Buffer): number | undefined {
  let at = 2;
  let isInScan = false;
  while (at + 2 <= jpeg.length) {
    if (isInScan) at = jpeg.indexOf(0xff, at);
    if (at < 0 || jpeg[at] !== 0xff) return undefined;
    const marker = jpeg[at + 1]!;
    if (marker === EOI) return at + 2;
    if (marker === 0xff || (isInScan && (marker === 0 || (marker >= 0xd0 && marker <= 0xd7)))) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    if (at + 4 > jpeg.length) return undefined;
    at += 2 + jpeg.readUInt16BE(at + 2);
    isInScan = marker === SOS;
  }
  return undefined;
}
