import type { Table as LanceTable } from "@lancedb/lancedb";
import { loadLanceDb } from "./lancedb.js";
import { VECTOR } from "./shape.js";

/** Finds rows by a column's values: `btree` by ranges and equality, `bitmap` where there are few values, `labelList` in lists. */
export type ScalarIndexKind = "btree" | "bitmap" | "labelList";

/**
 * Finds near vectors without comparing all: `ivfRq` is built in seconds and compact, `hnswSq` answers fastest, is built in
 * minutes and again whenever rows are compacted.
 */
type VectorIndexKind = "ivfRq" | "hnswSq";

/** How a vector index is built. */
export interface VectorIndexOptions {
  readonly kind: VectorIndexKind;
  /** Parts of the space, of which a search looks at some. Default: LanceDB's choice by the number of rows. */
  readonly partitions?: number | undefined;
}

/** An index of a table. */
export interface TableIndex {
  readonly name: string;
  readonly column: string;
  readonly kind: ScalarIndexKind | VectorIndexKind | "other";
  /** Rows that are found through it. */
  readonly indexedRows: number;
  /** Rows that were written since it was built; a search compares with each of them. `optimize` takes them in. */
  readonly unindexedRows: number;
}

/** Rows a partition that partitions are found from. LanceDB's 256 take half of the time of a million rows, and find nothing more. */
const SAMPLE_RATE = 64;

const KINDS: Readonly<Record<string, TableIndex["kind"]>> = {
  BTREE: "btree",
  BITMAP: "bitmap",
  LABELLIST: "labelList",
  IVFRQ: "ivfRq",
  IVFHNSWSQ: "hnswSq",
};

/** The indexes of a table. One that LanceDB dropped as all rows were updated is not among them. */
export async function listIndexes(table: LanceTable): Promise<TableIndex[]> {
  const configs = await table.listIndices();
  return Promise.all(
    configs.map(async ({ name, columns, indexType }) => {
      const stats = await table.indexStats(name);
      return {
        name,
        column: columns[0]!,
        kind: KINDS[indexType.replaceAll("_", "").toUpperCase()] ?? "other",
        indexedRows: stats?.numIndexedRows ?? 0,
        unindexedRows: stats?.numUnindexedRows ?? 0,
      };
    }),
  );
}

/** Builds an index of a column, in the place of one that is there. */
export async function buildScalarIndex(
  table: LanceTable,
  column: string,
  kind: ScalarIndexKind,
): Promise<void> {
  const { lancedb } = await loadLanceDb();
  await table.createIndex(column, { config: lancedb.Index[kind](), replace: true });
}

/** Has a BTREE of a column cover all rows: builds it anew where it does not. */
export async function coverWithBtree(table: LanceTable, column: string): Promise<void> {
  const index = (await listIndexes(table)).find((one) => one.column === column);
  if (index?.kind !== "btree" || index.unindexedRows > 0) await buildScalarIndex(table, column, "btree");
}

/** Builds the vector index, by cosine as every search here is: with another metric it would silently not be used. */
export async function buildVectorIndex(
  table: LanceTable,
  { kind, partitions }: VectorIndexOptions,
): Promise<void> {
  const { lancedb } = await loadLanceDb();
  // Compaction moves rows, which costs a second build of an HNSW index where it comes after the first.
  await compact(table);
  const numPartitions = partitions ?? (kind === "hnswSq" ? 1 : undefined);
  const options = {
    distanceType: "cosine" as const,
    ...(numPartitions && { numPartitions }),
    ...(kind === "ivfRq" && { sampleRate: SAMPLE_RATE }),
  };
  await table.createIndex(VECTOR, { config: lancedb.Index[kind](options), replace: true });
}

/**
 * Joins small files, and takes rows that no index has into the indexes.
 *
 * @param keepSince Versions from before are taken away. Default: none; LanceDB would take those that are older than 7 days.
 */
export async function compact(table: LanceTable, keepSince = new Date(0)): Promise<void> {
  await table.optimize({ cleanupOlderThan: keepSince });
}
