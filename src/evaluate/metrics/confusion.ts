import { averageLinkage, type Distances, leafOrder } from "../../math/linkage.js";
import { topK } from "../../math/top-k.js";
import type { ClassMetrics } from "../evaluation.js";
import type { Statistic } from "./bootstrap.js";
import { requireClasses, requirePictures, requireSameLength } from "./input.js";

/** Index of the true class, index of the predicted one, and how many pictures that is. */
export type ConfusionEntry = readonly [target: number, predicted: number, pictures: number];

/** Counts of pictures by true and predicted class. Only pairs that occur are held: no more than there are pictures. */
export interface ConfusionMatrix {
  readonly classes: number;
  /** By true class, then by predicted one. */
  readonly entries: readonly ConfusionEntry[];
}

/**
 * How often each class was predicted for pictures of each, as scikit-learn's `confusion_matrix`, without the zeros.
 *
 * @param targets index of the true class, one a picture
 * @param predicted index of the first prediction, one a picture
 * @throws NearlabelError `INPUT_EMPTY`; TypeError for an index that is not below `classes`
 */
export function confusionMatrix(
  targets: Int32Array,
  predicted: Int32Array,
  classes: number,
): ConfusionMatrix {
  requireSameLength("Confusion matrix", targets, predicted);
  requireClasses("Confusion matrix", targets, classes);
  requireClasses("Confusion matrix", predicted, classes);
  const counts = new Map<number, number>();
  for (let i = 0; i < targets.length; i++) {
    const cell = targets[i]! * classes + predicted[i]!;
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  const cells = Float64Array.from(counts.keys()).sort();
  return {
    classes,
    entries: Array.from(cells, (cell) => [Math.floor(cell / classes), cell % classes, counts.get(cell)!]),
  };
}

/**
 * Precision, recall and F1 of each class, as scikit-learn's `precision_recall_fscore_support` with `zero_division=0`.
 *
 * @throws NearlabelError `INPUT_EMPTY` for a matrix of nothing
 */
export function classMetrics(confusion: ConfusionMatrix): ClassMetrics[] {
  const { pictures, predicted, right } = totalsOf(confusion);
  requirePictures("Class metrics", sum(pictures));
  return Array.from(pictures, (count, index) => ({
    pictures: count,
    predicted: predicted[index]!,
    precision: share(right[index]!, predicted[index]!),
    recall: share(right[index]!, count),
    f1: share(2 * right[index]!, count + predicted[index]!),
  }));
}

/**
 * Mean over the classes that occur of the share of their pictures named right: scikit-learn's `balanced_accuracy_score`,
 * which CLIP_benchmark calls mean per-class recall.
 *
 * @throws NearlabelError `INPUT_EMPTY` for a matrix of nothing
 */
export function meanPerClassRecall(confusion: ConfusionMatrix): number {
  const { right, pictures } = totalsOf(confusion);
  return meanRecall(right, pictures);
}

/** {@link meanPerClassRecall} of the pictures drawn. */
export function meanPerClassRecallStatistic(
  targets: Int32Array,
  predicted: Int32Array,
  classes: number,
): Statistic {
  requireSameLength("Mean per-class recall", targets, predicted);
  requireClasses("Mean per-class recall", targets, classes);
  // Resamples go over the classes that occur only, of which there may be far fewer.
  const places = new Map([...new Set(targets)].sort((a, b) => a - b).map((target, place) => [target, place]));
  const placeOf = Int32Array.from(targets, (target) => places.get(target)!);
  const right = new Float64Array(places.size);
  const pictures = new Float64Array(places.size);
  return (drawn) => {
    right.fill(0);
    pictures.fill(0);
    for (let i = 0; i < drawn.length; i++) {
      const place = placeOf[drawn[i]!]!;
      pictures[place]!++;
      if (predicted[drawn[i]!] === targets[drawn[i]!]) right[place]!++;
    }
    return meanRecall(right, pictures);
  };
}

function meanRecall(right: Float64Array, pictures: Float64Array): number {
  requirePictures("Mean per-class recall", sum(pictures));
  let recalls = 0;
  let occurring = 0;
  for (let index = 0; index < pictures.length; index++) {
    if (pictures[index] === 0) continue;
    recalls += right[index]! / pictures[index]!;
    occurring++;
  }
  return recalls / occurring;
}

/** Classes, by index, of which the second was predicted for pictures of the first. */
export interface Confusion {
  readonly target: number;
  readonly predicted: number;
  readonly pictures: number;
  /** Of the pictures of `target`. */
  readonly share: number;
}

/** Up to `limit` pairs of classes with the most pictures confused, most first; equal ones in the order of the classes. */
export function confusedPairs(confusion: ConfusionMatrix, limit: number): Confusion[] {
  const { pictures: totals } = totalsOf(confusion);
  const confused = confusion.entries.filter(([target, predicted]) => target !== predicted);
  const counts = confused.map(([, , pictures]) => pictures);
  return topK(counts, limit).map((at) => {
    const [target, predicted, pictures] = confused[at]!;
    return { target, predicted, pictures, share: pictures / totals[target]! };
  });
}

/**
 * An order of the classes that puts those that are confused with each other side by side: the leaves of average-linkage
 * clustering, with 1 less the mean of the two shares confused as the distance. Classes that are confused with none keep
 * their order. Indexes.
 *
 * @throws NearlabelError `INPUT_EMPTY` for no classes
 */
export function clusterOrder(confusion: ConfusionMatrix): number[] {
  requirePictures("Cluster order", confusion.classes);
  return leafOrder(averageLinkage(distancesOf(confusion)), confusion.classes);
}

function distancesOf(confusion: ConfusionMatrix): Distances {
  const { classes, entries } = confusion;
  const { pictures } = totalsOf(confusion);
  const mutual = new Map<number, number>();
  for (const [target, predicted, count] of entries) {
    const pair = Math.min(target, predicted) * classes + Math.max(target, predicted);
    if (target !== predicted) mutual.set(pair, (mutual.get(pair) ?? 0) + share(count, pictures[target]!));
  }
  const near = new Map<number, Map<number, number>>();
  const put = (from: number, to: number, distance: number) => {
    const others = near.get(from);
    if (others) others.set(to, distance);
    else near.set(from, new Map([[to, distance]]));
  };
  for (const [pair, shares] of mutual) {
    const [first, second] = [Math.floor(pair / classes), pair % classes];
    put(first, second, 1 - shares / 2);
    put(second, first, 1 - shares / 2);
  }
  return { leaves: classes, far: 1, near };
}

/** Of each class: its pictures, how often it was predicted, and how often rightly. */
function totalsOf({
  classes,
  entries,
}: ConfusionMatrix): Record<"pictures" | "predicted" | "right", Float64Array> {
  const totals = {
    pictures: new Float64Array(classes),
    predicted: new Float64Array(classes),
    right: new Float64Array(classes),
  };
  for (const [target, predicted, count] of entries) {
    totals.pictures[target]! += count;
    totals.predicted[predicted]! += count;
    if (target === predicted) totals.right[target]! += count;
  }
  return totals;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
