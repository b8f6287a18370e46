/**
 * What the cells of a column are: `strings` and `numbers` are lists, int64 cells are of type bigint, `timestamp` cells are
 * dates in milliseconds.
 */
export type ColumnType =
  | "string"
  | "strings"
  | "int32"
  | "int64"
  | "float32"
  | "float64"
  | "numbers"
  | "boolean"
  | "timestamp";

export interface Column {
  readonly type: ColumnType;
  /** Default false: every row has a value. */
  readonly nullable?: boolean;
}

/** How vectors are stored: a float16 one takes half the space of float32, and is within 0.05 % of it. */
export type Precision = "float32" | "float16";

/** What is always true of a table. Columns that it has beside these, of users' own, are read and written as well. */
export interface TableShape {
  /** Letters, digits, `_`, `-` and `.`, as LanceDB demands. */
  readonly name: string;
  /** The column that tells rows apart. Must hold strings. */
  readonly key: string;
  readonly columns: Readonly<Record<string, Column>>;
  /** What filters may call an expression of the columns, beside these. A column of that name comes before. */
  readonly expressions?: Readonly<Record<string, string>>;
  /** Whether every row has a unit vector, in the column `vector`. */
  readonly vectors: boolean;
}

/** The column of a table's vectors. */
export const VECTOR = "vector";

/** The column whose metadata hold the annotations: LanceDB can change those of a column without writing its rows again. */
export function annotatedColumn({ vectors, key }: TableShape): string {
  return vectors ? VECTOR : key;
}
