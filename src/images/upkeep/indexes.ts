import { ensureVectorIndex, lackedVectorIndex, type VectorIndexName } from "../search/vector-index.js";
import type { ImageTable } from "../table/image-table.js";

/** Pictures from which paths and ids are found through an index. */
export const SCALAR_ROWS = 10_000;
const SCALAR_COLUMNS = ["path", "id"];
/**
 * Rows that such an index may lack: whoever looks for rows compares each of those. To build it anew costs less than a compaction, which
 * takes them in as well.
 */
const LACKED_ROWS = 1000;

/**
 * Builds the indexes that a table of this size should have and has not yet, and those of paths and ids anew that lack many rows. After
 * compaction, which would cost some of them again.
 */
export async function buildIndexes(images: ImageTable, wanted?: VectorIndexName): Promise<void> {
  await buildScalarIndexes(images);
  await ensureVectorIndex(images.table, wanted);
}

/** The same for paths and ids alone, which takes a second for a million pictures. */
export async function buildScalarIndexes(images: ImageTable): Promise<void> {
  for (const column of await lackedScalarIndexes(images)) await images.table.createIndex(column, "btree");
}

/** Whether {@link buildIndexes} has something to do. */
export async function lacksIndexes(images: ImageTable): Promise<boolean> {
  return (await lacksScalarIndexes(images)) || (await lackedVectorIndex(images.table)) !== undefined;
}

/** Whether {@link buildScalarIndexes} has something to do. */
export async function lacksScalarIndexes(images: ImageTable): Promise<boolean> {
  return (await lackedScalarIndexes(images)).length > 0;
}

async function lackedScalarIndexes({ table }: ImageTable): Promise<string[]> {
  if ((await table.count()) < SCALAR_ROWS) return [];
  const whole = (await table.indexes()).filter(({ unindexedRows }) => unindexedRows < LACKED_ROWS);
  return SCALAR_COLUMNS.filter((column) => !whole.some((index) => index.column === column));
}
