/** Codes of at most 12 bits, so 4,096 of them. */
const WIDEST = 12;
const MOST_CODES = 1 << WIDEST;

/**
 * `count` palette indexes of a GIF (specification, appendix F): at `at` the number of bits of an index, then data in blocks of up
 * to 255 bytes. As strict as Pillow: what it refuses is refused, and what comes after the last index is passed over.
 * @throws Error
 */
export function unpackLzw(bytes: Uint8Array, at: number, count: number): Uint8Array {
  const bits = bytes[at]!;
  if (!(bits <= WIDEST)) throw new Error("codes of a width that there is not");
  const clear = 1 << bits;
  const indexes = new Uint8Array(count);
  const nextCode = codeReader(bytes, at + 1);
  // The string of a code is that of its prefix and one index more.
  const prefix = new Uint16Array(MOST_CODES);
  const suffix = new Uint8Array(MOST_CODES);
  const string = new Uint8Array(MOST_CODES + 1);
  let free = clear + 2;
  let width = bits + 1;
  let previous = -1;
  let first = 0;
  let filled = 0;
  while (filled < count) {
    const code = nextCode(width);
    if (code === clear) {
      free = clear + 2;
      width = bits + 1;
      previous = -1;
      continue;
    }
    if (code === clear + 1) throw new Error("the data ends too early");
    if (code > (previous < 0 ? clear : free)) throw new Error("a code that stands for nothing");
    let from = string.length;
    let rest = code;
    if (previous >= 0 && code === free) {
      string[--from] = first;
      rest = previous;
    }
    while (rest >= clear) {
      if (from === 0 || rest >= MOST_CODES) throw new Error("a code that stands for itself");
      string[--from] = suffix[rest]!;
      rest = prefix[rest]!;
    }
    string[--from] = rest;
    first = rest;
    if (previous >= 0 && free < MOST_CODES) {
      prefix[free] = previous;
      suffix[free] = first;
      if (free === (1 << width) - 1 && width < WIDEST) width++;
      free++;
    }
    previous = code;
    const fitting = string.subarray(from, from + Math.min(string.length - from, count - filled));
    indexes.set(fitting, filled);
    filled += fitting.length;
  }
  return indexes;
}

/** Reads codes of a given width, lowest bits first, across blocks. An empty block, which ends the data, has nothing. */
function codeReader(bytes: Uint8Array, start: number): (width: number) => number {
  let at = start;
  let blockEnd = start;
  let held = 0;
  let bits = 0;
  return (width) => {
    while (bits < width) {
      if (at === blockEnd) {
        const length = bytes[at];
        if (length === undefined || at + 1 + length > bytes.length)
          throw new Error("the data ends too early");
        at++;
        blockEnd = at + length;
        continue;
      }
      held |= bytes[at++]! << bits;
      bits += 8;
    }
    const code = held & ((1 << width) - 1);
    held >>>= width;
    bits -= width;
    return code;
  };
}
