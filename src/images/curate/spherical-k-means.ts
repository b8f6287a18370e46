import { type Matrix, matrixOf, row, rowsAt } from "../../math/matrix.js";
import { randomGenerator, uniformFloat64 } from "../../math/random.js";
import { dot, norm, normalise } from "../../math/vector.js";
import { drawnPositions, nearestRows } from "./nearest-rows.js";

/** Rows that the centres are found on: more move them little. */
const SAMPLE = 20_000;
const ROUNDS = 25;

/**
 * Centres of clusters of unit vectors by cosine (Dhillon & Modha 2001), begun far apart as k-means++ does (Arthur & Vassilvitskii 2007).
 *
 * @param count at most the number of rows
 * @returns unit-length rows
 */
export async function sphericalKMeans(
  vectors: Matrix,
  count: number,
  seed: number,
  signal?: AbortSignal,
): Promise<Matrix> {
  const sample =
    vectors.rows <= SAMPLE ? vectors : rowsAt(vectors, drawnPositions(vectors.rows, SAMPLE, seed));
  let centres = farApart(sample, count, seed);
  let before: Int32Array | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const { positions } = await nearestRows(sample, centres, 1, signal);
    if (before?.every((cluster, at) => cluster === positions[at])) break;
    centres = meansOf(sample, positions, centres);
    before = positions;
  }
  return centres;
}

function farApart(vectors: Matrix, count: number, seed: number): Matrix {
  const generator = randomGenerator(seed);
  const chosen = [Math.floor(uniformFloat64(generator) * vectors.rows)];
  const distances = new Float64Array(vectors.rows).fill(Number.POSITIVE_INFINITY);
  while (chosen.length < count) {
    const last = row(vectors, chosen.at(-1)!);
    let sum = 0;
    for (let at = 0; at < vectors.rows; at++) {
      distances[at] = Math.min(distances[at]!, Math.max(0, 1 - dot(row(vectors, at), last)));
      sum += distances[at]!;
    }
    chosen.push(drawnByWeight(distances, uniformFloat64(generator) * sum) ?? chosen.length);
  }
  return rowsAt(vectors, chosen);
}

/** Where the sum of the weights passes `mark`; undefined where it does not: by rounding, or as all are 0. */
function drawnByWeight(weights: Float64Array, mark: number): number | undefined {
  let left = mark;
  for (let at = 0; at < weights.length; at++) {
    left -= weights[at]!;
    if (left < 0) return at;
  }
  return undefined;
}

/** The unit mean of each cluster; one that lost all rows, or whose rows cancel out, stays where it was. */
function meansOf(vectors: Matrix, clusters: Int32Array, before: Matrix): Matrix {
  const sums = Array.from({ length: before.rows }, () => new Float32Array(before.columns));
  for (const [at, cluster] of clusters.entries()) {
    const [sum, values] = [sums[cluster]!, row(vectors, at)];
    for (let i = 0; i < sum.length; i++) sum[i]! += values[i]!;
  }
  return matrixOf(sums.map((sum, cluster) => (norm(sum) > 0 ? normalise(sum) : row(before, cluster))));
}
