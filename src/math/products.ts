import { type Matrix, row } from "./matrix.js";
import { dot } from "./vector.js";

/** Dot products of `vector` with each row of `matrix`, each summed as `dot` sums it. */
export function rowDots(vector: Float32Array, matrix: Matrix): Float64Array {
  const products = new Float64Array(matrix.rows);
  rowDotsInto(products, vector, matrix, 0, matrix.rows);
  return products;
}

/**
 * Writes the dot products of `vector` with the rows `[from, end)` of `matrix` to the beginning of `products`. Four rows at a
 * time, as within one sum each addition has to wait for the one before.
 */
export function rowDotsInto(
  products: Float64Array,
  vector: Float32Array,
  matrix: Matrix,
  from: number,
  end: number,
): void {
  const { data, columns } = matrix;
  let first = from;
  for (; first + 4 <= end; first += 4) {
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
    const at = first - from;
    products[at] = inA;
    products[at + 1] = inB;
    products[at + 2] = inC;
    products[at + 3] = inD;
  }
  for (; first < end; first++) products[first - from] = dot(vector, row(matrix, first));
}
