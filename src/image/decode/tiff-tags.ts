/** An entry of a TIFF's directory, which EXIF has as well. */
interface Tag {
  readonly values: readonly number[];
  /** Where the first value is stored, in bytes from the beginning, and how many it takes. */
  readonly at: number;
  readonly size: number;
}

export interface Tags extends ReadonlyMap<number, Tag> {
  readonly littleEndian: boolean;
}

/** Bytes of one value by its type (TIFF 6.0, 15; BigTIFF); the rest is not read: text, fractions, floats. */
const SIZES: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 6: 1, 8: 2, 9: 4, 13: 4, 16: 8 };

/** Values of one tag that are read; a colour map of 16 bits has 196,608. */
const MOST_VALUES = 2 ** 18;

/**
 * The whole numbers in the first directory of a TIFF or a BigTIFF, or of EXIF, which may have `Exif\0\0` before it. Undefined
 * where it is none. A directory that is cut off has the tags before its end.
 */
export function tagsOf(given: Uint8Array): Tags | undefined {
  const bytes = withoutPrefix(given);
  if (bytes.length < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = bytes[0] === 0x49;
  const version = view.getUint16(2, littleEndian);
  const isBig = version === 43;
  if (bytes[0] !== bytes[1] || (!littleEndian && bytes[0] !== 0x4d) || (version !== 42 && !isBig))
    return undefined;
  const number = (at: number, size: number) => numberAt(view, at, size, littleEndian);
  const tags = new Map<number, Tag>();
  const wide = isBig ? 8 : 4;
  const directory = number(isBig ? 8 : 4, wide);
  const count = number(directory, isBig ? 8 : 2);
  const first = directory + (isBig ? 8 : 2);
  for (let entry = 0; entry < count; entry++) {
    const at = first + entry * (isBig ? 20 : 12);
    if (at + 4 + 2 * wide > bytes.length) break;
    const size = SIZES[number(at + 2, 2)];
    const length = number(at + 4, wide);
    if (size === undefined || length > MOST_VALUES) continue;
    const from = size * length <= wide ? at + 4 + wide : number(at + 4 + wide, wide);
    if (from + size * length > bytes.length) continue;
    const values = Array.from({ length }, (_, index) => number(from + index * size, size));
    tags.set(number(at, 2), { values, at: from, size });
  }
  return Object.assign(tags, { littleEndian });
}

/** Not signed, which is no matter for orientation, colours and sizes. Zero beyond the end. */
function numberAt(view: DataView, at: number, size: number, littleEndian: boolean): number {
  if (at + size > view.byteLength) return 0;
  if (size === 1) return view.getUint8(at);
  if (size === 2) return view.getUint16(at, littleEndian);
  if (size === 4) return view.getUint32(at, littleEndian);
  return Number(view.getBigUint64(at, littleEndian));
}

function withoutPrefix(exif: Uint8Array): Uint8Array {
  const prefix = [0x45, 0x78, 0x69, 0x66, 0, 0];
  let from = 0;
  while (from <= 6 && prefix.every((value, at) => exif[from + at] === value)) from += 6;
  return exif.subarray(from);
}
