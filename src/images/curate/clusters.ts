import { checkOptions, checkPart } from "../../arguments.js";
import { optionError } from "../../errors.js";
import { type Matrix, meanRow, row } from "../../math/matrix.js";
import { topK } from "../../math/top-k.js";
import { dot } from "../../math/vector.js";
import { openTableClasses, TABLE_CLASSES_OPTIONS, type TableClassesOptions } from "../label/table-classes.js";
import type { ImageTable } from "../table/image-table.js";
import { EVERYDAY_WORDS } from "./everyday-words.js";
import { nearestRows } from "./nearest-rows.js";
import { sphericalKMeans } from "./spherical-k-means.js";
import { readVectors } from "./stored-vectors.js";

/** Clusters are named by `labels`, `index` or `labelSet`; without by some 300 everyday words. */
export interface ClustersOptions extends TableClassesOptions {
  /** Number of clusters. Default: the square root of half the pictures, 50 at most. */
  readonly count?: number | undefined;
  /** Words in the name of a cluster. Default 3. */
  readonly words?: number | undefined;
  /** An SQL condition that pictures have to meet. Default: all. */
  readonly where?: string | undefined;
  /** The same seed gives the same clusters. Default 1. */
  readonly seed?: number | undefined;
}

/** Pictures that lie close together. */
export interface Cluster {
  /** The labels that tell it best from the other pictures, best first. */
  readonly name: readonly string[];
  /** Paths, nearest to the centre first. */
  readonly pictures: readonly string[];
  /** Mean cosine of the pictures to the centre: how close together they lie. */
  readonly cohesion: number;
}

const MOST_CLUSTERS = 50;
const OPTIONS = [
  ...TABLE_CLASSES_OPTIONS,
  ...["count", "words", "where", "seed"],
] as (keyof ClustersOptions)[];

/**
 * Groups pictures by what they show, the largest group first, and names each by the given words: those whose similarity to
 * its centre is farthest above that to the centre of all pictures.
 *
 * @throws NearlabelError `OPTION_INVALID`, `INPUT_EMPTY`; and as `classifyTable`
 */
export async function findClusters(table: ImageTable, options: ClustersOptions = {}): Promise<Cluster[]> {
  checkOptions(options, OPTIONS, "findClusters");
  checkPart("table", table);
  const { count, words = 3, seed = 1, where, signal } = options;
  for (const [name, value] of Object.entries({ count: count ?? 1, words })) {
    if (!Number.isInteger(value) || value < 1) throw optionError(name, "a whole number from 1", value);
  }
  const named = options.labels ?? options.index ?? options.labelSet;
  const opened = await openTableClasses(
    table,
    named === undefined ? { ...options, labels: EVERYDAY_WORDS } : options,
  );
  try {
    const { paths, vectors } = await readVectors(table, [], where);
    const wanted = count ?? Math.min(MOST_CLUSTERS, Math.ceil(Math.sqrt(vectors.rows / 2)));
    const centres = await sphericalKMeans(vectors, Math.min(wanted, vectors.rows), seed, signal);
    const { positions, values } = await nearestRows(vectors, centres, 1, signal);
    const nameOf = namer(opened.classes.embeddings, vectors);
    const clusters = Array.from({ length: centres.rows }, (_, cluster) => {
      const members = paths.map((_, at) => at).filter((at) => positions[at] === cluster);
      members.sort((a, b) => values[b]! - values[a]! || a - b);
      return {
        name: nameOf(row(centres, cluster), words).map((at) => opened.classes.labels[at]!.label),
        pictures: members.map((at) => paths[at]!),
        cohesion: members.reduce((sum, at) => sum + values[at]!, 0) / Math.max(1, members.length),
      };
    });
    return clusters
      .filter(({ pictures }) => pictures.length > 0)
      .sort((a, b) => b.pictures.length - a.pictures.length || b.cohesion - a.cohesion);
  } finally {
    await opened.close();
  }
}

/** Words that suit every picture of a table tell no cluster from another. */
function namer(labels: Matrix, vectors: Matrix): (centre: Float32Array, words: number) => number[] {
  const middle = meanRow(vectors);
  const usual = Array.from({ length: labels.rows }, (_, at) => dot(row(labels, at), middle));
  return (centre, words) =>
    topK(
      usual.map((similarity, at) => dot(row(labels, at), centre) - similarity),
      words,
    );
}
