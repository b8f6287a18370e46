/** Two clusters that became one. Clusters below the number of leaves are leaves; then they count on, one a merge. */
export interface Merge {
  /** The one with the lower of the lowest leaves. */
  readonly first: number;
  readonly second: number;
  /** Mean distance between the leaves of the two. */
  readonly height: number;
}

/** Distances between leaves, of which only the near ones are held: there may be far too many pairs for memory. */
export interface Distances {
  readonly leaves: number;
  /** Distance of all pairs that are not in `near`; none is larger. */
  readonly far: number;
  /** For each leaf that has any, the others that are near to it, with their distance. Symmetric. */
  readonly near: ReadonlyMap<number, ReadonlyMap<number, number>>;
}

/**
 * Hierarchical clustering with average linkage (UPGMA; Sokal & Michener 1958) by the nearest-neighbour chain of Murtagh
 * (1983). The merges are those of `scipy.cluster.hierarchy.linkage(..., "average")`, but in the order in which the chain
 * finds them: a merge comes after those of its parts, heights are not sorted. Memory is that of the near pairs; time is
 * O(leaves^2) at worst, and O(leaves) for leaves that are far from all others.
 */
export function averageLinkage({ leaves, far, near }: Distances): Merge[] {
  const clusters: Clusters = {
    far,
    near: new Map(Array.from(near, ([leaf, distances]) => [leaf, new Map(distances)])),
    sizes: new Float64Array(leaves).fill(1),
    names: Int32Array.from({ length: leaves }, (_, leaf) => leaf),
    second: 1,
  };
  const merges: Merge[] = [];
  const chain: number[] = [];
  while (merges.length < leaves - 1) {
    // The cluster of the lowest leaf of all always lives at 0.
    if (chain.length === 0) chain.push(0);
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
  readonly far: number;
  readonly near: Map<number, Map<number, number>>;
  /** 0 for a position whose cluster went into another. */
  readonly sizes: Float64Array;
  readonly names: Int32Array;
  /** No cluster lives between position 0 and this one. */
  second: number;
}

const NONE: ReadonlyMap<number, number> = new Map();

/** On equal distances `previous` wins, without which the chain would not end, then the lowest position. */
function nearest(clusters: Clusters, from: number, previous: number | undefined): number {
  const { far, near, sizes } = clusters;
  while (sizes[clusters.second] === 0) clusters.second++;
  let best = previous ?? (from === 0 ? clusters.second : 0);
  const ours = near.get(from) ?? NONE;
  let least = ours.get(best) ?? far;
  for (const [to, distance] of ours) {
    if (distance > least || (distance === least && (to > best || best === previous))) continue;
    best = to;
    least = distance;
  }
  return best;
}

/** Puts `gone` into `kept`, with the distances of Lance & Williams (1967). */
function merge({ far, near, sizes, names }: Clusters, kept: number, gone: number, name: number): Merge {
  const [ours, theirs] = [near.get(kept) ?? NONE, near.get(gone) ?? NONE];
  const made = { first: names[kept]!, second: names[gone]!, height: ours.get(gone) ?? far };
  const size = sizes[kept]! + sizes[gone]!;
  const joined = new Map<number, number>();
  for (const other of [...ours.keys(), ...theirs.keys()]) {
    if (other === kept || other === gone || joined.has(other)) continue;
    const toKept = sizes[kept]! * (ours.get(other) ?? far);
    const toGone = sizes[gone]! * (theirs.get(other) ?? far);
    joined.set(other, (toKept + toGone) / size);
    near
      .get(other)!
      .set(kept, (toKept + toGone) / size)
      .delete(gone);
  }
  near.set(kept, joined).delete(gone);
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
