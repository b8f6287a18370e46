import { normalise } from "./vector.js";

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

/** Rows from `start` up to `end` or the last, as a view that shares the memory of `matrix`. */
export function rowRange({ data, rows, columns }: Matrix, start: number, end: number): Matrix {
  const last = Math.min(end, rows);
  return { data: data.subarray(start * columns, last * columns), rows: last - start, columns };
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

/** The rows of `matrix` at `positions`, in that order: a copy. */
export function rowsAt(matrix: Matrix, positions: readonly number[]): Matrix {
  const { columns } = matrix;
  const data = new Float32Array(positions.length * columns);
  for (const [to, from] of positions.entries()) data.set(row(matrix, from), to * columns);
  return { data, rows: positions.length, columns };
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
