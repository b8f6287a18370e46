import type { Matrix } from "../vector.js";

/**
 * The arithmetic of the tutorial that nearlabel grew from, as published: label embeddings divided by the norm of
 * their *column*, the image embedding left as it is, squared L2 distance. Kept so that what it costs can be seen and
 * measured; classification does not use it.
 */

/** Every column of `matrix` divided by its Euclidean length, which leaves rows of about `sqrt(columns / rows)`. */
export function normaliseColumns(matrix: Matrix): Matrix {
  const squares = new Float64Array(matrix.columns);
  matrix.data.forEach((value, i) => {
    squares[i % matrix.columns]! += value * value;
  });
  const data = matrix.data.map((value, i) => value / Math.sqrt(squares[i % matrix.columns]!));
  return { ...matrix, data };
}

/** Squared Euclidean distances of `vector` to each row of `matrix`, as LanceDB's `l2` gives them. */
export function squaredDistances(vector: Float32Array, matrix: Matrix): Float64Array {
  const distances = new Float64Array(matrix.rows);
  matrix.data.forEach((value, i) => {
    const difference = value - vector[i % matrix.columns]!;
    distances[Math.floor(i / matrix.columns)]! += difference * difference;
  });
  return distances;
}
