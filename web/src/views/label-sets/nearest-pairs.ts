import { type Matrix, row } from "../../../../src/math/matrix.js";
import { dot } from "../../../../src/math/vector.js";

/** Two labels, and the cosine between their class embeddings. */
export interface Pair {
  readonly first: number;
  readonly second: number;
  readonly similarity: number;
}

/** The `count` pairs of rows that are most alike, the most first. Of equal ones the earlier. */
export function nearestPairs(embeddings: Matrix, count: number): readonly Pair[] {
  const best: Pair[] = [];
  for (let first = 0; first < embeddings.rows; first++) {
    for (let second = first + 1; second < embeddings.rows; second++) {
      const similarity = dot(row(embeddings, first), row(embeddings, second));
      if (best.length === count && similarity <= best.at(-1)!.similarity) continue;
      const at = best.findIndex((pair) => pair.similarity < similarity);
      best.splice(at < 0 ? best.length : at, 0, { first, second, similarity });
      if (best.length > count) best.pop();
    }
  }
  return best;
}
