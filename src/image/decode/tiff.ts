import { type Tags, tagsOf } from "./tiff-tags.js";

/** How a TIFF stores its picture, and the file as libvips is to be given it. */
export interface StoredTiff {
  /** As in the file, but where libvips would convert colours otherwise than Pillow: there a tag says that they are plain. */
  readonly bytes: Uint8Array;
  readonly samples: TiffSamples;
}

/** How samples become RGB: `rgb` are those that libvips converts as Pillow does. */
export type TiffSamples =
  | "rgb"
  | "grey16"
  | "grey-signed"
  | "cmyk"
  | "cmyk16"
  | "ycbcr"
  | "premultiplied"
  | "premultiplied16";

const WIDTH = 256;
const HEIGHT = 257;
const BITS = 258;
const COMPRESSION = 259;
const PHOTOMETRIC = 262;
const FILL_ORDER = 266;
const STRIP_OFFSETS = 273;
const ORIENTATION = 274;
const SAMPLES_PER_PIXEL = 277;
const COLOUR_MAP = 320;
const TILE_OFFSETS = 324;
const EXTRA_SAMPLES = 338;
const SAMPLE_FORMAT = 339;
const YCBCR_SUBSAMPLING = 530;

/** Values of PHOTOMETRIC (TIFF 6.0, 8 and 16 to 23). */
const WHITE_IS_ZERO = 0;
const BLACK_IS_ZERO = 1;
const RGB = 2;
const PALETTE = 3;
const CMYK = 5;
const YCBCR = 6;

/** Values of COMPRESSION that libvips is built with here. */
const COMPRESSIONS: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 7, 8, 32773, 32946]);
const JPEG = 7;

const COMPRESSION_NAMES: Readonly<Record<number, string>> = {
  6: "old JPEG",
  34661: "JBIG",
  34676: "SGILog",
  34677: "SGILog",
  34887: "LERC",
  34925: "LZMA",
  50000: "Zstandard",
  50001: "WebP",
  50002: "JPEG XL",
};

const COLOUR_NAMES: Readonly<Record<number, string>> = {
  4: "a transparency mask",
  8: "CIELAB",
  9: "ICC L*a*b*",
  10: "ITU L*a*b*",
  32803: "a colour filter array (a raw photo)",
  32844: "LogL",
  32845: "LogLuv",
  34892: "linear raw",
};

/**
 * Where and how the first picture of a TIFF is stored; or in words what about it cannot be read, and Pillow's pixels be had.
 * @throws Error where it lacks what its pixels are made from, which libtiff passes over
 */
export function storedTiff(bytes: Uint8Array): StoredTiff | { readonly unsupported: string } {
  const tags = tagsOf(bytes);
  if (!tags) return { bytes, samples: "rgb" };
  const layout = layoutOf(tags);
  const { photometric, compression } = layout;
  if (!COMPRESSIONS.has(compression)) {
    return {
      unsupported: `TIFF compressed with ${COMPRESSION_NAMES[compression] ?? `method ${compression}`}`,
    };
  }
  if (photometric > YCBCR || photometric === 4) {
    return { unsupported: `TIFF in ${COLOUR_NAMES[photometric] ?? `colours of kind ${photometric}`}` };
  }
  if (!isKnown(layout)) return { unsupported: `TIFF of ${inWords(layout)}` };
  checkParts(tags, layout);
  return compression === JPEG ? { bytes, samples: jpegSamples(layout) } : plainlyStored(bytes, tags, layout);
}

/** Without a whole colour map libtiff takes the indexes for grey. */
function checkParts(tags: Tags, { photometric, bits }: Layout): void {
  const colours = tags.get(COLOUR_MAP)?.values.length ?? 0;
  if (photometric === PALETTE && colours !== 3 * 2 ** bits[0]!) throw new Error("no whole colour map");
  for (const tag of [STRIP_OFFSETS, TILE_OFFSETS]) {
    if (tags.get(tag)?.values.length === 0) throw new Error("no place of its pixels");
  }
  for (const tag of [WIDTH, HEIGHT, ORIENTATION]) {
    if (tags.get(tag)?.size === 1) throw new Error("a size or an orientation in single bytes");
  }
}

interface Layout {
  readonly compression: number;
  readonly photometric: number;
  /** 1 whole numbers, 2 signed, 3 floating point. */
  readonly sampleFormat: number;
  readonly fillOrder: number;
  /** One a sample. */
  readonly bits: readonly number[];
  /** What the samples beyond the colours are: 0 anything, 1 alpha that colours were multiplied by, 2 alpha. */
  readonly extra: readonly number[];
  readonly subsampling: readonly number[];
  readonly littleEndian: boolean;
}

/** Tags as Pillow takes them, with its defaults. */
function layoutOf(tags: Tags): Layout {
  const values = (tag: number) => tags.get(tag)?.values ?? [];
  const samples = values(SAMPLES_PER_PIXEL)[0] ?? 1;
  const bits = values(BITS).length > 0 ? values(BITS) : [1];
  return {
    compression: values(COMPRESSION)[0] ?? 1,
    photometric: values(PHOTOMETRIC)[0] ?? WHITE_IS_ZERO,
    sampleFormat: new Set(values(SAMPLE_FORMAT)).size > 1 ? 0 : (values(SAMPLE_FORMAT)[0] ?? 1),
    fillOrder: values(FILL_ORDER)[0] ?? 1,
    bits:
      bits.length === 1 && samples < 10 ? new Array<number>(samples).fill(bits[0]!) : bits.slice(0, samples),
    extra: values(EXTRA_SAMPLES),
    subsampling: values(YCBCR_SUBSAMPLING),
    littleEndian: tags.littleEndian,
  };
}

/** Whether Pillow has pixels for this (`OPEN_INFO`), and libvips gives them out. */
function isKnown({
  photometric,
  sampleFormat,
  bits,
  extra,
  subsampling,
  compression,
  littleEndian,
}: Layout): boolean {
  const [depth = 0] = bits;
  const colours = photometric === CMYK ? 4 : photometric === RGB || photometric === YCBCR ? 3 : 1;
  if (bits.some((bit) => bit !== depth) || bits.length > MOST_CHANNELS) return false;
  const isUnnamed = photometric === RGB && bits.length === 4 && extra.length === 0;
  if (photometric !== YCBCR && extra.length !== bits.length - colours && !isUnnamed) return false;
  if (photometric === YCBCR) {
    // Without the tag libtiff takes chroma for halved, but Pillow does not where nothing is compressed.
    const isFull = subsampling.length > 0 ? subsampling.every((factor) => factor === 1) : compression === 1;
    const isWhole = compression === JPEG || isFull;
    return depth === 8 && sampleFormat === 1 && (bits.length === 1 || bits.length === 3) && isWhole;
  }
  if (bits.length < colours) return false;
  if (sampleFormat === 2)
    return photometric === BLACK_IS_ZERO && bits.length === 1 && [8, 16, 32].includes(depth);
  if (sampleFormat === 3) return photometric <= BLACK_IS_ZERO && bits.length === 1 && depth === 32;
  if (sampleFormat !== 1) return false;
  if (photometric === RGB) return depth === 8 || (depth === 16 && bits.length <= 4);
  if (photometric === CMYK) return depth === 8 || (depth === 16 && bits.length === 4);
  if (bits.length > 1) return depth === 8 && bits.length === 2 && extra.length === 1;
  if (depth === 16) return photometric === BLACK_IS_ZERO || (photometric === WHITE_IS_ZERO && littleEndian);
  if (depth === 32) return photometric === BLACK_IS_ZERO && littleEndian;
  return [1, 2, 4, 8].includes(depth);
}

/** sharp's limit. */
const MOST_CHANNELS = 5;

function inWords({ photometric, sampleFormat, bits, subsampling }: Layout): string {
  const kind =
    ["numbers of different kinds", "", "signed numbers", "floating point"][sampleFormat] ?? "complex numbers";
  const colours = ["grey", "grey", "RGB", "palette", "", "CMYK", "YCbCr"][photometric] ?? "";
  const chroma =
    photometric === YCBCR && subsampling.length > 0 ? `, chroma at 1/${subsampling.join(" x 1/")}` : "";
  return [`${bits.length} x ${bits[0]} bits, ${colours}${chroma}`, kind].filter(Boolean).join(", ");
}

/** libjpeg, under libtiff, makes RGB of YCbCr itself. */
function jpegSamples({ photometric }: Layout): TiffSamples {
  return photometric === CMYK ? "cmyk" : "rgb";
}

function plainlyStored(
  bytes: Uint8Array,
  tags: Tags,
  { photometric, sampleFormat, bits, extra }: Layout,
): StoredTiff {
  const [depth] = bits;
  const withTag = (tag: number, value: number) => patched(bytes, tags, tag, value);
  if (photometric === CMYK) return { bytes, samples: depth === 16 ? "cmyk16" : "cmyk" };
  if (photometric === YCBCR) {
    return bits.length === 1
      ? { bytes: withTag(PHOTOMETRIC, BLACK_IS_ZERO), samples: "rgb" }
      : { bytes: withTag(PHOTOMETRIC, RGB), samples: "ycbcr" };
  }
  if (photometric === RGB && extra[0] === 1) {
    return { bytes: withTag(EXTRA_SAMPLES, 2), samples: depth === 16 ? "premultiplied16" : "premultiplied" };
  }
  if (photometric === RGB || photometric === PALETTE || sampleFormat === 3) return { bytes, samples: "rgb" };
  if (sampleFormat === 2) {
    return {
      bytes: depth === 8 ? withTag(SAMPLE_FORMAT, 1) : bytes,
      samples: depth === 16 ? "grey-signed" : "rgb",
    };
  }
  if (depth !== 16) return { bytes, samples: "rgb" };
  return {
    bytes: photometric === WHITE_IS_ZERO ? withTag(PHOTOMETRIC, BLACK_IS_ZERO) : bytes,
    samples: "grey16",
  };
}

/** A copy of the file in which the first value of `tag` is another; the file itself where it has no such tag. */
function patched(bytes: Uint8Array, tags: Tags, tag: number, value: number): Uint8Array {
  const found = tags.get(tag);
  if (!found) return bytes;
  const copy = new Uint8Array(bytes);
  const view = new DataView(copy.buffer);
  if (found.size === 4) view.setUint32(found.at, value, tags.littleEndian);
  else view.setUint16(found.at, value, tags.littleEndian);
  return copy;
}
