import type { Label } from "../../labels/set/label.js";
import type { HierarchyMetrics } from "../evaluation.js";
import { wilsonInterval } from "../metrics/intervals.js";

/** Which labels belong to which broader class. A label without a parent is a parent of its own. */
export interface Hierarchy {
  readonly parents: readonly string[];
  /** For each label the position of its parent in `parents`. */
  readonly parentOf: Int32Array;
}

/** The hierarchy of `labels`; none where no label has a parent. */
export function hierarchyOf(labels: readonly Label[]): Hierarchy | undefined {
  if (labels.every(({ parent }) => parent === undefined)) return undefined;
  const names = labels.map(({ label, parent }) => parent ?? label);
  const parents = [...new Set(names)];
  const positions = new Map(parents.map((parent, position) => [parent, position]));
  return { parents, parentOf: Int32Array.from(names, (name) => positions.get(name)!) };
}

/** Counts how often the broader class is right, picture after picture. */
export interface HierarchyTally {
  readonly count: (target: number, predicted: number, scores: Float64Array) => void;
  readonly metrics: () => HierarchyMetrics;
}

export function tallyHierarchy({ parents, parentOf }: Hierarchy): HierarchyTally {
  let pictures = 0;
  let rolledUp = 0;
  let summed = 0;
  let topDown = 0;
  return {
    count(target, predicted, scores) {
      pictures++;
      const parent = parentOf[target];
      if (parentOf[predicted] === parent) rolledUp++;
      const best = bestParent(scores, parentOf, parents.length);
      if (best === parent) summed++;
      if (bestWithin(scores, parentOf, best) === target) topDown++;
    },
    metrics: () => ({
      parents,
      rolledUp: wilsonInterval(rolledUp, pictures),
      summedScores: wilsonInterval(summed, pictures),
      topDown: wilsonInterval(topDown, pictures),
    }),
  };
}

/** The parent whose labels' scores have the largest sum. */
function bestParent(scores: Float64Array, parentOf: Int32Array, parents: number): number {
  const sums = new Float64Array(parents);
  for (let label = 0; label < scores.length; label++) sums[parentOf[label]!]! += scores[label]!;
  return sums.indexOf(sums.reduce((max, sum) => Math.max(max, sum), 0));
}

function bestWithin(scores: Float64Array, parentOf: Int32Array, parent: number): number {
  let best = -1;
  for (let label = 0; label < scores.length; label++) {
    if (parentOf[label] === parent && (best < 0 || scores[label]! > scores[best]!)) best = label;
  }
  return best;
}
