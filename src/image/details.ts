import type { ExpandedTags } from "exifreader";
import { type Format, formatOf } from "./decode/format.js";
import { jpegSize } from "./decode/jpeg.js";
import { metadataOf } from "./decode/metadata.js";
import { isOnItsSide, orientationOf } from "./decode/orientation.js";
import { rawPreview } from "./decode/raw.js";
import { loadSharp } from "./decode/sharp.js";
import type { Size } from "./source.js";

/** What a picture file says about its picture; absent where it says nothing. */
export interface ImageDetails {
  /** Of the upright picture, in pixels. */
  readonly size?: Size;
  /** When it was taken. Where no offset is named, the camera's clock is taken for UTC. */
  readonly taken?: Date;
  /** Maker and model. */
  readonly camera?: string;
  /** In degrees, WGS 84; south and west are negative. */
  readonly latitude?: number;
  readonly longitude?: number;
}

/**
 * The details of an encoded picture, from its headers alone. What cannot be read is left out: whoever decodes the picture
 * tells what is wrong with it.
 */
export async function imageDetails(bytes: Uint8Array): Promise<ImageDetails> {
  const format = formatOf(bytes)?.id;
  if (!format) return {};
  const [size, exif] = await Promise.all([
    uprightSize(bytes, format).catch(() => undefined),
    exifDetails(bytes, format).catch(() => ({})),
  ]);
  return { ...(size && { size }), ...exif };
}

async function uprightSize(bytes: Uint8Array, format: Format): Promise<Size> {
  const { width, height } = storedSize(bytes, format) ?? (await loadSharp()(bytes).metadata());
  const turned = isOnItsSide(orientationOf(metadataOf(bytes, format)));
  return turned ? { width: height, height: width } : { width, height };
}

/** Of the formats that most pictures have, without a library. */
function storedSize(bytes: Uint8Array, format: Format): Size | undefined {
  if (format === "jpeg") return jpegSize(bytes);
  if (format === "raw") return jpegSize(rawPreview(bytes) ?? new Uint8Array());
  if (format !== "png" || bytes.length < 24) return undefined;
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { width: header.getUint32(16), height: header.getUint32(20) };
}

async function exifDetails(bytes: Uint8Array, format: Format): Promise<Omit<ImageDetails, "size">> {
  const block = exifBlock(bytes, format);
  if (!block) return {};
  const { load } = await loadExifReader();
  // As a Buffer it would be taken for another kind of file.
  const data = Uint8Array.from(block).buffer;
  const { exif, gps } = load(data, { expanded: true, includeTags: { exif: true, gps: true } });
  const taken = exif && takenAt(exif);
  const camera = exif && cameraOf(exif);
  const { Latitude, Longitude } = gps ?? {};
  const isPlace = isWithin(Latitude, 90) && isWithin(Longitude, 180) && (Latitude !== 0 || Longitude !== 0);
  return {
    ...(taken && { taken }),
    ...(camera && { camera }),
    ...(isPlace && { latitude: Latitude!, longitude: Longitude! }),
  };
}

/** The TIFF that EXIF is, which is read in a fraction of the time that a whole file takes; of AVIF and HEIC the whole file. */
function exifBlock(bytes: Uint8Array, format: Format): Uint8Array | undefined {
  if (format === "gif") return undefined;
  if (format === "avif" || format === "heic") return bytes;
  const { exif } = metadataOf(bytes, format);
  if (!exif) return undefined;
  return Buffer.from(exif.subarray(0, 6)).toString("latin1") === "Exif\0\0" ? exif.subarray(6) : exif;
}

async function loadExifReader(): Promise<Pick<typeof import("exifreader"), "load">> {
  const library = await import("exifreader");
  return library.default ?? library;
}

function isWithin(degrees: number | undefined, most: number): boolean {
  return degrees !== undefined && Math.abs(degrees) <= most;
}

type ExifTags = NonNullable<ExpandedTags["exif"]>;

/** Exif 3.0, 4.6.6: `2024:05:06 07:08:09`; blanks or zeros where it is not known. */
const DATE = /^(\d{4})[:-](\d{2})[:-](\d{2})[ T](\d{2}):(\d{2}):(\d{2})/;
const OFFSET = /^[+-]\d{2}:\d{2}$/;

function takenAt(exif: ExifTags): Date | undefined {
  const [date, offset] = exif.DateTimeOriginal
    ? [textOf(exif.DateTimeOriginal), textOf(exif.OffsetTimeOriginal)]
    : [textOf(exif.DateTimeDigitized), textOf(exif.OffsetTimeDigitized)];
  const found = DATE.exec(date);
  if (!found) return undefined;
  const [, year, month, day, hour, minute, second] = found;
  const zone = OFFSET.test(offset) ? offset : "Z";
  const taken = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
  return Number.isNaN(taken.getTime()) || Number(year) < 1800 ? undefined : taken;
}

/** The model, with its maker before it where it does not begin with that. */
function cameraOf(exif: ExifTags): string | undefined {
  const [make, model] = [textOf(exif.Make), textOf(exif.Model)];
  const [maker = ""] = make.split(" ");
  const whole = model.toLowerCase().startsWith(maker.toLowerCase()) ? model : `${make} ${model}`.trim();
  return whole || undefined;
}

/** What exifreader says in place of a text that is damaged. */
const FAULTY = "<faulty value>";

function textOf(tag: { readonly description?: string | undefined } | undefined): string {
  const text = (tag?.description ?? "").replaceAll("\0", "").trim();
  return text === FAULTY ? "" : text;
}
