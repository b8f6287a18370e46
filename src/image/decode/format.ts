import { isRawTiff } from "./raw.js";

/** The formats that are decoded; of `raw`, what cameras put beside what the sensor recorded. */
export type Format = "jpeg" | "png" | "webp" | "gif" | "tiff" | "avif" | "heic" | "raw";

/** A file format by its first bytes; `id` is what decoding knows it by, absent where it cannot be decoded. */
interface Signature {
  readonly name: string;
  readonly id?: Format;
  /** Bytes as Latin-1 text, at `offset`. */
  readonly magic: string;
  readonly offset?: number;
}

const SIGNATURES: readonly Signature[] = [
  { name: "JPEG", id: "jpeg", magic: "\xff\xd8\xff" },
  { name: "PNG", id: "png", magic: "\x89PNG\r\n\x1a\n" },
  { name: "WebP", id: "webp", magic: "WEBP", offset: 8 },
  { name: "GIF", id: "gif", magic: "GIF87a" },
  { name: "GIF", id: "gif", magic: "GIF89a" },
  { name: "Canon raw photo (CR2)", id: "raw", magic: "CR\x02", offset: 8 },
  { name: "TIFF", id: "tiff", magic: "II*\0" },
  { name: "TIFF", id: "tiff", magic: "MM\0*" },
  { name: "TIFF", id: "tiff", magic: "II+\0" },
  { name: "TIFF", id: "tiff", magic: "MM\0+" },
  { name: "BMP", magic: "BM" },
  { name: "Photoshop", magic: "8BPS" },
  { name: "JPEG XL", magic: "\xff\x0a" },
  { name: "JPEG XL", magic: "JXL ", offset: 4 },
  { name: "JPEG 2000", magic: "jP  ", offset: 4 },
  { name: "JPEG 2000", magic: "\xff\x4f\xff\x51" },
  { name: "JPEG XR", magic: "II\xbc" },
  { name: "icon", magic: "\0\0\x01\0" },
  { name: "ICNS", magic: "icns" },
  { name: "QOI", magic: "qoif" },
  { name: "DDS", magic: "DDS " },
  { name: "SGI", magic: "\x01\xda" },
  { name: "OpenEXR", magic: "\x76\x2f\x31\x01" },
  { name: "Radiance HDR", magic: "#?R" },
  { name: "FITS", magic: "SIMPLE" },
  { name: "Sun raster", magic: "\x59\xa6\x6a\x95" },
  { name: "GIMP", magic: "gimp xcf" },
  { name: "DICOM", magic: "DICM", offset: 128 },
  { name: "MNG", magic: "\x8aMNG" },
  { name: "JNG", magic: "\x8bJNG" },
  { name: "BPG", magic: "BPG\xfb" },
  { name: "XPM", magic: "/* XPM */" },
  { name: "XBM", magic: "#define" },
  { name: "WMF", magic: "\xd7\xcd\xc6\x9a" },
  { name: "Fujifilm raw photo (RAF)", id: "raw", magic: "FUJIFILM" },
  { name: "Olympus raw photo (ORF)", id: "raw", magic: "IIRO" },
  { name: "Panasonic raw photo (RW2)", id: "raw", magic: "IIU\0" },
  { name: "PostScript", magic: "%!PS" },
  { name: "PDF", magic: "%PDF" },
  { name: "SVG", magic: "<svg" },
  { name: "XML", magic: "<?xml" },
  { name: "HTML", magic: "<!" },
  { name: "HTML", magic: "<html" },
  { name: "JSON", magic: '{"' },
  { name: "ZIP", magic: "PK\x03\x04" },
  { name: "gzip", magic: "\x1f\x8b" },
  { name: "NumPy", magic: "\x93NUMPY" },
  { name: "Parquet", magic: "PAR1" },
  {
    name: "Git LFS pointer (the picture itself was not fetched: git lfs pull)",
    magic: "version https://git-lfs",
  },
];

/** What the brands of files in boxes (ISO/IEC 14496-12) stand for; AVIF comes before HEIC, as files may be both. */
const BRANDS: readonly { readonly name: string; readonly id?: Format; readonly brands: RegExp }[] = [
  { name: "AVIF", id: "avif", brands: /^avi[fs]$/ },
  { name: "HEIC", id: "heic", brands: /^(hei|hev|mif1|msf1)/ },
  { name: "Canon raw photo (CR3)", id: "raw", brands: /^crx / },
  { name: "video", brands: /^(isom|iso\d|mp4|avc1|M4V|qt {2}|3gp)/ },
];

const RAW_TIFF = { name: "raw photo", id: "raw" } as const;

/** The format that `bytes` begin like: `id` where it is decoded, and a name to tell a person. */
export function formatOf(bytes: Uint8Array): { readonly name: string; readonly id?: Format } | undefined {
  const head = latin1(bytes, 0, 160);
  const found = SIGNATURES.find(({ magic, offset = 0 }) => head.startsWith(magic, offset));
  if (found?.id === "tiff" && isRawTiff(bytes)) return RAW_TIFF;
  return found ?? formatOfBrands(bytes) ?? formatOfHeader(bytes, head);
}

/** Brands of the first box, `ftyp`: the one that counts most, then those that the file is compatible with. */
export function brandsOf(bytes: Uint8Array): string[] {
  if (latin1(bytes, 4, 4) !== "ftyp") return [];
  const end = Math.min(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0), bytes.length, 512);
  const brands = [];
  for (let at = 8; at + 4 <= end; at += 4) if (at !== 12) brands.push(latin1(bytes, at, 4));
  return brands;
}

/** A general brand in front leaves it to the others what the file is. */
function formatOfBrands(bytes: Uint8Array) {
  const [major = "", ...others] = brandsOf(bytes);
  const telling = /^(mif1|msf1)$/.test(major) ? [...others, major] : [major];
  return BRANDS.find(({ brands }) => telling.some((brand) => brands.test(brand)));
}

/** Formats that are told by several bytes: the Netpbm family, PCX and TGA. */
function formatOfHeader(bytes: Uint8Array, head: string): { readonly name: string } | undefined {
  const netpbm = /^P([1-7])[\s#]/.exec(head)?.[1];
  if (netpbm) return { name: ["", "PBM", "PGM", "PPM", "PBM", "PGM", "PPM", "PAM"][Number(netpbm)]! };
  const [first = 0, second = 0, third = 0, fourth = 0] = bytes;
  if (first === 10 && second <= 5 && third === 1 && [1, 2, 4, 8].includes(fourth)) return { name: "PCX" };
  return isTga(bytes) ? { name: "TGA" } : undefined;
}

/** By its last bytes, or, as older ones have none, by fields of its header that have few values. */
function isTga(bytes: Uint8Array): boolean {
  if (latin1(bytes, bytes.length - 18, 16) === "TRUEVISION-XFILE") return true;
  const [, mapped = 0, kind = 0] = bytes;
  const hasSize = (bytes[12] || bytes[13]) && (bytes[14] || bytes[15]);
  const kinds = mapped === 1 ? [1, 9] : mapped === 0 ? [2, 3, 10, 11] : [];
  return Boolean(hasSize) && kinds.includes(kind) && [8, 15, 16, 24, 32].includes(bytes[16]!);
}

function latin1(bytes: Uint8Array, from: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(Math.max(0, from), Math.max(0, from) + length));
}
