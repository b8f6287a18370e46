import { type Matrix, row } from "../math/matrix.js";
import { rowDotsInto } from "../math/products.js";
import { topK } from "../math/top-k.js";

/** For each row of a matrix its nearest among others: `size` positions and cosines a row, nearest first. */
export interface Neighbours {
  readonly size: number;
  readonly positions: Int32Array;
  readonly cosines: Float64Array;
}

/** Rows of a block: two blocks of 512 numbers a row stay in a core's cache. */
const BLOCK = 64;

/**
 * The `size` nearest other rows of each row by dot product, exact; equal ones in the order of the rows. Each pair is
 * multiplied once, block by block; memory is that of the result, not rows x rows.
 */
export function nearestOthers(matrix: Matrix, size: number): Neighbours {
  const kept = Math.max(0, Math.min(size, matrix.rows - 1));
  const positions = new Int32Array(matrix.rows * kept).fill(-1);
  const cosines = new Float64Array(matrix.rows * kept).fill(Number.NEGATIVE_INFINITY);
  const dots = new Float64Array(BLOCK);
  for (let a = 0; a < matrix.rows; a += BLOCK) {
    for (let b = a; b < matrix.rows; b += BLOCK) {
      const endB = Math.min(b + BLOCK, matrix.rows);
      for (let i = a; i < Math.min(a + BLOCK, matrix.rows); i++) {
        const from = Math.max(b, i + 1);
        rowDotsInto(dots, row(matrix, i), matrix, from, endB);
        for (let j = from; j < endB; j++) {
          const cosine = dots[j - from]!;
          keep(positions, cosines, i * kept, kept, j, cosine);
          keep(positions, cosines, j * kept, kept, i, cosine);
        }
      }
    }
  }
  return { size: kept, positions, cosines };
}

/** The `size` rows of `others` nearest to each row of `matrix` by dot product, exact. */
export function nearestIn(others: Matrix, matrix: Matrix, size: number): Neighbours {
  const kept = Math.min(size, others.rows);
  const positions = new Int32Array(matrix.rows * kept);
  const cosines = new Float64Array(matrix.rows * kept);
  const dots = new Float64Array(others.rows);
  for (let i = 0; i < matrix.rows; i++) {
    rowDotsInto(dots, row(matrix, i), others, 0, others.rows);
    for (const [place, j] of topK(dots, kept).entries()) {
      positions[i * kept + place] = j;
      cosines[i * kept + place] = dots[j]!;
    }
  }
  return { size: kept, positions, cosines };
}

/** Puts a neighbour in its place among those kept. Rows come in order, so the earlier of two equal ones stays first. */
function keep(
  positions: Int32Array,
  cosines: Float64Array,
  start: number,
  size: number,
  position: number,
  cosine: number,
): void {
  let at = start + size;
  while (at > start && cosine > cosines[at - 1]!) at--;
  if (at === start + size) return;
  cosines.copyWithin(at + 1, at, start + size - 1);
  positions.copyWithin(at + 1, at, start + size - 1);
  cosines[at] = cosine;
  positions[at] = position;
}
