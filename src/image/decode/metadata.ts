import { inflateSync } from "node:zlib";
import type { Format } from "./format.js";
import { jpegSegments } from "./jpeg.js";
import { pngChunks } from "./png.js";
import { rawPreview } from "./raw.js";
import { tagsOf } from "./tiff-tags.js";

/** What a file tells about its picture besides the pixels, as far as it says how to turn it. */
export interface Metadata {
  readonly exif?: Uint8Array | undefined;
  readonly xmp?: Uint8Array | undefined;
}

/**
 * The EXIF and XMP of a file, where Pillow looks for them. Of GIF there are none, and AVIF is turned by its boxes when it is
 * decoded.
 */
export function metadataOf(bytes: Uint8Array, format: Format): Metadata {
  if (format === "jpeg") return ofJpeg(bytes);
  if (format === "png") return ofPng(bytes);
  if (format === "webp") return ofWebp(bytes);
  if (format === "tiff") return ofTiff(bytes);
  if (format === "raw") return ofRaw(bytes);
  return {};
}

const XMP_IN_JPEG = "http://ns.adobe.com/xap/1.0/\0";

function ofJpeg(bytes: Uint8Array): Metadata {
  let exif: Uint8Array | undefined;
  let xmp: Uint8Array | undefined;
  for (const { marker, content } of jpegSegments(bytes)) {
    if (marker !== 0xe1) continue;
    if (beginsWith(content, "Exif\0\0")) exif = exif ? Buffer.concat([exif, content.subarray(6)]) : content;
    else if (beginsWith(content, XMP_IN_JPEG)) xmp = content.subarray(XMP_IN_JPEG.length);
  }
  return { exif, xmp };
}

/** `eXIf` comes before or after the pixels; older programs wrote EXIF as text. */
function ofPng(bytes: Uint8Array): Metadata {
  let exif: Uint8Array | undefined;
  let profile: Uint8Array | undefined;
  let xmp: Uint8Array | undefined;
  for (const { type, content } of pngChunks(bytes)) {
    if (type === "eXIf") exif = content;
    if (!TEXT_CHUNKS.has(type)) continue;
    if (beginsWith(content, "Raw profile type exif\0")) profile = bytesOfProfile(textOf(type, content));
    if (beginsWith(content, "XML:com.adobe.xmp\0")) xmp = textOf(type, content);
  }
  return { exif: exif ?? profile, xmp };
}

const TEXT_CHUNKS = new Set(["tEXt", "zTXt", "iTXt"]);

/** Most of what text may be unpacked to, as in Pillow. */
const MOST_TEXT = 2 ** 20;

/** The text of a chunk (PNG specification, 11.3.3): its keyword ends with 0, then come flags, languages, or neither. */
function textOf(type: string, content: Uint8Array): Uint8Array {
  const from = content.indexOf(0) + 1;
  if (type === "tEXt") return content.subarray(from);
  if (type === "zTXt") return unpacked(content.subarray(from + 1));
  const language = content.indexOf(0, from + 2) + 1;
  const text = content.subarray(content.indexOf(0, language) + 1);
  return content[from] === 1 ? unpacked(text) : text;
}

function unpacked(packed: Uint8Array): Uint8Array {
  try {
    return inflateSync(packed, { maxOutputLength: MOST_TEXT });
  } catch {
    return new Uint8Array();
  }
}

/** ImageMagick's text: a line feed, a name, a length, and hexadecimal digits on the lines after. */
function bytesOfProfile(text: Uint8Array): Uint8Array {
  const lines = Buffer.from(text).toString("latin1").split("\n").slice(3);
  return Buffer.from(lines.join("").replace(/\s/g, ""), "hex");
}

function ofWebp(bytes: Uint8Array): Metadata {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: { exif?: Uint8Array; xmp?: Uint8Array } = {};
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    const content = bytes.subarray(at + 8, at + 8 + length);
    if (beginsWith(bytes.subarray(at), "EXIF")) found.exif ??= content;
    if (beginsWith(bytes.subarray(at), "XMP ")) found.xmp ??= content;
    at += 8 + length + (length & 1);
  }
  return found;
}

const XMP_TAG = 700;

function ofTiff(bytes: Uint8Array): Metadata {
  const xmp = tagsOf(bytes)?.get(XMP_TAG);
  return { exif: bytes, xmp: xmp && Uint8Array.from(xmp.values) };
}

/** Most RAW files are TIFFs, with the same directory under another magic number; others have the EXIF of their preview. */
function ofRaw(bytes: Uint8Array): Metadata {
  const isDirectory = beginsWith(bytes, "II") || beginsWith(bytes, "MM");
  if (isDirectory) {
    const header = Uint8Array.from(bytes);
    header.set(bytes[0] === 0x49 ? [0x2a, 0] : [0, 0x2a], 2);
    return { exif: header };
  }
  const preview = rawPreview(bytes);
  return preview ? ofJpeg(preview) : {};
}

function beginsWith(bytes: Uint8Array, text: string): boolean {
  if (bytes.length < text.length) return false;
  for (let at = 0; at < text.length; at++) if (bytes[at] !== text.charCodeAt(at)) return false;
  return true;
}
