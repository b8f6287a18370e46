import { optionError } from "../../errors.js";
import { drawPositions } from "../../store/sample.js";
import { VECTOR } from "../../store/shape.js";
import type { VectorSearchSettings } from "../../store/vector-search-settings.js";
import type { ImageTable } from "../table/image-table.js";
import { noPictures } from "../table/no-pictures.js";
import { exactNeighbours } from "./exact-neighbours.js";
import { leastRecall } from "./tuning.js";
import { tuningQueries } from "./tuning-queries.js";
import { nearestKeys } from "./vector-index.js";

export interface RecallReport {
  readonly rows: number;
  /** `exact` where every search compares with all rows. */
  readonly index: string;
  /** Rows that were written since the index was built; they are compared one by one. */
  readonly unindexedRows: number;
  /** How the index was tuned; absent for none. */
  readonly settings?: VectorSearchSettings;
  /** Queries measured: rows of the table, and directions between rows as texts are. */
  readonly queries: number;
  /** Share of the ten nearest that is found, 0 to 1: the less of the two kinds of queries. */
  readonly recall: number;
  /** Milliseconds of one search, through the index and exact: medians. */
  readonly milliseconds: { readonly index: number; readonly exact: number };
}

/** Searches alone, of which the time is taken. */
const TIMED = 20;

/**
 * How much of what an exact search finds a table's index finds, and how long both take, measured on the table's own vectors.
 *
 * @param sampled pictures drawn from the table, of which each makes two queries
 * @throws NearlabelError `INPUT_EMPTY` for a table without pictures; `OPTION_INVALID`
 */
export async function checkRecall(
  { table, place }: ImageTable,
  sampled = 100,
  signal?: AbortSignal,
): Promise<RecallReport> {
  if (!Number.isInteger(sampled) || sampled < 1)
    throw optionError("queries", "a whole number from 1", sampled);
  const { rows, dimension } = await table.description();
  if (rows === 0) throw noPictures(place);
  const index = (await table.indexes()).find(({ column }) => column === VECTOR);
  const settings = await table.vectorSearch();
  const { vectors, groups } = tuningQueries(await table.sample(sampled, [VECTOR]), dimension);
  const exact = await exactNeighbours(table, vectors, { key: "path", k: 10 });
  signal?.throwIfAborted();
  const found = await nearestKeys(table, vectors);
  const timed = drawPositions(vectors.length, TIMED).map((at) => vectors[at]!);
  return {
    rows,
    index: index?.kind ?? "exact",
    unindexedRows: index?.unindexedRows ?? 0,
    ...(settings && index && { settings }),
    queries: vectors.length,
    recall: leastRecall(found, exact, groups),
    milliseconds: {
      index: await medianTime(timed, (query) => nearestKeys(table, [query])),
      exact: await medianTime(timed, (query) => nearestKeys(table, [query], { exact: true })),
    },
  };
}

async function medianTime<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (const item of items) {
    const started = performance.now();
    await work(item);
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[times.length >> 1] ?? 0;
}
