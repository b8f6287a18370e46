import type { RgbImage } from "../source.js";
import { unpackLzw } from "./gif-lzw.js";

const EXTENSION = 0x21;
const GRAPHIC_CONTROL = 0xf9;
const COMMENT = 0xfe;
const APPLICATION = 0xff;
const REPEATING = "NETSCAPE2.0";
const IMAGE = 0x2c;
const TRAILER = 0x3b;

/** The first frame of a GIF, as its header tells it. */
interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly interlaced: boolean;
  /** Where its palette is stored and its number of colours; 0 where the levels are the pixels. */
  readonly palette: number;
  readonly colours: number;
  /** The index that stands for transparency, if one does. */
  readonly transparent: number | undefined;
  /** Where the width of its codes is stored, before its data. */
  readonly dataAt: number;
}

/**
 * The first frame of a GIF on its canvas (GIF89a specification, 18 to 23), to the pixel what Pillow reads: transparent pixels have
 * their colour in the palette, and the canvas around a smaller frame has the transparent colour, or colour 0.
 *
 * We read it ourselves, as libvips reads damaged data without a word. `checkSize` is told the size of the canvas before memory is taken.
 * @throws Error where the data is damaged or ends too early
 */
export function decodeGif(bytes: Uint8Array, checkSize: (width: number, height: number) => void): RgbImage {
  const frame = firstFrame(bytes);
  if (frame.width * frame.height === 0) throw new Error("a frame without pixels");
  const word = (at: number) => bytes[at]! | (bytes[at + 1]! << 8);
  const width = Math.max(word(6), frame.left + frame.width);
  const height = Math.max(word(8), frame.top + frame.height);
  checkSize(width, height);
  const indexes = unpackLzw(bytes, frame.dataAt, frame.width * frame.height);
  return painted(indexes, frame, coloursOf(bytes, frame), { width, height });
}

function firstFrame(bytes: Uint8Array): Frame {
  const word = (at: number) => bytes[at]! | (bytes[at + 1]! << 8);
  const coloursIn = (flags: number) => (flags & 0x80 ? 2 << (flags & 7) : 0);
  const shared = coloursIn(bytes[10]!);
  let transparent: number | undefined;
  for (let at = 13 + 3 * shared; at < bytes.length; ) {
    const block = bytes[at++];
    if (block === TRAILER) break;
    if (block === IMAGE && at + 9 < bytes.length) {
      const own = coloursIn(bytes[at + 8]!);
      return {
        ...{ left: word(at), top: word(at + 2), width: word(at + 4), height: word(at + 6), transparent },
        interlaced: (bytes[at + 8]! & 0x40) !== 0,
        palette: own ? at + 9 : 13,
        colours: own || shared,
        dataAt: at + 9 + 3 * own,
      };
    }
    // Pillow passes over bytes that begin no block.
    if (block !== EXTENSION) continue;
    if (bytes[at] === GRAPHIC_CONTROL && bytes[at + 1]! >= 4 && bytes[at + 2]! & 1)
      transparent = bytes[at + 5];
    at = afterExtension(bytes, at);
  }
  throw new Error("no picture in it");
}

/**
 * Where the block after an extension begins, whose label is at `label`. As Pillow has it, which expects two parts of an
 * extension that tells of repeats, and one of any other but a comment: where there are fewer, it takes what follows for more.
 */
function afterExtension(bytes: Uint8Array, label: number): number {
  let at = label + 1;
  const part = () => {
    const length = bytes[at] ?? 0;
    at += 1 + length;
    return length > 0;
  };
  const isRepeating =
    bytes[label] === APPLICATION && String.fromCharCode(...bytes.subarray(at + 1, at + 12)) === REPEATING;
  const isThere = part();
  if (isRepeating && bytes[label + 1]! >= REPEATING.length) part();
  if (bytes[label] !== COMMENT || isThere) while (part());
  return at;
}

/** 256 colours of three bytes; what a palette does not have is black. Without one, or one of greys in order, indexes are levels. */
function coloursOf(bytes: Uint8Array, { palette, colours }: Frame): Uint8Array {
  const given = bytes.subarray(palette, palette + 3 * colours);
  const isGrey = given.every((level, at) => level === Math.floor(at / 3));
  const table = Uint8Array.from({ length: 768 }, (_, at) => (isGrey ? Math.floor(at / 3) : 0));
  table.set(given);
  return table;
}

function painted(
  indexes: Uint8Array,
  { left, top, width: across, height: down, interlaced, transparent = 0 }: Frame,
  colours: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
): RgbImage {
  const data = new Uint8Array(width * height * 3);
  const colour = (index: number, to: number) => {
    data[to] = colours[3 * index]!;
    data[to + 1] = colours[3 * index + 1]!;
    data[to + 2] = colours[3 * index + 2]!;
  };
  if (across < width || down < height) for (let to = 0; to < data.length; to += 3) colour(transparent, to);
  let from = 0;
  for (const y of rowOrder(down, interlaced)) {
    let to = ((top + y) * width + left) * 3;
    for (let x = 0; x < across; x++, to += 3) colour(indexes[from++]!, to);
  }
  return { data, width, height };
}

/** Rows in the order in which they are stored: all, or each eighth, the fourths between, the halves, the rest. */
function* rowOrder(height: number, interlaced: boolean): Generator<number> {
  const passes = interlaced
    ? [
        [0, 8],
        [4, 8],
        [2, 4],
        [1, 2],
      ]
    : [[0, 1]];
  for (const [first = 0, step = 1] of passes) for (let y = first; y < height; y += step) yield y;
}
