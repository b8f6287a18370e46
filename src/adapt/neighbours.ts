import { type Matrix, topK } from "../math/vector.js";

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
        dotsWith(matrix, i, matrix, from, endB, dots);
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
    dotsWith(matrix, i, others, 0, others.rows, dots);
    for (const [place, j] of topK(dots, kept).entries()) {
      positions[i * kept + place] = j;
      cosines[i * kept + place] = dots[j]!;
    }
  }
  return { size: kept, positions, cosines };
}

/** Dot products of row `i` of `a` with the rows `[from, end)` of `b`, four at a time so that sums run side by side. */
function dotsWith(a: Matrix, i: number, b: Matrix, from: number, end: number, out: Float64Array): void {
  const { columns } = a;
  const x = a.data;
  const y = b.data;
  const start = i * columns;
  let j = from;
  for (; j + 4 <= end; j += 4) {
    let p = j * columns;
    let q = p + columns;
    let r = q + columns;
    let s = r + columns;
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let k = start; k < start + columns; k++) {
      const value = x[k]!;
      s0 += value * y[p++]!;
      s1 += value * y[q++]!;
      s2 += value * y[r++]!;
      s3 += value * y[s++]!;
    }
    out[j - from] = s0;
    out[j - from + 1] = s1;
    out[j - from + 2] = s2;
    out[j - from + 3] = s3;
  }
  for (; j < end; j++) {
    let sum = 0;
    for (let k = 0; k < columns; k++) sum += x[start + k]! * y[j * columns + k]!;
    out[j - from] = sum;
  }
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
