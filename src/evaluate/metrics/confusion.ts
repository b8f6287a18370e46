import { averageLinkage, leafOrder } from "../../math/linkage.js";
import { topK } from "../../math/top-k.js";
import type { ClassMetrics } from "../evaluation.js";
import { requireClasses, requirePictures, requireSameLength } from "./input.js";
import type { Statistic } from "./intervals.js";

/**
 * Counts of pictures, `classes` x `classes` in row-major order: the row is the true class, the column the predicted one.
 *
 * @param targets index of the true class, one a picture
 * @param predicted index of the first prediction, one a picture
 * @throws NearlabelError `INPUT_EMPTY`; TypeError for an index that is not below `classes`
 */
export function confusionMatrix(targets: Int32Array, predicted: Int32Array, classes: number): Float64Array {
  requireSameLength("Confusion matrix", targets, predicted);
  requireClasses("Confusion matrix", targets, classes);
  requireClasses("Confusion matrix", predicted, classes);
  const confusion = new Float64Array(classes * classes);
  for (let i = 0; i < targets.length; i++) confusion[targets[i]! * classes + predicted[i]!]!++;
  return confusion;
}

/**
 * Precision, recall and F1 of each class, as scikit-learn's `precision_recall_fscore_support` with `zero_division=0`.
 *
 * @throws NearlabelError `INPUT_EMPTY` for a matrix of nothing
 */
export function classMetrics(confusion: Float64Array, classes: number): ClassMetrics[] {
  const pictures = rowSums(confusion, classes);
  requirePictures("Class metrics", sum(pictures));
  const predicted = new Float64Array(classes);
  for (let i = 0; i < confusion.length; i++) predicted[i % classes]! += confusion[i]!;
  return Array.from(pictures, (count, index) => {
    const right = confusion[index * classes + index]!;
    return {
      pictures: count,
      predicted: predicted[index]!,
      precision: share(right, predicted[index]!),
      recall: share(right, count),
      f1: share(2 * right, count + predicted[index]!),
    };
  });
}

/**
 * Mean over the classes that occur of the share of their pictures named right: scikit-learn's `balanced_accuracy_score`,
 * which CLIP_benchmark calls mean per-class recall.
 *
 * @throws NearlabelError `INPUT_EMPTY` for a matrix of nothing
 */
export function meanPerClassRecall(confusion: Float64Array, classes: number): number {
  const right = Float64Array.from({ length: classes }, (_, index) => confusion[index * classes + index]!);
  return meanRecall(right, rowSums(confusion, classes));
}

/** {@link meanPerClassRecall} of the pictures drawn. */
export function meanPerClassRecallStatistic(
  targets: Int32Array,
  predicted: Int32Array,
  classes: number,
): Statistic {
  requireSameLength("Mean per-class recall", targets, predicted);
  requireClasses("Mean per-class recall", targets, classes);
  const right = new Float64Array(classes);
  const pictures = new Float64Array(classes);
  return (drawn) => {
    right.fill(0);
    pictures.fill(0);
    for (let i = 0; i < drawn.length; i++) {
      const target = targets[drawn[i]!]!;
      pictures[target]!++;
      if (predicted[drawn[i]!] === target) right[target]!++;
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
export function confusedPairs(confusion: Float64Array, classes: number, limit: number): Confusion[] {
  const totals = rowSums(confusion, classes);
  const confused = confusion.slice();
  for (let index = 0; index < classes; index++) confused[index * classes + index] = 0;
  return topK(confused, limit)
    .filter((at) => confused[at]! > 0)
    .map((at) => {
      const target = Math.floor(at / classes);
      const pictures = confused[at]!;
      return { target, predicted: at % classes, pictures, share: pictures / totals[target]! };
    });
}

/**
 * An order of the classes that puts those that are confused with each other side by side: the leaves of average-linkage
 * clustering, with 1 less the mean of the two shares confused as the distance. Classes that are confused with none keep
 * their order. Indexes. O(classes^2).
 *
 * @throws NearlabelError `INPUT_EMPTY` for no classes
 */
export function clusterOrder(confusion: Float64Array, classes: number): number[] {
  requirePictures("Cluster order", classes);
  const totals = rowSums(confusion, classes);
  const distances = new Float64Array(classes * classes);
  for (let a = 0; a < classes; a++) {
    for (let b = 0; b < a; b++) {
      const there = share(confusion[a * classes + b]!, totals[a]!);
      const back = share(confusion[b * classes + a]!, totals[b]!);
      distances[a * classes + b] = 1 - (there + back) / 2;
      distances[b * classes + a] = distances[a * classes + b]!;
    }
  }
  return leafOrder(averageLinkage(distances, classes), classes);
}

function rowSums(matrix: Float64Array, columns: number): Float64Array {
  const sums = new Float64Array(columns);
  for (let i = 0; i < matrix.length; i++) sums[Math.floor(i / columns)]! += matrix[i]!;
  return sums;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
