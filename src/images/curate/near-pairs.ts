import { type Matrix, rowRange, rowsAt } from "../../math/matrix.js";
import { similarityBlocks } from "../../scoring/similarities.js";
import { drawnRows, nearestRows } from "./nearest-rows.js";

/** Two rows that are alike, by their positions. */
export interface NearPair {
  readonly first: number;
  readonly second: number;
  /** Cosine, -1 to 1. */
  readonly similarity: number;
}

export interface NearPairsOptions {
  /** Least cosine of a pair. */
  readonly least: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of rows compared so far. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** Rows up to which all pairs are compared; it takes some seconds on two cores. */
const ALL_PAIRS = 20_000;
/** Parts that a row is in: two that are alike need to share but one. */
const PARTS = 4;
/** Rows compared at a time. */
const BLOCK = 4096;

/**
 * The pairs of rows whose cosine is at least `least`. Up to 20,000 rows all are compared. Beyond that each row is compared
 * with those that are near to the same of some rows drawn at random, so that time grows with rows^1.5: a pair may be missed,
 * the more easily the less alike it is. A pair may come more than once.
 */
export async function* nearPairs(vectors: Matrix, options: NearPairsOptions): AsyncGenerator<NearPair> {
  if (vectors.rows <= ALL_PAIRS) {
    yield* pairsWithin(vectors, options);
    return;
  }
  const centres = drawnRows(vectors, Math.ceil(2.5 * Math.sqrt(vectors.rows)), 1);
  const { kept, positions } = await nearestRows(vectors, centres, PARTS, options.signal);
  const parts = Array.from({ length: centres.rows }, (): number[] => []);
  for (const [at, part] of positions.entries()) parts[part]!.push(Math.floor(at / kept));
  let compared = 0;
  for (const part of parts) {
    for await (const { first, second, similarity } of pairsWithin(rowsAt(vectors, part), {
      ...options,
      onProgress: undefined,
    })) {
      yield { first: part[first]!, second: part[second]!, similarity };
    }
    compared += part.length;
    options.onProgress?.(Math.floor(compared / kept));
  }
}

/** Block against block, each pair once: memory is that of a block. */
async function* pairsWithin(
  vectors: Matrix,
  { least, signal, onProgress }: NearPairsOptions,
): AsyncGenerator<NearPair> {
  for (let start = 0; start < vectors.rows; start += BLOCK) {
    const others = rowRange(vectors, start, vectors.rows);
    const some = rowRange(vectors, start, start + BLOCK);
    for await (const { first, rows, similarities } of similarityBlocks(some, others)) {
      signal?.throwIfAborted();
      for (let own = first; own < first + rows; own++) {
        const begin = (own - first) * others.rows;
        for (let other = own + 1; other < others.rows; other++) {
          const similarity = similarities[begin + other]!;
          if (similarity >= least) yield { first: start + own, second: start + other, similarity };
        }
      }
    }
    onProgress?.(Math.min(start + BLOCK, vectors.rows));
  }
}
