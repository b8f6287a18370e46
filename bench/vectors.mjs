import { row } from "../dist/math/matrix.js";
import { randomGenerator } from "../dist/math/random.js";
import { normalise } from "../dist/math/vector.js";

/** `rows` x `columns`, the same for the same seed: rows of unit length, drawn from a cube about 0. */
export function unitRows(rows, columns, seed) {
  const generator = randomGenerator(seed);
  const data = Float32Array.from({ length: rows * columns }, () => generator.next());
  const matrix = { data, rows, columns };
  for (let r = 0; r < rows; r++) data.set(normalise(row(matrix, r)), r * columns);
  return matrix;
}
