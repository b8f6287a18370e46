import { type Matrix, row, rowRange, rowsAt } from "../../math/matrix.js";
import { allSimilarities } from "../../scoring/similarities.js";
import { JoinedSets } from "./joined-sets.js";
import { drawnRows, nearestRows } from "./nearest-rows.js";

export interface NearGroupsOptions {
  /** Least cosine of rows that are alike. */
  readonly least: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of rows compared so far. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** Rows up to which all are compared; it takes some seconds on two cores. */
const ALL_ROWS = 20_000;
/** Parts that a row is in: two that are alike need to share but one. */
const PARTS = 4;

/**
 * Groups of rows, so that two whose cosine is at least `least` are in one; not all in a group are alike. Rows that are alone are left out.
 * Up to 20,000 rows all are compared. Beyond that each row is compared with those that are near to the same of some rows drawn at random,
 * so that time grows with rows^1.5: two that are alike may be missed, the more easily the less alike they are. However many are alike,
 * memory grows with the rows alone, and time is the less.
 *
 * @returns positions, in rising order
 */
export async function nearGroups(vectors: Matrix, options: NearGroupsOptions): Promise<number[][]> {
  const sets = new JoinedSets(vectors.rows);
  if (vectors.rows <= ALL_ROWS) {
    await joinAlike(vectors, (row) => row, sets, options);
    return sets.groups();
  }
  const centres = drawnRows(vectors, Math.ceil(2.5 * Math.sqrt(vectors.rows)), 1);
  const { kept, positions } = await nearestRows(vectors, centres, PARTS, options.signal);
  const parts = Array.from({ length: centres.rows }, (): number[] => []);
  for (const [at, part] of positions.entries()) parts[part]!.push(Math.floor(at / kept));
  let compared = 0;
  for (const part of parts) {
    const within = { ...options, onProgress: undefined };
    await joinAlike(rowsAt(vectors, part), (row) => part[row]!, sets, within);
    compared += part.length;
    options.onProgress?.(Math.floor(compared / kept));
  }
  return sets.groups();
}

/** Similarities held at a time, 8 MB. */
const SIMILARITIES = 2 ** 20;
const FEWEST_ROWS = 32;
const MOST_ROWS = 1024;

/**
 * Joins rows that are alike. Rows are compared with leaders alone: a row that is within half of the largest angle of one is led by it, others
 * lead. What is alike to a led row is within that angle and its own of the leader, by the triangle inequality, so nothing is missed.
 */
async function joinAlike(
  vectors: Matrix,
  positionOf: (row: number) => number,
  sets: JoinedSets,
  { least, signal, onProgress }: NearGroupsOptions,
): Promise<void> {
  const leaders = new Leaders(vectors, least, (a, b) => sets.join(positionOf(a), positionOf(b)));
  for (let start = 0; start < vectors.rows; ) {
    signal?.throwIfAborted();
    const wanted = Math.floor(SIMILARITIES / Math.max(1, leaders.count));
    const end = Math.min(vectors.rows, start + Math.min(MOST_ROWS, Math.max(FEWEST_ROWS, wanted)));
    await leaders.add(start, end);
    start = end;
    onProgress?.(end);
  }
}

/** Rows that stand for those within half of the largest angle at which rows are alike. */
class Leaders {
  readonly #vectors: Matrix;
  readonly #angle: number;
  readonly #join: (row: number, other: number) => void;
  /** The leaders' rows in the order in which they were found, and copies of them side by side. */
  readonly #rows: number[] = [];
  readonly #copies: Float32Array;
  /** Of each leader, the cosine from which on a row may be alike to one that it leads. */
  readonly #bounds: Float64Array;

  constructor(vectors: Matrix, least: number, join: (row: number, other: number) => void) {
    this.#vectors = vectors;
    this.#angle = Math.acos(Math.min(1, least));
    this.#join = join;
    this.#copies = new Float32Array(vectors.rows * vectors.columns);
    this.#bounds = new Float64Array(vectors.rows).fill(least);
  }

  get count(): number {
    return this.#rows.length;
  }

  /** Takes in the rows `[start, end)`. */
  async add(start: number, end: number): Promise<void> {
    const before = this.count;
    const known = {
      ...this.#vectors,
      data: this.#copies.subarray(0, before * this.#vectors.columns),
      rows: before,
    };
    const rows = Array.from({ length: end - start }, (_, at) => start + at);
    const toKnown =
      before === 0 ? undefined : await allSimilarities(rowRange(this.#vectors, start, end), known);
    const free = rows.filter((at) => !toKnown || !this.#isLed(at, toKnown, (at - start) * before, 0, before));
    // Once all are led, as each that is led makes its leader stand for more.
    if (toKnown) for (const at of rows) this.#joinTo(at, toKnown, (at - start) * before, 0, before);
    const toEachOther = await allSimilarities(rowsAt(this.#vectors, free), rowsAt(this.#vectors, free));
    const places: number[] = [];
    for (const [place, at] of free.entries()) {
      const similarities = Float64Array.from(places, (other) => toEachOther[place * free.length + other]!);
      const isLed = this.#isLed(at, similarities, 0, before, this.count);
      this.#joinTo(at, similarities, 0, before, this.count);
      if (isLed) continue;
      places.push(place);
      this.#copies.set(row(this.#vectors, at), this.count * this.#vectors.columns);
      this.#rows.push(at);
    }
  }

  /** Whether one of the leaders `[first, last)` leads a row, whose cosines to them begin at `from`. */
  #isLed(at: number, similarities: Float64Array, from: number, first: number, last: number): boolean {
    let nearest = Math.cos(this.#angle / 2);
    let leader = -1;
    for (let each = first; each < last; each++) {
      const similarity = similarities[from + each - first]!;
      if (similarity < nearest) continue;
      nearest = similarity;
      leader = each;
    }
    if (leader < 0) return false;
    const bound = Math.cos(this.#angle + Math.acos(Math.min(1, nearest)));
    this.#bounds[leader] = Math.min(this.#bounds[leader]!, bound);
    this.#join(at, this.#rows[leader]!);
    return true;
  }

  #joinTo(at: number, similarities: Float64Array, from: number, first: number, last: number): void {
    for (let each = first; each < last; each++) {
      if (similarities[from + each - first]! >= this.#bounds[each]!) this.#join(at, this.#rows[each]!);
    }
  }
}
