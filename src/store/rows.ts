import type { Matrix } from "../math/matrix.js";

/** What one cell holds, beside the vectors. */
export type Cell = string | number | bigint | boolean | Date | readonly string[] | readonly number[] | null;

/** Rows of a table, column by column, and their vectors in the same order. */
export interface Rows {
  readonly columns: Readonly<Record<string, readonly Cell[]>>;
  /** Unit vectors; absent for rows without, or of which only other columns were asked for. */
  readonly vectors?: Matrix;
}

/** Number of rows. */
export function rowCount({ columns, vectors }: Rows): number {
  return vectors?.rows ?? Object.values(columns)[0]?.length ?? 0;
}
