import { randomGenerator, uniformInt } from "../math/random.js";

const SEED = 20;

/** Positions of at most `count` of `rows` rows, rising, without repeats: the same ones at every call. */
export function drawPositions(rows: number, count: number): number[] {
  if (rows <= count) return Array.from({ length: rows }, (_, at) => at);
  const generator = randomGenerator(SEED);
  const drawn = new Set<number>();
  while (drawn.size < count) drawn.add(uniformInt(generator, 0, rows - 1));
  return [...drawn].sort((a, b) => a - b);
}
