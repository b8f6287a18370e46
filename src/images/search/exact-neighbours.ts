import { type Matrix, matrixOf } from "../../math/matrix.js";
import { topK } from "../../math/top-k.js";
import { similarityRows } from "../../scoring/similarities.js";
import type { Cell } from "../../store/rows.js";
import { VECTOR } from "../../store/shape.js";
import type { Table } from "../../store/table.js";

/** Rows that are compared at a time. */
const BLOCK = 4096;

/**
 * The keys of the `k` rows nearest to each query, in one pass over the table: for many queries far quicker than exact searches,
 * of which each reads all of it.
 */
export async function exactNeighbours(
  table: Table,
  queries: readonly Float32Array[],
  { key, k }: { key: string; k: number },
): Promise<string[][]> {
  const matrix = matrixOf(queries);
  const best = queries.map(() => ({ keys: [] as string[], similarities: [] as number[] }));
  for await (const { keys, vectors } of blocks(table, key)) {
    let query = 0;
    for await (const similarities of similarityRows(matrix, vectors)) {
      const near = best[query++]!;
      const added = topK(similarities, k);
      const all = [...near.similarities, ...added.map((at) => similarities[at]!)];
      const names = [...near.keys, ...added.map((at) => keys[at]!)];
      const order = topK(all, k);
      near.similarities = order.map((at) => all[at]!);
      near.keys = order.map((at) => names[at]!);
    }
  }
  return best.map(({ keys }) => keys);
}

/** The rows of a table some thousand at a time; fragments of a table can be small. */
async function* blocks(table: Table, key: string): AsyncGenerator<{ keys: string[]; vectors: Matrix }> {
  let held: { keys: readonly Cell[]; vectors: Matrix }[] = [];
  let rows = 0;
  for await (const { columns, vectors } of table.scan({ columns: [key, VECTOR] })) {
    held.push({ keys: columns[key]!, vectors: vectors! });
    rows += vectors!.rows;
    if (rows < BLOCK) continue;
    yield joined(held, rows);
    held = [];
    rows = 0;
  }
  if (rows > 0) yield joined(held, rows);
}

function joined(parts: readonly { keys: readonly Cell[]; vectors: Matrix }[], rows: number) {
  const [{ vectors }] = parts as [(typeof parts)[number]];
  const keys = parts.flatMap((part) => part.keys as readonly string[]);
  if (parts.length === 1) return { keys, vectors };
  const data = new Float32Array(rows * vectors.columns);
  let at = 0;
  for (const part of parts) {
    data.set(part.vectors.data, at);
    at += part.vectors.data.length;
  }
  return { keys, vectors: { data, rows, columns: vectors.columns } };
}
