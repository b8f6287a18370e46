import { brandsOf } from "./format.js";

/** Where the brand that counts most is stored. */
const MAJOR_BRAND = 8;

/**
 * Whether the media data of a sequence of pictures ends beyond the file (ISO/IEC 14496-12, 4.2), so that pictures after the first
 * are missing: libvips reads the first and looks at no others.
 */
export function isCutOff(bytes: Uint8Array): boolean {
  if (!brandsOf(bytes).includes("avis")) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + 8 <= bytes.length) {
    const length = view.getUint32(at);
    if (length < 8) return false;
    at += length;
  }
  return at > bytes.length;
}

/**
 * An AVIF under the brand that libvips knows it by. A file of pictures in sequence (`avis`), or of a more general brand that
 * names AVIF among those that it is compatible with (`mif1`), holds a picture that is decoded like any other, the first.
 */
export function withAvifBrand(bytes: Uint8Array): Uint8Array {
  if (brandsOf(bytes)[0] === "avif") return bytes;
  const branded = new Uint8Array(bytes);
  branded.set([0x61, 0x76, 0x69, 0x66], MAJOR_BRAND);
  return branded;
}
