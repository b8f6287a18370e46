/** A file format by its first bytes; `id` is what decoding knows it by, absent where it cannot be decoded. */
interface Signature {
  readonly name: string;
  readonly id?: Format;
  /** Bytes as Latin-1 text, at `offset`. */
  readonly magic: string;
  readonly offset?: number;
}

/** The formats that are decoded. */
export type Format = "jpeg" | "png" | "webp" | "gif" | "tiff" | "avif";

const SIGNATURES: readonly Signature[] = [
  { name: "JPEG", id: "jpeg", magic: "\xff\xd8\xff" },
  { name: "PNG", id: "png", magic: "\x89PNG\r\n\x1a\n" },
  { name: "WebP", id: "webp", magic: "WEBP", offset: 8 },
  { name: "GIF", id: "gif", magic: "GIF8" },
  { name: "TIFF", id: "tiff", magic: "II*\0" },
  { name: "TIFF", id: "tiff", magic: "MM\0*" },
  { name: "AVIF", id: "avif", magic: "ftypavif", offset: 4 },
  { name: "AVIF", id: "avif", magic: "ftypavis", offset: 4 },
  { name: "HEIC", magic: "ftyphei", offset: 4 },
  { name: "HEIC", magic: "ftypmif1", offset: 4 },
  { name: "BMP", magic: "BM" },
  { name: "Photoshop", magic: "8BPS" },
  { name: "JPEG XL", magic: "\xff\x0a" },
  { name: "JPEG XL", magic: "JXL ", offset: 4 },
  { name: "JPEG 2000", magic: "jP  ", offset: 4 },
  { name: "icon", magic: "\0\0\x01\0" },
  { name: "PDF", magic: "%PDF" },
  { name: "SVG", magic: "<svg" },
  { name: "XML", magic: "<?xml" },
  { name: "HTML", magic: "<!" },
];

/** The format that `bytes` begin like: `id` where it is decoded, and a name to tell a person. */
export function formatOf(bytes: Uint8Array): { readonly name: string; readonly id?: Format } | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, 16));
  return SIGNATURES.find(({ magic, offset = 0 }) => head.startsWith(magic, offset));
}
