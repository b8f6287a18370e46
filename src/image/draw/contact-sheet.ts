import { randomGenerator, uniformInt } from "../../math/random.js";
import { loadSharp } from "../decode/sharp.js";
import type { RgbImage } from "../source.js";

/** Small copies of pictures in a grid, those of one class together under its name. */
export interface ContactSheet {
  /** Takes the picture into account; only the sampled few of each class are held, as small copies. */
  add(caption: string, picture: RgbImage): Promise<void>;
  /** The sheet as a file. Classes come in the order of `captions`, then as they were added. */
  render(format: SheetFormat, captions?: readonly string[]): Promise<RenderedSheet>;
}

export type SheetFormat = "png" | "jpeg" | "webp";

interface RenderedSheet {
  readonly bytes: Uint8Array;
  readonly pictures: number;
  readonly classes: number;
  /** Classes that had no room: more than 500. */
  readonly leftOut: number;
}

/** Side of a small copy, and the space around it, in pixels. */
const SIDE = 64;
const GAP = 2;
const CAPTION = 22;
const MARGIN = 12;
/** Between blocks. */
const SPACE = 16;
const FONT = 14;
/** Average width of a character of a sans-serif font, of its size. */
const CHARACTER = 0.56;
const MOST_CLASSES = 500;
/** Width by height. */
const ASPECT = 4 / 3;

interface Sampled {
  seen: number;
  readonly copies: Uint8Array[];
}

/** A random sample of `perClass` pictures of each class, the same for the same `seed` and order. */
export function createContactSheet({ perClass = 8, seed = 0 } = {}): ContactSheet {
  const generator = randomGenerator(seed);
  const classes = new Map<string, Sampled>();
  return {
    async add(caption, picture) {
      const sampled = classes.get(caption) ?? { seen: 0, copies: [] };
      classes.set(caption, sampled);
      // Algorithm R (Vitter, 1985): each picture of a class is as likely to stay as any other.
      const slot = sampled.seen < perClass ? sampled.seen : uniformInt(generator, 0, sampled.seen);
      sampled.seen++;
      if (slot < perClass) sampled.copies[slot] = await smallCopy(picture);
    },
    async render(format, captions = []) {
      const order = [...new Set([...captions, ...classes.keys()])].filter((name) => classes.has(name));
      const shown = order.slice(0, MOST_CLASSES).map((caption) => ({ caption, ...classes.get(caption)! }));
      return {
        bytes: await draw(shown, perClass, format),
        pictures: shown.reduce((sum, { copies }) => sum + copies.length, 0),
        classes: shown.length,
        leftOut: order.length - shown.length,
      };
    },
  };
}

/** Cut to a square; small pictures are enlarged without blur, so that their own pixels are seen. */
async function smallCopy({ data, width, height }: RgbImage): Promise<Uint8Array> {
  const sharp = loadSharp();
  const kernel = Math.min(width, height) < SIDE ? "nearest" : "lanczos3";
  return sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ width: SIDE, height: SIDE, fit: "cover", kernel })
    .raw()
    .toBuffer();
}

interface Block {
  readonly caption: string;
  readonly seen: number;
  readonly copies: readonly Uint8Array[];
}

interface Grid {
  readonly columns: number;
  readonly blockWidth: number;
  readonly blockHeight: number;
  readonly width: number;
  readonly height: number;
}

function gridOf(blocks: number, perClass: number): Grid {
  const blockWidth = perClass * (SIDE + GAP) + SPACE;
  const blockHeight = CAPTION + SIDE + SPACE;
  const columns = Math.max(1, Math.round(Math.sqrt((blocks * blockHeight * ASPECT) / blockWidth)));
  const rows = Math.ceil(blocks / columns);
  return {
    columns,
    blockWidth,
    blockHeight,
    width: 2 * MARGIN + columns * blockWidth - SPACE - GAP,
    height: Math.max(1, 2 * MARGIN + rows * blockHeight - SPACE),
  };
}

/** Where block `at` begins; classes run down the columns, as names in a list do. */
function placeOf(at: number, blocks: number, { columns, blockWidth, blockHeight }: Grid) {
  const rows = Math.ceil(blocks / columns);
  return {
    left: MARGIN + Math.floor(at / rows) * blockWidth,
    top: MARGIN + (at % rows) * blockHeight,
  };
}

async function draw(blocks: readonly Block[], perClass: number, format: SheetFormat): Promise<Uint8Array> {
  const sharp = loadSharp();
  const grid = gridOf(blocks.length, perClass);
  const { width, height } = grid;
  const canvas = new Uint8Array(width * height * 3).fill(255);
  for (const [at, { copies }] of blocks.entries()) {
    const { left, top } = placeOf(at, blocks.length, grid);
    for (const [position, copy] of copies.entries()) {
      paste(copy, canvas, width, left + position * (SIDE + GAP), top + CAPTION);
    }
  }
  return sharp(canvas, { raw: { width, height, channels: 3 } })
    .composite([{ input: Buffer.from(captionsSvg(blocks, grid)) }])
    .toFormat(format)
    .toBuffer();
}

function paste(copy: Uint8Array, canvas: Uint8Array, width: number, left: number, top: number): void {
  for (let y = 0; y < SIDE; y++) {
    canvas.set(copy.subarray(y * SIDE * 3, (y + 1) * SIDE * 3), ((top + y) * width + left) * 3);
  }
}

function captionsSvg(blocks: readonly Block[], grid: Grid): string {
  const room = Math.floor((grid.blockWidth - SPACE) / (FONT * CHARACTER));
  const texts = blocks.map(({ caption, seen }, at) => {
    const { left, top } = placeOf(at, blocks.length, grid);
    const count = seen.toLocaleString("en");
    const name = shortened(caption, room - count.length - 2);
    return (
      `<text x="${left}" y="${top + FONT}">${escaped(name)}` +
      `<tspan dx="8" fill="#888" font-weight="normal">${count}</tspan></text>`
    );
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${grid.width}" height="${grid.height}" fill="#222" ` +
    `font-family="sans-serif" font-weight="bold" font-size="${FONT}">${texts.join("")}</svg>`
  );
}

function shortened(text: string, room: number): string {
  const characters = [...text];
  return characters.length <= room ? text : `${characters.slice(0, Math.max(1, room - 1)).join("")}…`;
}

/** What XML 1.0 has no place for, control characters, becomes a space. */
function escaped(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/\p{Cc}|\p{Cs}/gu, " ").replace(/[&<>"]/g, (character) => entities[character]!);
}
