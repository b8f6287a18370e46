/** Where a GIF's first frame lies on its canvas, and the colour that Pillow gives the canvas around it. */
export interface FirstFrame {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** R, G, B. */
  readonly surround: readonly [number, number, number];
  /** Position of the byte whose lowest bit says that the frame has a transparent colour; -1 if there is none. */
  readonly flagsAt: number;
}

const EXTENSION = 0x21;
const GRAPHIC_CONTROL = 0xf9;
const IMAGE = 0x2c;

/**
 * The first frame of a GIF (GIF89a specification, 18 to 23), or nothing if the file ends before it.
 * The canvas around the frame has the transparent colour, or colour 0, of the frame's palette.
 */
export function firstFrameOf(bytes: Uint8Array): FirstFrame | undefined {
  const word = (at: number) => bytes[at]! | (bytes[at + 1]! << 8);
  const paletteLength = (flags: number) => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  let transparent = 0;
  let flagsAt = -1;
  let at = 13 + paletteLength(bytes[10]!);
  while (at < bytes.length) {
    if (bytes[at] === IMAGE) {
      const [left, top] = [word(at + 1), word(at + 3)];
      const palette = bytes[at + 9]! & 0x80 ? at + 10 : 13;
      const colour = palette + transparent * 3;
      return {
        ...{ left, top, right: left + word(at + 5), bottom: top + word(at + 7), flagsAt },
        surround: [bytes[colour]!, bytes[colour + 1]!, bytes[colour + 2]!],
      };
    }
    if (bytes[at] !== EXTENSION) return undefined;
    if (bytes[at + 1] === GRAPHIC_CONTROL && bytes[at + 3]! & 1) {
      flagsAt = at + 3;
      transparent = bytes[at + 6]!;
    }
    at += 2;
    while (bytes[at]) at += bytes[at]! + 1;
    at++;
  }
  return undefined;
}
