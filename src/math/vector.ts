/** A row-major matrix: row `r` is `data.subarray(r * columns, (r + 1) * columns)`. */
export interface Matrix {
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

/** Row `index` of `matrix`, as a view that shares its memory. */
export function row(matrix: Matrix, index: number): Float32Array {
  return matrix.data.subarray(index * matrix.columns, (index + 1) * matrix.columns);
}

/** A matrix of the given rows, which must all have the same length. `columns` is needed only for no rows. */
export function matrixOf(rows: readonly ArrayLike<number>[], columns = rows[0]?.length ?? 0): Matrix {
  const data = new Float32Array(rows.length * columns);
  for (const [index, values] of rows.entries()) {
    if (values.length !== columns) {
      throw new TypeError(`Expected row ${index} to have ${columns} numbers, got ${values.length}`);
    }
    data.set(values, index * columns);
  }
  return { data, rows: rows.length, columns };
}

/** Dot product, summed in double precision. Both must have the same length. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/**
 * Dot products of `vector` with each row of `matrix`, each summed as `dot` sums it. Four rows at a time, as within one sum each
 * addition has to wait for the one before.
 */
export function rowDots(vector: Float32Array, matrix: Matrix): Float64Array {
  const { data, rows, columns } = matrix;
  const products = new Float64Array(rows);
  let first = 0;
  for (; first + 4 <= rows; first += 4) {
    const a = first * columns;
    const [b, c, d] = [a + columns, a + 2 * columns, a + 3 * columns];
    let [inA, inB, inC, inD] = [0, 0, 0, 0];
    for (let i = 0; i < columns; i++) {
      const value = vector[i]!;
      inA += value * data[a + i]!;
      inB += value * data[b + i]!;
      inC += value * data[c + i]!;
      inD += value * data[d + i]!;
    }
    products[first] = inA;
    products[first + 1] = inB;
    products[first + 2] = inC;
    products[first + 3] = inD;
  }
  for (; first < rows; first++) products[first] = dot(vector, row(matrix, first));
  return products;
}

/** Euclidean length. */
export function norm(vector: ArrayLike<number>): number {
  return Math.sqrt(dot(vector, vector));
}

/** `vector` at unit length. A zero vector stays zero; its similarity to everything is 0. */
export function normalise(vector: Float32Array): Float32Array {
  const length = norm(vector);
  return length === 0 ? vector.slice() : divided(vector, length);
}

/** Each number of `vector` divided by `divisor`. */
export function divided(vector: Float32Array, divisor: number): Float32Array {
  const quotients = new Float32Array(vector.length);
  // A loop, as a callback for each number takes three times as long.
  for (let i = 0; i < quotients.length; i++) quotients[i] = vector[i]! / divisor;
  return quotients;
}

/** Every row of `matrix` at unit length. */
export function normaliseRows(matrix: Matrix): Matrix {
  const data = new Float32Array(matrix.data.length);
  for (let r = 0; r < matrix.rows; r++) data.set(normalise(row(matrix, r)), r * matrix.columns);
  return { ...matrix, data };
}

/** Mean of the rows of `matrix`, summed in double precision. `matrix` must have at least one row. */
export function meanRow(matrix: Matrix): Float32Array {
  const sums = new Float64Array(matrix.columns);
  for (let i = 0; i < matrix.data.length; i++) sums[i % matrix.columns]! += matrix.data[i]!;
  return Float32Array.from(sums, (sum) => sum / matrix.rows);
}

/** exp(x_i) / sum exp(x_j), shifted by the maximum so that large logits do not overflow. In (0, 1], sums to 1. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) max = Math.max(max, logits[i]!);
  // Loops, as callbacks for each number take six times as long.
  const scores = new Float64Array(logits.length);
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    scores[i] = Math.exp(logits[i]! - max);
    sum += scores[i]!;
  }
  for (let i = 0; i < scores.length; i++) scores[i]! /= sum;
  return scores;
}

/** 1 / (1 + exp(-x)), each on its own. In [0, 1]. */
export function sigmoid(logits: ArrayLike<number>): Float64Array {
  return Float64Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)));
}

/** Up to this many are picked in one pass; for more, sorting all is faster. */
const SELECT_AT_MOST = 64;

/**
 * Positions of the `k` largest values, largest first; equal values keep their order. One pass with a sorted window for
 * the few that classification asks for, O(n k) at worst and O(n) on most inputs; O(n log n) for many.
 */
export function topK(values: ArrayLike<number>, k: number): number[] {
  const size = Math.min(k, values.length);
  if (size <= 0) return [];
  return size > SELECT_AT_MOST ? sortedPositions(values).slice(0, size) : selectedPositions(values, size);
}

function sortedPositions(values: ArrayLike<number>): number[] {
  return Array.from(values, (_, position) => position).sort((a, b) => values[b]! - values[a]! || a - b);
}

function selectedPositions(values: ArrayLike<number>, size: number): number[] {
  const best: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (best.length === size && !(value > values[best[size - 1]!]!)) continue;
    if (best.length === size) best.pop();
    let at = best.length;
    while (at > 0 && value > values[best[at - 1]!]!) at--;
    best.splice(at, 0, i);
  }
  return best;
}
