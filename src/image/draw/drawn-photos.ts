import { randomGenerator } from "../../math/random.js";
import { loadSharp } from "../decode/sharp.js";
import type { Size } from "../source.js";

/** Sides of the cells of noise in pixels, and what each is multiplied by against the one before it. */
const CELLS = [256, 128, 64, 32, 16, 8, 4, 2, 1];
const WEAKER = 0.8;
const STRONGEST = 60;
const QUALITY = 95;

/**
 * JPEGs that take as long to decode as photographs, to measure with: octaves of noise that weaken as they get finer, as
 * the spectrum of photographs does. About 80 kB for 500 x 375. The same at every call.
 */
export async function drawPhotos(count: number, size: Size): Promise<Uint8Array[]> {
  const photos: Uint8Array[] = [];
  for (let seed = 0; seed < count; seed++) photos.push(await drawPhoto(seed, size));
  return photos;
}

async function drawPhoto(seed: number, { width, height }: Size): Promise<Uint8Array> {
  const sharp = loadSharp();
  const generator = randomGenerator(seed);
  const levels = new Float32Array(width * height * 3).fill(128);
  for (const [octave, cell] of CELLS.entries()) {
    const lattice = {
      width: Math.ceil(width / cell),
      height: Math.ceil(height / cell),
      channels: 3,
    } as const;
    const values = new Uint8Array(lattice.width * lattice.height * 3);
    for (let at = 0; at < values.length; at++) values[at] = generator.next();
    const enlarged = await sharp(values, { raw: lattice })
      .resize({ width, height, fit: "fill", kernel: "linear" })
      .raw()
      .toBuffer();
    const strength = (STRONGEST * WEAKER ** octave) / 128;
    for (let at = 0; at < levels.length; at++) levels[at]! += strength * (enlarged[at]! - 128);
  }
  return sharp(Uint8ClampedArray.from(levels), { raw: { width, height, channels: 3 } })
    .jpeg({ quality: QUALITY })
    .toBuffer();
}
