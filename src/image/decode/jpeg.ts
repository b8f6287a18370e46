import type { Size } from "../source.js";

interface Segment {
  /** The second byte of its marker. */
  readonly marker: number;
  readonly content: Uint8Array;
}

const TEM = 0x01;
/** Those below are reserved, and Pillow takes none of them before the first scan. */
const FIRST_MARKER = 0xc0;
const RST0 = 0xd0;
const RST7 = 0xd7;
const EOI = 0xd9;
const SOS = 0xda;
const DQT = 0xdb;
const DNL = 0xdc;
const DRI = 0xdd;
const DHT = 0xc4;
const DAC = 0xcc;
const APP0 = 0xe0;
const APP15 = 0xef;
const COM = 0xfe;

/** The segments of a JPEG before its first scan (ITU-T T.81, B.1.1). */
export function* jpegSegments(bytes: Uint8Array): Generator<Segment> {
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff || bytes[at + 1] === 0xff || bytes[at + 1] === 0) {
      at++;
      continue;
    }
    const marker = bytes[at + 1]!;
    if (marker === SOS || marker === EOI) return;
    const length = isAlone(marker) ? 0 : (bytes[at + 2]! << 8) + bytes[at + 3]!;
    if (length > 0) yield { marker, content: bytes.subarray(at + 4, at + 2 + length) };
    at += 2 + length;
  }
}

/** Components of a JPEG's frame (ITU-T T.81, B.2.2), 0 if there is no frame. */
export function jpegComponents(bytes: Uint8Array): number {
  for (const { marker, content } of jpegSegments(bytes)) if (isFrameHeader(marker)) return content[5] ?? 0;
  return 0;
}

/** Width and height of a JPEG as its frame says (ITU-T T.81, B.2.2); undefined if there is no frame. */
export function jpegSize(bytes: Uint8Array): Size | undefined {
  for (const { marker, content } of jpegSegments(bytes)) {
    if (!isFrameHeader(marker) || content.length < 5) continue;
    return { height: (content[1]! << 8) | content[2]!, width: (content[3]! << 8) | content[4]! };
  }
  return undefined;
}

/** SOF0 to SOF15; three codes between them mean other segments: DHT, JPG and DAC. */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== DHT && marker !== 0xc8 && marker !== DAC;
}

/** Markers without a segment. */
function isAlone(marker: number): boolean {
  return marker === TEM || (marker >= RST0 && marker <= RST7);
}

/**
 * What is wrong with the markers of a JPEG from its first scan on: libjpeg finds it when it reads on to the end, and libvips
 * does not read on. Where data is damaged, a marker comes up that ends the scan, and the rest of the picture would be grey.
 * Undefined where there is nothing. After any marker the file may end, as libjpeg lets it.
 */
export function damageInScans(bytes: Uint8Array): string | undefined {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let components = 0;
  let scans = 0;
  let isOneScan = false;
  let isEnded = false;
  for (let at = data.indexOf(0xff, 2); ; at = data.indexOf(0xff, at)) {
    if (at < 0 || at + 1 >= data.length) return isEnded ? undefined : "no end";
    const marker = data[at + 1]!;
    at += marker === 0xff ? 1 : 2;
    if (marker === 0xff || marker === 0) continue;
    if (scans === 0 && marker < FIRST_MARKER) return markerText(marker, "before its data");
    if (isAlone(marker)) continue;
    if (marker === EOI) return undefined;
    isEnded = scans > 0;
    const segment = { marker, length: data.length - at < 2 ? 2 : data.readUInt16BE(at), data, at: at + 2 };
    if (scans === 0 && isFrameHeader(marker)) {
      components = data[at + 7] ?? 0;
      isOneScan = !isProgressive(marker);
    } else if (marker === SOS) {
      const isWhole = at + segment.length <= data.length || segment.length !== 6 + 2 * data[at + 2]!;
      if (scans > 0 && isOneScan) return isWhole ? "a second scan" : undefined;
      isOneScan &&= data[at + 2] === components;
      isEnded = false;
      scans++;
    } else if (scans > 0 && !mayFollowScan(segment)) {
      return markerText(marker, "in its data");
    }
    at += segment.length;
  }
}

function markerText(marker: number, where: string): string {
  return `the marker FF${marker.toString(16).toUpperCase().padStart(2, "0")} ${where}`;
}

function isProgressive(marker: number): boolean {
  return (marker & 3) === 2;
}

/** A segment that may end beyond the file. */
interface LaterSegment {
  readonly marker: number;
  /** Two bytes more than it has content. */
  readonly length: number;
  readonly data: Uint8Array;
  /** Where its content begins. */
  readonly at: number;
}

/** What libjpeg takes between scans: tables without a fault, comments and the like. */
function mayFollowScan(segment: LaterSegment): boolean {
  const { marker } = segment;
  if (marker === DHT) return isTable(segment, 16, codeTableLength);
  if (marker === DQT) return isTable(segment, 0, quantisationTableLength);
  if (marker === DAC) return isTable(segment, 0, conditioningLength);
  if (marker === DRI) return segment.length === 4;
  return marker === DNL || marker === COM || (marker >= APP0 && marker <= APP15);
}

/**
 * Whether tables follow one another up to the end of a segment, where each is longer than `least`. `lengthOf` gives the length of the
 * one that begins at a place, or none where it is no table.
 */
function isTable(
  { data, at, length }: LaterSegment,
  least: number,
  lengthOf: (data: Uint8Array, at: number) => number | undefined,
): boolean {
  const end = at + length - 2;
  let from = at;
  while (end - from > least && from < data.length) {
    const own = lengthOf(data, from);
    if (own === undefined || from + own > end) return false;
    from += own;
  }
  return from === end || from >= data.length;
}

/** ITU-T T.81, B.2.4.2: class and place, how many codes of each length, their values. */
function codeTableLength(data: Uint8Array, at: number): number | undefined {
  const codes = data.subarray(at + 1, at + 17).reduce((sum, count) => sum + count, 0);
  return (data[at]! & 0xef) > 3 || codes > 256 ? undefined : 17 + codes;
}

/** ITU-T T.81, B.2.4.1: precision and place, 64 factors. */
function quantisationTableLength(data: Uint8Array, at: number): number | undefined {
  if ((data[at]! & 0x0f) > 3) return undefined;
  return data[at]! > 0x0f ? 129 : 65;
}

/** ITU-T T.81, B.2.4.3: class and place, a value or for DC two bounds. */
function conditioningLength(data: Uint8Array, at: number): number | undefined {
  const [place = 0, value = 0] = data.subarray(at, at + 2);
  const isOrdered = place >= 16 || (value & 0x0f) <= value >> 4;
  return place < 32 && isOrdered ? 2 : undefined;
}
