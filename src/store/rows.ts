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

/**
 * Rows that come some at a time, put together with one copy of the vectors in memory.
 *
 * @param expected about how many will come
 */
export function gatherRows(
  { columns, dimension }: { readonly columns: Readonly<Record<string, unknown>>; readonly dimension: number },
  expected: number,
): { add(batch: Rows): void; rows(): Rows } {
  const cells: Record<string, Cell[]> = Object.fromEntries(Object.keys(columns).map((name) => [name, []]));
  let data = new Float32Array(expected * dimension);
  let filled = 0;

  function addVectors({ data: more }: Matrix) {
    if (filled + more.length > data.length) {
      const larger = new Float32Array(2 * (filled + more.length));
      larger.set(data);
      data = larger;
    }
    data.set(more, filled);
    filled += more.length;
  }

  return {
    add({ columns: more, vectors }) {
      for (const [name, column] of Object.entries(more)) for (const cell of column) cells[name]!.push(cell);
      if (vectors) addVectors(vectors);
    },
    rows() {
      if (dimension === 0) return { columns: cells };
      const whole = filled === data.length ? data : data.slice(0, filled);
      return { columns: cells, vectors: { data: whole, rows: filled / dimension, columns: dimension } };
    },
  };
}
