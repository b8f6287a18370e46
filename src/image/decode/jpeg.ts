interface Segment {
  /** The second byte of its marker. */
  readonly marker: number;
  readonly content: Uint8Array;
}

const TEM = 0x01;
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
 * Undefined where there is nothing.
 */
export function damageInScans(bytes: Uint8Array): string | undefined {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let components = 0;
  let scans = 0;
  let isOneScan = false;
  for (let at = data.indexOf(0xff, 2); ; at = data.indexOf(0xff, at)) {
    if (at < 0 || at + 1 >= data.length) return "no end";
    const marker = data[at + 1]!;
    at += marker === 0xff ? 1 : 2;
    if (marker === 0xff || marker === 0 || isAlone(marker)) continue;
    if (marker === EOI) return undefined;
    if (at + 2 > data.length) return "no end";
    const content = data.subarray(at + 2, at + data.readUInt16BE(at));
    if (scans === 0 && isFrameHeader(marker)) {
      components = content[5] ?? 0;
      isOneScan = !isProgressive(marker);
    } else if (marker === SOS) {
      if (scans > 0 && isOneScan) return "a second scan";
      isOneScan &&= content[0] === components;
      scans++;
    } else if (scans > 0 && !mayFollowScan(marker, content)) {
      return `the marker FF${marker.toString(16).toUpperCase().padStart(2, "0")} in its data`;
    }
    at += 2 + content.length;
  }
}

function isProgressive(marker: number): boolean {
  return (marker & 3) === 2;
}

/** What libjpeg takes between scans: tables without a fault, comments and the like. */
function mayFollowScan(marker: number, content: Uint8Array): boolean {
  if (marker === DHT) return areCodeTables(content);
  if (marker === DQT) return areQuantisationTables(content);
  if (marker === DRI) return content.length === 2;
  return marker === DNL || marker === DAC || marker === COM || (marker >= APP0 && marker <= APP15);
}

/** ITU-T T.81, B.2.4.2. */
function areCodeTables(content: Uint8Array): boolean {
  let at = 0;
  while (content.length - at > 16) {
    const codes = content.subarray(at + 1, at + 17).reduce((sum, count) => sum + count, 0);
    at += 17 + codes;
    if ((content[at - 17 - codes]! & 0xef) > 3 || codes > 256 || at > content.length) return false;
  }
  return at === content.length;
}

/** ITU-T T.81, B.2.4.1. */
function areQuantisationTables(content: Uint8Array): boolean {
  let at = 0;
  while (at < content.length) {
    if ((content[at]! & 0x0f) > 3) return false;
    at += content[at]! > 0x0f ? 129 : 65;
  }
  return at === content.length;
}
