/** Two clusters that became one. Clusters below the number of leaves are leaves; then they count on, one a merge. */
export interface Merge {
  /** The one with the lower of the lowest leaves. */
  readonly first: number;
  readonly second: number;
  /** Mean distance between the leaves of the two. */
  readonly height: number;
}

/**
 * Hierarchical clustering with average linkage (UPGMA; Sokal & Michener 1958) by the nearest-neighbour chain of Murtagh
 * (1983): O(leaves^2) time. The merges are those of `scipy.cluster.hierarchy.linkage(..., "average")`, but in the order in
 * which the chain finds them: a merge comes after those of its parts, heights are not sorted.
 *
 * @param distances `leaves` x `leaves`, symmetric
 */
export function averageLinkage(distances: Float64Array, leaves: number): Merge[] {
  const clusters: Clusters = {
    leaves,
    distances: distances.slice(),
    sizes: new Float64Array(leaves).fill(1),
    names: Int32Array.from({ length: leaves }, (_, leaf) => leaf),
  };
  const merges: Merge[] = [];
  const chain: number[] = [];
  while (merges.length < leaves - 1) {
    if (chain.length === 0) chain.push(clusters.sizes.findIndex((size) => size > 0));
    const end = chain.at(-1)!;
    const next = nearest(clusters, end, chain.at(-2));
    if (next !== chain.at(-2)) {
      chain.push(next);
      continue;
    }
    chain.length -= 2;
    merges.push(merge(clusters, Math.min(end, next), Math.max(end, next), leaves + merges.length));
  }
  return merges;
}

/** A cluster lives at the position of its lowest leaf. */
interface Clusters {
  readonly leaves: number;
  readonly distances: Float64Array;
  /** 0 for a position whose cluster went into another. */
  readonly sizes: Float64Array;
  readonly names: Int32Array;
}

/** On equal distances `previous` wins, without which the chain would not end, then the lowest position. */
function nearest({ leaves, distances, sizes }: Clusters, from: number, previous: number | undefined): number {
  let best = previous ?? -1;
  let least = previous === undefined ? Number.POSITIVE_INFINITY : distances[from * leaves + previous]!;
  for (let to = 0; to < leaves; to++) {
    if (to === from || sizes[to] === 0 || !(distances[from * leaves + to]! < least)) continue;
    best = to;
    least = distances[from * leaves + to]!;
  }
  return best;
}

/** Puts `gone` into `kept`, with the distances of Lance & Williams (1967). */
function merge(
  { leaves, distances, sizes, names }: Clusters,
  kept: number,
  gone: number,
  name: number,
): Merge {
  const made = { first: names[kept]!, second: names[gone]!, height: distances[kept * leaves + gone]! };
  const size = sizes[kept]! + sizes[gone]!;
  for (let other = 0; other < leaves; other++) {
    const toKept = sizes[kept]! * distances[kept * leaves + other]!;
    const toGone = sizes[gone]! * distances[gone * leaves + other]!;
    distances[kept * leaves + other] = (toKept + toGone) / size;
    distances[other * leaves + kept] = distances[kept * leaves + other]!;
  }
  sizes[kept] = size;
  sizes[gone] = 0;
  names[kept] = name;
  return made;
}

/** The leaves from left to right, where every cluster's leaves are side by side. */
export function leafOrder(merges: readonly Merge[], leaves: number): number[] {
  const order: number[] = [];
  const open = [Math.max(0, leaves + merges.length - 1)];
  // A stack of its own: a tree may be as deep as it has leaves.
  for (let cluster = open.pop(); cluster !== undefined; cluster = open.pop()) {
    const parts = merges[cluster - leaves];
    if (parts === undefined) order.push(cluster);
    else open.push(parts.second, parts.first);
  }
  return order;
}
