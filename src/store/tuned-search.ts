import type { SearchOptions } from "./search.js";
import type { VectorSearchSettings } from "./vector-search-settings.js";

/** The annotation in which a table remembers how its vector index is searched. */
export const VECTOR_SEARCH = "vectorSearch";

export function storedSettings(annotations: ReadonlyMap<string, string>): VectorSearchSettings | undefined {
  const text = annotations.get(VECTOR_SEARCH);
  return text === undefined ? undefined : JSON.parse(text);
}

/** With a least similarity the index is not searched as it was tuned, but so that nothing is missed. */
export function tunedSettings(
  annotations: ReadonlyMap<string, string>,
  { minSimilarity, probes, refine }: SearchOptions,
): Partial<Pick<SearchOptions, "probes" | "refine">> {
  const settings = minSimilarity === undefined ? storedSettings(annotations) : undefined;
  return settings ? { probes: probes ?? settings.probes, refine: refine ?? settings.refine } : {};
}
