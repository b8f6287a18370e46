import { type Matrix, meanRow, row } from "../../math/matrix.js";
import { normalise } from "../../math/vector.js";
import type { Rows } from "../../store/rows.js";

/**
 * What an index is tuned on: rows as they are, which pictures as queries are like, and rows less their mean, which are further
 * from all rows, as texts are.
 */
export function tuningQueries(
  { vectors }: Rows,
  dimension: number,
): { readonly vectors: Float32Array[]; readonly groups: number[] } {
  const matrix = vectors as Matrix;
  const mean = matrix.rows > 0 ? meanRow(matrix) : new Float32Array(dimension);
  const queries: Float32Array[] = [];
  const groups: number[] = [];
  for (let at = 0; at < matrix.rows; at++) {
    queries.push(normalise(row(matrix, at)));
    groups.push(0);
    const less = row(matrix, at).map((value, i) => value - mean[i]!);
    if (Math.hypot(...less) < 1e-3) continue;
    queries.push(normalise(less));
    groups.push(1);
  }
  return { vectors: queries, groups };
}
