import { VECTOR } from "../../store/shape.js";
import type { Table } from "../../store/table.js";
import { exactNeighbours } from "./exact-neighbours.js";
import { tuneSearch } from "./tuning.js";
import { tuningQueries } from "./tuning-queries.js";

/** Up to this many pictures every search compares with all of them, which takes some milliseconds. */
export const EXACT_ROWS = 20_000;
/** Share of the ten nearest pictures that an index has to find. */
const RECALL = 0.99;
/** Asked for a little more than is promised, as it is measured on few queries. */
const MARGIN = 0.002;
/** Rows drawn to tune on. Each makes two queries. */
const TUNING_ROWS = 24;
const KEY = "path";

/** Vector indexes to choose from, the default first. */
export const VECTOR_INDEXES = ["ivf", "hnsw"] as const;
export type VectorIndexName = (typeof VECTOR_INDEXES)[number];

const KINDS = { ivf: "ivfRq", hnsw: "hnswSq" } as const;
/** LanceDB builds IVF_RQ for vectors whose length is a multiple of this alone, as it packs one bit of each number. */
const IVF_MULTIPLE = 8;

/**
 * Builds the vector index of a table that has outgrown exact search, and finds out how to search it; again once the table
 * has twice the rows that it was tuned on, or where another kind of index is wanted. Anything else is left as it is.
 *
 * @param wanted `hnsw` answers somewhat faster and takes minutes to build. Default: the kind that is there, else `ivf`. Vectors
 * whose length is no multiple of 8 get `hnsw`, as LanceDB has no other for them.
 */
export async function ensureVectorIndex(table: Table, wanted?: VectorIndexName): Promise<void> {
  const kind = await lackedVectorIndex(table, wanted);
  if (kind === undefined) return;
  await table.createVectorIndex({ kind });
  await tuneVectorSearch(table);
}

/** The kind of vector index that is to be built; undefined where none is. */
export async function lackedVectorIndex(table: Table, wanted?: VectorIndexName) {
  const rows = await table.count();
  if (rows <= EXACT_ROWS) return undefined;
  const index = (await table.indexes()).find(({ column }) => column === VECTOR);
  const { dimension } = await table.description();
  const kind = kindFor(dimension, wanted ?? (index?.kind === "hnswSq" ? "hnsw" : "ivf"));
  const tuned = await table.vectorSearch();
  return index?.kind === kind && tuned && rows < 2 * tuned.rows ? undefined : kind;
}

function kindFor(dimension: number, wanted: VectorIndexName): (typeof KINDS)[VectorIndexName] {
  return KINDS[dimension % IVF_MULTIPLE === 0 ? wanted : "hnsw"];
}

/**
 * Finds out how the vector index has to be searched to find at least 0.99 of the ten nearest rows, by comparing with all rows:
 * for rows of the table, and for directions between them, as texts are. The table remembers it, and searches so.
 */
async function tuneVectorSearch(table: Table): Promise<void> {
  const { rows, dimension } = await table.description();
  const { vectors, groups } = tuningQueries(await table.sample(TUNING_ROWS, [VECTOR]), dimension);
  const exact = await exactNeighbours(table, vectors, { key: KEY, k: 10 });
  const settings = await tuneSearch((tried) => nearestKeys(table, vectors, tried), exact, {
    groups,
    target: RECALL + MARGIN,
    rows,
  });
  await table.tuneVectorSearch(settings);
}

/** The keys of the ten nearest rows as a search finds them. */
export async function nearestKeys(
  table: Table,
  queries: readonly Float32Array[],
  settings: { readonly probes?: number; readonly refine?: number; readonly exact?: boolean } = {},
): Promise<string[][]> {
  const found = await table.search(queries, { k: 10, columns: [KEY], ...settings });
  return found.map((near) => near.map(({ cells }) => cells[KEY] as string));
}
