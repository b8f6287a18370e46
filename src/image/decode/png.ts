import { crc32 } from "node:zlib";

interface Chunk {
  readonly type: string;
  readonly content: Uint8Array;
  /** Where its length is stored. */
  readonly at: number;
}

const SIGNATURE = 8;

/** The chunks of a PNG (PNG specification, 5.3) that are there as a whole. */
export function* pngChunks(bytes: Uint8Array): Generator<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = SIGNATURE; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    if (at + 12 + length > bytes.length) return;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    yield { type, content: bytes.subarray(at + 8, at + 8 + length), at };
    at += 12 + length;
  }
}

/** Positions in a PNG, whose header chunk is always the first (PNG specification, 11.2.2). */
const DEPTH = 24;
const COLOUR_TYPE = 25;
/** The colour type without alpha channel; a single transparent level does not count as one. */
const GREY = 0;

export function isGrey16(bytes: Uint8Array): boolean {
  return bytes[DEPTH] === 16 && bytes[COLOUR_TYPE] === GREY;
}

/** Whether a chunk before the pixels has another checksum than its content, which Pillow refuses, ancillary or not. */
export function isHeaderDamaged(bytes: Uint8Array): boolean {
  for (const { type, content, at } of pngChunks(bytes)) {
    if (type === "IDAT") return false;
    const end = at + 8 + content.length;
    if (crc32(bytes.subarray(at + 4, end)) !== new DataView(bytes.buffer, bytes.byteOffset).getUint32(end))
      return true;
  }
  return false;
}

/** Whether a chunk after the pixels ends beyond the file: Pillow reads on to the end mark, or to what is no chunk. */
export function isCutOffAfterPixels(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let isAfter = false;
  for (let at = SIGNATURE; at + 8 <= bytes.length; at += 12 + view.getUint32(at)) {
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (type === "IDAT") isAfter = true;
    else if (type === "IEND" || type === "fcTL" || !/^\w{4}$/.test(type)) return false;
    else if (isAfter && at + 8 + view.getUint32(at) > bytes.length) return true;
  }
  return false;
}

/**
 * A copy of a PNG with its checksums from the first pixels on computed anew, which Pillow and browsers do not look at; undefined
 * where they are right.
 */
export function withChecksums(bytes: Uint8Array): Uint8Array | undefined {
  const repaired = new Uint8Array(bytes);
  const view = new DataView(repaired.buffer);
  let isChanged = false;
  for (const { content, at } of pngChunks(bytes)) {
    const end = at + 8 + content.length;
    const checksum = crc32(bytes.subarray(at + 4, end));
    isChanged ||= view.getUint32(end) !== checksum;
    view.setUint32(end, checksum);
  }
  return isChanged ? repaired : undefined;
}
