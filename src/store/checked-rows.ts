import { types } from "node:util";
import { listed, NearlabelError } from "../errors.js";
import { type Matrix, row } from "../math/matrix.js";
import { norm } from "../math/vector.js";
import { type Cell, type Rows, rowCount } from "./rows.js";
import type { Column, ColumnType } from "./shape.js";

/** How far from 1 the length of a stored vector may be. Float16 rounding of a unit vector stays well below. */
const NORM_TOLERANCE = 1e-3;

/** What a table expects of its rows. */
interface Expected {
  readonly key: string;
  readonly columns: Readonly<Record<string, Column>>;
  /** Length of the vectors; 0 for rows without. */
  readonly dimension: number;
}

/**
 * What LanceDB takes without a word and then answers wrongly: vectors of another dimension, with numbers that
 * are not finite or of another length than 1, keys that are there twice, and cells of another type.
 *
 * @throws NearlabelError `VECTOR_INVALID` or `TABLE_ROW_INVALID`, which name the row.
 */
export function checkRows({ key, columns, dimension }: Expected, rows: Rows): void {
  const count = rowCount(rows);
  const keys = (rows.columns[key] ?? []) as readonly string[];
  const nameOf = (index: number) => `row ${index} (${JSON.stringify(keys[index])})`;
  if (dimension > 0) {
    checkVectors(rows.vectors ?? { data: new Float32Array(), rows: 0, columns: 0 }, dimension, nameOf);
  }
  const unknown = Object.keys(rows.columns).filter((name) => !columns[name]);
  if (unknown.length > 0) throw new TypeError(`The table has no column ${unknown.join(", ")}`);
  for (const [name, column] of Object.entries(columns)) {
    const cells = rows.columns[name];
    if (!cells && column.nullable) continue;
    if (cells?.length !== count)
      throw new TypeError(`Expected ${count} cells in ${name}, got ${cells?.length}`);
    checkCells(name, column, cells, nameOf);
  }
  const repeated = repeatedKeys(keys);
  if (repeated.length > 0) {
    throw new NearlabelError(
      "TABLE_ROW_INVALID",
      `Nothing was written: ${key} must be unique, but there is more than one row of ${listed(repeated)}.`,
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

function checkCells(
  name: string,
  { type, nullable = false }: Column,
  cells: readonly Cell[],
  nameOf: (index: number) => string,
): void {
  const fits = FITS[type];
  for (const [index, cell] of cells.entries()) {
    if (cell === null ? nullable : fits(cell)) continue;
    throw new NearlabelError(
      "TABLE_ROW_INVALID",
      `Nothing was written: expected ${name} of ${nameOf(index)} to be ${EXPECTED[type]}${nullable ? " or null" : ""}, got ${typeof cell === "bigint" ? `${cell}n` : JSON.stringify(cell)}.`,
    );
  }
}

// Half of a surrogate pair cannot be stored as UTF-8: it would come back as another character.
const isText = (cell: unknown) => typeof cell === "string" && cell.isWellFormed();
const isNumber = (cell: unknown) => typeof cell === "number";

/** What a cell that is not null has to be: LanceDB would store another number, or another text, or end the process. */
const FITS: Readonly<Record<ColumnType, (cell: Cell) => boolean>> = {
  string: isText,
  strings: (cell) => Array.isArray(cell) && cell.every(isText),
  int32: (cell) => Number.isInteger(cell) && cell === (Number(cell) | 0),
  int64: (cell) => typeof cell === "bigint" && cell === BigInt.asIntN(64, cell),
  float32: isNumber,
  float64: isNumber,
  numbers: (cell) => Array.isArray(cell) && cell.every(isNumber),
  boolean: (cell) => typeof cell === "boolean",
  timestamp: (cell) => types.isDate(cell) && Number.isFinite(cell.getTime()),
};

const EXPECTED: Readonly<Record<ColumnType, string>> = {
  string: "text in valid Unicode",
  strings: "a list of texts in valid Unicode",
  int32: "a whole number of 32 bits",
  int64: "a bigint of 64 bits",
  float32: "a number",
  float64: "a number",
  numbers: "a list of numbers",
  boolean: "true or false",
  timestamp: "a valid date",
};

function repeatedKeys(keys: readonly string[]): string[] {
  const seen = new Set<string>();
  return keys.filter((key) => seen.size === seen.add(key).size);
}
