import { brandsOf } from "./format.js";

/** Where the brand that counts most is stored. */
const MAJOR_BRAND = 8;

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
