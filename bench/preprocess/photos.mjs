import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";

/**
 * Draws `count` seeded photo-like pictures and writes them to `folder` as JPEG, 4:2:0, about 80 kB for
 * 500 x 375. Octaves of noise that weaken as they get finer give the 1/f spectrum of photographs.
 */
export async function writePhotos(folder, { count, width, height, seed }) {
  await mkdir(folder, { recursive: true });
  const random = randomNumbers(seed);
  const paths = [];
  for (let i = 0; i < count; i++) {
    const data = drawPhoto(width, height, random);
    const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 95 })
      .toBuffer();
    paths.push(join(folder, `photo-${String(i).padStart(3, "0")}.jpg`));
    await writeFile(paths[i], jpeg);
  }
  return paths;
}

function drawPhoto(width, height, random) {
  const levels = new Float64Array(width * height * 3).fill(125);
  for (let cell = 256, strength = 60; cell >= 1; cell /= 2, strength *= 0.8) {
    addNoise(levels, width, height, cell, strength, random);
  }
  return Uint8Array.from(levels, (level) => Math.min(255, Math.max(0, Math.round(level))));
}

/** Noise on a lattice of `cell` pixels, interpolated; two thirds of it common to the three channels. */
function addNoise(levels, width, height, cell, strength, random) {
  const columns = Math.ceil(width / cell) + 1;
  const rows = Math.ceil(height / cell) + 1;
  const lattice = new Float64Array(columns * rows * 3);
  for (let i = 0; i < lattice.length; i += 3) {
    const common = random() * 2 - 1;
    for (let c = 0; c < 3; c++) lattice[i + c] = strength * (common + random() - 0.5) * (2 / 3);
  }
  for (let y = 0, to = 0; y < height; y++) {
    const row = Math.floor(y / cell);
    const down = y / cell - row;
    for (let x = 0; x < width; x++) {
      const column = Math.floor(x / cell);
      const across = x / cell - column;
      const corner = (row * columns + column) * 3;
      for (let c = 0; c < 3; c++, to++) {
        const above = lattice[corner + c] * (1 - across) + lattice[corner + 3 + c] * across;
        const under = corner + columns * 3 + c;
        const below = lattice[under] * (1 - across) + lattice[under + 3] * across;
        levels[to] += above * (1 - down) + below * down;
      }
    }
  }
}

/** Uniform in [0, 1): mulberry32. */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
