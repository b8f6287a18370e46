import type { VectorSearchSettings } from "../../store/vector-search-settings.js";

/** The keys of the rows nearest to each query. */
export type FindKeys = (settings: Pick<VectorSearchSettings, "probes" | "refine">) => Promise<string[][]>;

/** From the fewest; the last is more than any table has partitions. */
const PROBES = [10, 20, 40, 80, 160, 320, 640, 1280];
const REFINE = [2, 5, 10, 20];
const MOST_REFINE = REFINE.at(-1)!;
/** Where all partitions do not suffice, as with vectors that lie in no clusters and no fewer directions. */
const MORE_REFINE = [50, 100];

/**
 * The cheapest settings with which `find` finds at least the share `target` of what is in `exact`, else the best there are:
 * partitions first, with many candidates, then as few candidates as suffice, or more where all partitions do not.
 *
 * @param exact for each query the keys of its nearest rows; `groups` tells which kind of query each is
 */
export async function tuneSearch(
  find: FindKeys,
  exact: readonly (readonly string[])[],
  { groups, target, rows }: { groups: readonly number[]; target: number; rows: number },
): Promise<VectorSearchSettings> {
  const measure = async (probes: number, refine: number) => ({
    probes,
    refine,
    recall: leastRecall(await find({ probes, refine }), exact, groups),
    rows,
  });
  let best = await measure(PROBES[0]!, MOST_REFINE);
  for (const probes of PROBES.slice(1)) {
    if (best.recall >= target) break;
    const more = await measure(probes, MOST_REFINE);
    if (more.recall > best.recall) best = more;
  }
  for (const refine of MORE_REFINE) {
    if (best.recall >= target) break;
    const more = await measure(PROBES.at(-1)!, refine);
    if (more.recall > best.recall) best = more;
  }
  for (const refine of REFINE) {
    if (refine >= best.refine) break;
    const less = await measure(best.probes, refine);
    if (less.recall >= Math.min(target, best.recall)) return less;
  }
  return best;
}

/** Mean share of `exact` that is in `found`, of the group of queries for which it is the smallest. */
export function leastRecall(
  found: readonly (readonly string[])[],
  exact: readonly (readonly string[])[],
  groups: readonly number[],
): number {
  const sums = new Map<number, { found: number; wanted: number }>();
  for (const [query, wanted] of exact.entries()) {
    const sum = sums.get(groups[query]!) ?? { found: 0, wanted: 0 };
    const got = new Set(found[query]);
    sum.found += wanted.filter((key) => got.has(key)).length;
    sum.wanted += wanted.length;
    sums.set(groups[query]!, sum);
  }
  // With no queries there is nothing to miss.
  return Math.min(1, ...[...sums.values()].map((sum) => (sum.wanted === 0 ? 1 : sum.found / sum.wanted)));
}
