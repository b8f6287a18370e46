import { type Matrix, row } from "../math/matrix.js";
import { rowDots } from "../math/products.js";
import type { Values } from "../onnx/graph.js";
import { scoringNetwork } from "./scoring-networks.js";

/** Products of two numbers, from which on ONNX Runtime's matrix multiplication is used: about 30 ms of a plain loop. */
const MANY_PRODUCTS = 2 ** 25;

/** Similarities computed at a time, 8 MB in double precision. */
const BLOCK = 2 ** 20;
/** Rows of `others` in one multiplication, which takes them in double precision. */
const OTHERS = 8192;

/**
 * Dot products of each row of `matrix` with all rows of `others`, summed in double precision: one array a row, in order.
 * Both must have the same columns. Where there are many, sums may differ from those of `dot` in the order of summing,
 * which is a matter of 1e-16 for unit-length rows. Memory beside the input is bounded, but for one row's result.
 */
export async function* similarityRows(matrix: Matrix, others: Matrix): AsyncGenerator<Float64Array> {
  if (matrix.rows * others.rows * matrix.columns < MANY_PRODUCTS) {
    for (let r = 0; r < matrix.rows; r++) yield rowDots(row(matrix, r), others);
    return;
  }
  const size = Math.max(1, Math.floor(BLOCK / others.rows));
  for (let start = 0; start < matrix.rows; start += size) {
    const block = rows(matrix, start, start + size);
    const similarities = await multiplied(block, others);
    for (let r = 0; r < block.rows; r++) {
      yield similarities.subarray(r * others.rows, (r + 1) * others.rows);
    }
  }
}

/** `matrix` x `others` transposed. */
async function multiplied(matrix: Matrix, others: Matrix): Promise<Float64Array> {
  const network = await scoringNetwork("similarities");
  const all = new Float64Array(matrix.rows * others.rows);
  for (let start = 0; start < others.rows; start += OTHERS) {
    const part = rows(others, start, start + OTHERS);
    const inputs = { left: valuesOf(matrix), right: valuesOf(part) };
    const [{ data }] = (await network.run(inputs, ["similarities"])) as [Values];
    for (let r = 0; r < matrix.rows; r++) {
      all.set(data.subarray(r * part.rows, (r + 1) * part.rows), r * others.rows + start);
    }
  }
  return all;
}

/** Rows `start` up to `end` or the last, as a view. */
export function rows({ data, rows: count, columns }: Matrix, start: number, end: number): Matrix {
  const last = Math.min(end, count);
  return { data: data.subarray(start * columns, last * columns), rows: last - start, columns };
}

export function valuesOf({ data, rows: count, columns }: Matrix): Values {
  return { data, shape: [count, columns] };
}
