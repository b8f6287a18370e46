import type { VectorIndexOptions } from "./indexes.js";
import type { SearchOptions } from "./search.js";
import type { VectorSearchSettings } from "./vector-search-settings.js";

/** The annotation in which a table remembers how its vector index is searched. */
export const VECTOR_SEARCH = "vectorSearch";

/** The annotation in which a table remembers which vector index it is to have. */
export const VECTOR_INDEX = "vectorIndex";

export function storedSettings(annotations: ReadonlyMap<string, string>): VectorSearchSettings | undefined {
  const text = annotations.get(VECTOR_SEARCH);
  return text === undefined ? undefined : JSON.parse(text);
}

/** The vector index that the table is to have. */
export function wantedIndex(annotations: ReadonlyMap<string, string>): VectorIndexOptions | undefined {
  const text = annotations.get(VECTOR_INDEX);
  return text === undefined ? undefined : JSON.parse(text);
}

/**
 * With a least similarity the index is not searched as it was tuned, but so that nothing is missed: all partitions, or all rows where
 * the index is a graph, in which a row can be out of reach.
 */
export function tunedSettings(
  annotations: ReadonlyMap<string, string>,
  { minSimilarity, probes, refine }: SearchOptions,
): Partial<Pick<SearchOptions, "probes" | "refine" | "exact">> {
  if (minSimilarity !== undefined) return wantedIndex(annotations)?.kind === "hnswSq" ? { exact: true } : {};
  const settings = storedSettings(annotations);
  return settings ? { probes: probes ?? settings.probes, refine: refine ?? settings.refine } : {};
}
