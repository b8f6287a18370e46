import { checkOptions, checkPart } from "../../arguments.js";
import { optionError } from "../../errors.js";
import type { ImageTable } from "../table/image-table.js";
import { drawnRows, nearestRows } from "./nearest-rows.js";
import { readVectors } from "./stored-vectors.js";

export interface OutliersOptions {
  /** Nearest pictures that each is compared with. Default 10. */
  readonly neighbours?: number | undefined;
  /** An SQL condition that pictures have to meet. Default: all. */
  readonly where?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A picture and how far it lies from the others. */
export interface Outlier {
  readonly path: string;
  /** Mean cosine distance to its nearest pictures, 0 to 2. */
  readonly distance: number;
  /** How many times the usual spread that is above the median: (distance - median) / (1.4826 x median absolute deviation). */
  readonly deviation: number;
  /** Whether `deviation` is above 3.5, as Iglewicz and Hoaglin (1993) draw the line. */
  readonly outlier: boolean;
}

/** Pictures that each is compared with at most: drawn at random where there are more. */
const COMPARED = 20_000;
const LINE = 3.5;
/** What makes the median absolute deviation of a normal distribution its standard deviation. */
const NORMAL = 1.4826;

/**
 * Pictures by how far they lie from their nearest neighbours (Ramaswamy et al. 2000, by the mean in place of the last), the farthest first. Copies of
 * a picture do not count as its neighbours.
 *
 * @throws NearlabelError `OPTION_INVALID`, `TABLE_FILTER_INVALID`, `INPUT_EMPTY`
 */
export async function findOutliers(table: ImageTable, options: OutliersOptions = {}): Promise<Outlier[]> {
  checkOptions(options, ["neighbours", "where", "signal"], "findOutliers");
  checkPart("table", table);
  const { neighbours = 10, where, signal } = options;
  if (!Number.isInteger(neighbours) || neighbours < 1) {
    throw optionError("neighbours", "a whole number from 1", neighbours);
  }
  const { paths, vectors } = await readVectors(table, [], where);
  const others = drawnRows(vectors, COMPARED, 1);
  // More than are needed, as a picture and its copies are among its own nearest.
  const { kept, values } = await nearestRows(vectors, others, 2 * neighbours + 1, signal);
  const distances = paths.map((_, at) =>
    meanDistance(values.subarray(at * kept, (at + 1) * kept), neighbours),
  );
  const middle = median(distances);
  const spread = NORMAL * median(distances.map((distance) => Math.abs(distance - middle)));
  return paths
    .map((path, at) => {
      const distance = distances[at]!;
      const deviation = spread > 0 ? (distance - middle) / spread : 0;
      return { path, distance, deviation, outlier: deviation > LINE };
    })
    .sort((a, b) => b.distance - a.distance || (a.path < b.path ? -1 : 1));
}

/** As near as the picture itself is to itself, with what rounding leaves. */
const ITSELF = 1 - 1e-6;

function meanDistance(similarities: Float64Array, neighbours: number): number {
  const others = similarities.filter((similarity) => similarity < ITSELF).slice(0, neighbours);
  // All that was looked at are copies.
  if (others.length === 0) return 0;
  return others.reduce((sum, similarity) => sum + 1 - similarity, 0) / others.length;
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
