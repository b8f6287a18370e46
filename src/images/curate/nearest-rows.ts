import { type Matrix, rowsAt } from "../../math/matrix.js";
import { randomGenerator, uniformInt } from "../../math/random.js";
import { keepLargest, type Largest } from "../../math/top-k.js";
import { similarityBlocks } from "../../scoring/similarities.js";

/**
 * The `kept` rows of `others` nearest to each row of `matrix` by cosine, nearest first.
 *
 * @param kept from 1; fewer where there are fewer others
 */
export async function nearestRows(
  matrix: Matrix,
  others: Matrix,
  kept: number,
  signal?: AbortSignal,
): Promise<Largest> {
  const size = Math.min(kept, others.rows);
  const nearest = {
    kept: size,
    positions: new Int32Array(matrix.rows * size),
    values: new Float64Array(matrix.rows * size),
  };
  for await (const { first, rows, similarities } of similarityBlocks(matrix, others)) {
    signal?.throwIfAborted();
    for (let r = 0; r < rows; r++) {
      keepLargest(similarities.subarray(r * others.rows, (r + 1) * others.rows), nearest, first + r);
    }
  }
  return nearest;
}

/** Some rows of a matrix, at random but the same for the same seed; all where there are no more than `count`. */
export function drawnRows(matrix: Matrix, count: number, seed: number): Matrix {
  if (matrix.rows <= count) return matrix;
  return rowsAt(matrix, drawnPositions(matrix.rows, count, seed));
}

/** `count` of the positions below `size`, each once, in rising order (Floyd's algorithm). */
export function drawnPositions(size: number, count: number, seed: number): number[] {
  const generator = randomGenerator(seed);
  const drawn = new Set<number>();
  for (let last = size - Math.min(count, size); last < size; last++) {
    const position = uniformInt(generator, 0, last);
    drawn.add(drawn.has(position) ? last : position);
  }
  return [...drawn].sort((a, b) => a - b);
}
