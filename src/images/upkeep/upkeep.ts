import { NearlabelError } from "../../errors.js";
import { ensureVectorIndex, type VectorIndexName } from "../search/vector-index.js";
import type { ImageTable } from "../table/image-table.js";

/** Pictures from which paths and ids are found through an index. */
const SCALAR_ROWS = 10_000;
/** Small files that writes leave, from which they are joined. */
const COMPACT_WRITES = 64;
/** The same at the end of a run, and rows that indexes may lack then: a search compares with each of them. */
const LEFT_WRITES = 16;
const LEFT_ROWS = 1000;

/**
 * Looks after a table while it is written to: joins small files when there are many and about as many rows in them as in
 * the others, so that all of it is written twice at most, and builds indexes once they are worth it. Queries go on
 * meanwhile, on the version before.
 */
export class Upkeep {
  readonly #table: ImageTable;
  #writes = 0;
  #rows = 0;

  constructor(table: ImageTable) {
    this.#table = table;
  }

  /** To be told of each write. */
  async afterWrite(rows: number): Promise<void> {
    this.#writes++;
    this.#rows += rows;
    if (this.#writes < COMPACT_WRITES) return;
    if (this.#rows * 2 >= (await this.#table.count())) await this.#compact();
  }

  /** At the end of a run. */
  async finish(): Promise<void> {
    if (this.#writes === 0) return;
    const isIndexed = (await this.#table.table.indexes()).length > 0;
    if (this.#writes >= LEFT_WRITES || (isIndexed && this.#rows >= LEFT_ROWS)) await this.#compact();
    else await unlessOvertaken(() => buildIndexes(this.#table));
  }

  async #compact(): Promise<void> {
    this.#writes = 0;
    this.#rows = 0;
    await unlessOvertaken(() => this.#table.table.optimize());
    await unlessOvertaken(() => buildIndexes(this.#table));
  }
}

/** The indexes that a table of this size should have, and has not yet. After compaction, which would cost some of them again. */
export async function buildIndexes(images: ImageTable, wanted?: VectorIndexName): Promise<void> {
  const { table } = images;
  const rows = await table.count();
  if (rows < SCALAR_ROWS) return;
  const built = new Set((await table.indexes()).map(({ column }) => column));
  for (const column of ["path", "id"]) if (!built.has(column)) await table.createIndex(column, "btree");
  await ensureVectorIndex(table, wanted);
}

/** Upkeep that another program's write overtook can wait for the next time. */
async function unlessOvertaken(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof NearlabelError && error.code === "WRITE_FAILED")) throw error;
  }
}
