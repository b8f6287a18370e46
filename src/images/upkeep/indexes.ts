import { ensureVectorIndex, lackedVectorIndex, type VectorIndexName } from "../search/vector-index.js";
import type { ImageTable } from "../table/image-table.js";

/** Pictures from which paths and ids are found through an index. */
export const SCALAR_ROWS = 10_000;
const SCALAR_COLUMNS = ["path", "id"];

/** The indexes that a table of this size should have, and has not yet. After compaction, which would cost some of them again. */
export async function buildIndexes(images: ImageTable, wanted?: VectorIndexName): Promise<void> {
  const { table } = images;
  for (const column of await lackedScalarIndexes(images)) await table.createIndex(column, "btree");
  await ensureVectorIndex(table, wanted);
}

/** Whether {@link buildIndexes} has something to do. */
export async function lacksIndexes(images: ImageTable): Promise<boolean> {
  if ((await lackedScalarIndexes(images)).length > 0) return true;
  return (await lackedVectorIndex(images.table)) !== undefined;
}

async function lackedScalarIndexes({ table }: ImageTable): Promise<string[]> {
  if ((await table.count()) < SCALAR_ROWS) return [];
  const built = new Set((await table.indexes()).map(({ column }) => column));
  return SCALAR_COLUMNS.filter((column) => !built.has(column));
}
