import type { Table as LanceTable, VectorQuery } from "@lancedb/lancedb";
import type * as Arrow from "apache-arrow";
import { row } from "../math/matrix.js";
import { cellsOf, rowsOf } from "./arrow.js";
import type { Cell } from "./rows.js";
import { type Column, VECTOR } from "./shape.js";

/** Which rows are found near a query, and how they are looked for. */
export interface SearchOptions {
  /** Rows a query at most; from 1. */
  readonly k: number;
  /** Nearest rows that are passed over. Default: 0. */
  readonly offset?: number | undefined;
  /** An SQL condition that rows have to meet, such as `width > 1000`. */
  readonly where?: string | undefined;
  /** Leave out rows of a lower similarity. Default: none. */
  readonly minSimilarity?: number | undefined;
  /** Columns of the rows found. Default: all. */
  readonly columns?: readonly string[] | undefined;
  /** Give the vectors of the rows as well. Default false. */
  readonly vectors?: boolean | undefined;
  /** Compare with every row, whatever indexes there are. Default false: through the vector index, where there is one. */
  readonly exact?: boolean | undefined;
  /**
   * Partitions of the index that are looked at; more find more and take longer. Default: what the table was tuned to, else 20;
   * all of them with `minSimilarity`.
   */
  readonly probes?: number | undefined;
  /** Candidates from the index for each row asked for, which are then compared exactly. From 1; default as tuned, else 2. */
  readonly refine?: number | undefined;
}

/** A row that was found near a query. */
export interface Neighbour {
  readonly cells: Readonly<Record<string, Cell>>;
  /** As it is stored, where `vectors` was asked for. */
  readonly vector?: Float32Array;
  /** Cosine, -1 to 1: 1 - distance. Of the vectors as they are stored, also where an index found the row. */
  readonly similarity: number;
  /** Cosine distance, 0 to 2. */
  readonly distance: number;
}

/** What a search needs to know of its table. */
interface Searched {
  readonly table: LanceTable;
  readonly columns: Readonly<Record<string, Column>>;
  readonly dimension: number;
  readonly rows: number;
}

const REFINE = 2;
/** With a least similarity nothing may be missed: more partitions than there are, and enough candidates for the error of codes. */
const ALL_PARTITIONS = 1_000_000;
const REFINE_ALL = 10;
/** Candidates of an HNSW index at least; LanceDB wants twice as many as are refined. */
const LEAST_CANDIDATES = 100;
/** Bytes of vectors that one exact search may read: LanceDB holds the whole column once for each query vector. */
const QUERY_BYTES = 256 * 2 ** 20;
/** Query vectors in one call to LanceDB at most; more gains little. */
const QUERY_VECTORS = 64;

/** The rows nearest to each query by cosine, nearest first. Queries were checked. */
export async function searchTable(
  searched: Searched,
  queries: readonly Float32Array[],
  options: SearchOptions,
): Promise<Neighbour[][]> {
  const { dimension, rows } = searched;
  const held = options.exact ? Math.floor(QUERY_BYTES / (4 * dimension * rows)) : QUERY_VECTORS;
  const size = Math.min(QUERY_VECTORS, Math.max(1, held));
  const found: Neighbour[][] = [];
  for (let start = 0; start < queries.length; start += size) {
    for (const near of await nearestTo(searched, queries.slice(start, start + size), options))
      found.push(near);
  }
  return found;
}

async function nearestTo(
  { table, columns, dimension }: Searched,
  queries: readonly Float32Array[],
  options: SearchOptions,
): Promise<Neighbour[][]> {
  const [first, ...others] = queries;
  let query = table.query().nearestTo(first!);
  for (const other of others) query = query.addQueryVector(other);
  if (options.where !== undefined) query = query.where(options.where);
  const wanted = Object.fromEntries(
    (options.columns ?? Object.keys(columns)).map((name) => [name, columns[name]!]),
  );
  const result = await searching(query, options)
    .column(VECTOR)
    .distanceType("cosine")
    .limit(options.k)
    .offset(options.offset ?? 0)
    .select([...Object.keys(wanted), ...(options.vectors ? [VECTOR] : []), "_distance"])
    .toArrow();
  const least = options.minSimilarity ?? Number.NEGATIVE_INFINITY;
  // Not LanceDB's distanceRange, which is compared with the distances that a quantised index has, about twice too large.
  return neighboursOf(
    result,
    { columns: wanted, dimension: options.vectors ? dimension : 0 },
    queries.length,
  ).map((near) => near.filter(({ similarity }) => similarity >= least));
}

/** A search through an index always refines: it is what makes the distances those of the stored vectors. */
function searching(query: VectorQuery, options: SearchOptions): VectorQuery {
  if (options.exact) return query.bypassVectorIndex();
  const whole = options.minSimilarity !== undefined;
  const { k, probes = whole ? ALL_PARTITIONS : undefined, refine = whole ? REFINE_ALL : REFINE } = options;
  const refined = query.refineFactor(refine).ef(Math.max(LEAST_CANDIDATES, 2 * k * refine));
  return probes === undefined ? refined : refined.nprobes(probes);
}

function neighboursOf(
  result: Arrow.Table,
  wanted: { readonly columns: Readonly<Record<string, Column>>; readonly dimension: number },
  queries: number,
): Neighbour[][] {
  const { columns, vectors } = rowsOf(result, wanted);
  const rows = Object.entries(columns);
  const numbers = (name: string) =>
    cellsOf(result.getChild(name) ?? [], { type: "float32" }) as readonly number[];
  // There is no such column for a single query vector.
  const query = numbers("query_index");
  const found = Array.from({ length: queries }, (): Neighbour[] => []);
  for (const [index, distance] of numbers("_distance").entries()) {
    const cells = Object.fromEntries(rows.map(([name, values]) => [name, values[index]!]));
    const near = { cells, similarity: 1 - distance, distance };
    found[query[index] ?? 0]!.push(vectors ? { ...near, vector: row(vectors, index) } : near);
  }
  return found;
}
