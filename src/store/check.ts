import { listed, NearlabelError } from "../errors.js";
import { type Matrix, row } from "../math/matrix.js";
import { norm } from "../math/vector.js";
import type { Rows, TableShape } from "./rows.js";

/** How far from 1 the length of a stored vector may be. Float16 rounding of a unit vector stays well below. */
const NORM_TOLERANCE = 1e-3;

/**
 * What LanceDB takes without a word and then answers wrongly: vectors of another dimension, with numbers that
 * are not finite or of another length than 1, and keys that are there twice.
 *
 * @throws NearlabelError `VECTOR_INVALID`, which names the row, or `WRITE_FAILED` for the keys.
 */
export function checkRows(shape: TableShape, dimension: number, { columns, vectors }: Rows): void {
  const keys = (columns[shape.key] ?? []) as readonly string[];
  checkVectors(vectors, dimension, (index) => `row ${index} (${JSON.stringify(keys[index])})`);
  for (const name of Object.keys(shape.columns)) {
    const cells = columns[name]?.length ?? 0;
    if (cells !== vectors.rows)
      throw new TypeError(`Expected ${vectors.rows} cells in ${name}, got ${cells}`);
  }
  const repeated = repeatedKeys(keys);
  if (repeated.length > 0) {
    throw new NearlabelError(
      "WRITE_FAILED",
      `Nothing was written: ${shape.key} must be unique, but there is more than one row of ${listed(repeated)}.`,
    );
  }
}

/**
 * Checks that every row has `dimension` finite numbers and length 1, within 0.001.
 *
 * @throws NearlabelError `VECTOR_INVALID`, which names the first row that has not.
 */
export function checkVectors(vectors: Matrix, dimension: number, nameOf: (index: number) => string): void {
  if (vectors.columns !== dimension || vectors.data.length !== vectors.rows * vectors.columns) {
    throw new NearlabelError(
      "VECTOR_INVALID",
      `Expected vectors of ${dimension} numbers, got ${vectors.rows} x ${vectors.columns} with ${vectors.data.length} numbers.`,
    );
  }
  for (let index = 0; index < vectors.rows; index++) {
    const length = norm(row(vectors, index));
    if (Math.abs(length - 1) <= NORM_TOLERANCE) continue;
    const got = Number.isFinite(length)
      ? `length ${Number(length.toPrecision(6))}`
      : "numbers that are not finite";
    throw new NearlabelError(
      "VECTOR_INVALID",
      `The vector of ${nameOf(index)} has ${got}; expected a unit vector, of length 1 within ${NORM_TOLERANCE}.`,
    );
  }
}

function repeatedKeys(keys: readonly string[]): string[] {
  const seen = new Set<string>();
  return keys.filter((key) => seen.size === seen.add(key).size);
}
