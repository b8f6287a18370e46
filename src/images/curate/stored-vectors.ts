import { type Matrix, matrixOf } from "../../math/matrix.js";
import type { Cell } from "../../store/rows.js";
import { VECTOR } from "../../store/shape.js";
import type { ImageTable } from "../table/image-table.js";
import { noPictures } from "../table/no-pictures.js";

/** Pictures of a table in memory, in the order of their paths, so that a result does not depend on how they lie. */
export interface StoredVectors {
  readonly paths: readonly string[];
  readonly columns: Readonly<Record<string, readonly Cell[]>>;
  readonly vectors: Matrix;
}

/**
 * Reads pictures with some of their columns and their vectors.
 *
 * @throws NearlabelError `TABLE_FILTER_INVALID`; `INPUT_EMPTY` where there are none
 */
export async function readVectors(
  { table, place, info }: ImageTable,
  names: readonly string[],
  where: string | undefined,
): Promise<StoredVectors> {
  const { columns, vectors } = await table.read({ columns: ["path", ...names, VECTOR], where });
  const paths = (columns.path ?? []) as readonly string[];
  if (paths.length === 0) throw noPictures(place, where);
  const order = paths.map((_, at) => at).sort((a, b) => (paths[a]! < paths[b]! ? -1 : 1));
  const sorted = Object.entries(columns).map(([name, cells]) => [name, order.map((at) => cells[at]!)]);
  return {
    paths: order.map((at) => paths[at]!),
    columns: Object.fromEntries(sorted),
    vectors: inOrder(vectors ?? matrixOf([], info.dimension), order),
  };
}

/** Moves whole rows in the memory where they are, cycle by cycle: a copy would double what is held. */
function inOrder(matrix: Matrix, order: readonly number[]): Matrix {
  const { data, columns } = matrix;
  const isDone = new Uint8Array(order.length);
  for (let start = 0; start < order.length; start++) {
    if (isDone[start]) continue;
    const first = data.slice(start * columns, (start + 1) * columns);
    let to = start;
    for (let from = order[to]!; from !== start; from = order[to]!) {
      data.copyWithin(to * columns, from * columns, (from + 1) * columns);
      isDone[to] = 1;
      to = from;
    }
    data.set(first, to * columns);
    isDone[to] = 1;
  }
  return matrix;
}
