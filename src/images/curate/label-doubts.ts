import { meanWeight } from "../../adapt/class-means.js";
import { type Matrix, row, rowsAt } from "../../math/matrix.js";
import { softmax } from "../../math/softmax.js";
import { dot, norm, normalise } from "../../math/vector.js";
import type { ClassEmbeddings } from "../../scoring/scores.js";
import { logitsOf } from "../../scoring/scores.js";
import { similarityBlocks } from "../../scoring/similarities.js";
import { drawnPositions } from "./nearest-rows.js";

/** What the model thinks of the label that one picture was given. */
export interface LabelDoubt {
  /** Position of the label that suits best of all others. */
  readonly other: number;
  /** What the other gets of the softmax share that both get together, 0 to 1; above 0.5 the other is ahead. */
  readonly doubt: number;
  /** Whether each gets at least what pictures with that label get on average: the thresholds of confident learning. */
  readonly givenIsConfident: boolean;
  readonly otherIsConfident: boolean;
}

/** Pictures that the weight of the examples is chosen on. */
const WEIGHED = 5000;

/**
 * Compares pictures with the label that each was given and with all others. Class embeddings are moved towards the mean of the pictures
 * that were given the label, without the picture in question, so that a label that was given wrongly does not speak for itself: few
 * wrong ones hardly move a mean. A label is confident where its share reaches the mean share of the pictures given it
 * (Northcutt et al. 2021, "Confident learning: estimating uncertainty in dataset labels").
 *
 * @param given position of the label of each picture
 */
export async function labelDoubts(
  images: Matrix,
  given: readonly number[],
  classes: ClassEmbeddings,
  signal?: AbortSignal,
): Promise<LabelDoubt[]> {
  const weight = weightOf(images, given, classes);
  const sums = sumsByClass(images, given, classes.embeddings);
  const adapted = adaptedClasses(classes.embeddings, sums, weight);
  const [shares, others, otherShares] = [
    new Float64Array(images.rows),
    new Int32Array(images.rows),
    new Float64Array(images.rows),
  ];
  const labels = classes.labels.length;
  for await (const { first, rows, similarities } of similarityBlocks(images, adapted)) {
    signal?.throwIfAborted();
    for (let r = 0; r < rows; r++) {
      const at = first + r;
      const all = similarities.subarray(r * labels, (r + 1) * labels);
      const label = given[at]!;
      all[label] = withoutItself(row(images, at), row(classes.embeddings, label), sums[label]!, weight);
      const probabilities = softmax(logitsOf(all, classes.scoring));
      shares[at] = probabilities[label]!;
      others[at] = largestBut(label, probabilities);
      otherShares[at] = probabilities[others[at]!] ?? 0;
    }
  }
  const thresholds = meanShares(shares, given, labels);
  return Array.from(shares, (share, at) => ({
    other: others[at]!,
    // The larger share of two is above 0.
    doubt: otherShares[at]! / (otherShares[at]! + share || 1),
    givenIsConfident: share >= thresholds[given[at]!]!,
    otherIsConfident: otherShares[at]! >= thresholds[others[at]!]!,
  }));
}

function weightOf(images: Matrix, given: readonly number[], classes: ClassEmbeddings): number {
  const drawn = drawnPositions(images.rows, WEIGHED, 1);
  return meanWeight(classes, { embeddings: rowsAt(images, drawn), classes: drawn.map((at) => given[at]!) });
}

function sumsByClass(images: Matrix, given: readonly number[], { rows, columns }: Matrix): Float64Array[] {
  const sums = Array.from({ length: rows }, () => new Float64Array(columns));
  for (const [at, label] of given.entries()) {
    const [image, sum] = [row(images, at), sums[label]!];
    for (let i = 0; i < columns; i++) sum[i]! += image[i]!;
  }
  return sums;
}

function adaptedClasses(words: Matrix, sums: readonly Float64Array[], weight: number): Matrix {
  const data = words.data.slice();
  for (const [label, sum] of sums.entries()) {
    data.set(mixed(row(words, label), Float32Array.from(sum), weight), label * words.columns);
  }
  return { ...words, data };
}

/** The cosine of a picture to its own class as the other pictures make it. */
function withoutItself(image: Float32Array, words: Float32Array, sum: Float64Array, weight: number): number {
  return dot(
    image,
    mixed(
      words,
      Float32Array.from(sum, (value, i) => value - image[i]!),
      weight,
    ),
  );
}

/** The unit vector along (1 - weight) x words + weight x unit mean; words alone where pictures cancel out or there are none. */
function mixed(words: Float32Array, sum: Float32Array, weight: number): Float32Array {
  // What is left of a sum of one after it was taken away.
  if (norm(sum) < 1e-5) return words;
  const mean = normalise(sum);
  return normalise(words.map((value, i) => (1 - weight) * value + weight * mean[i]!));
}

/** The position of the largest value that is not at `position`; that of itself where it is alone. */
function largestBut(position: number, values: Float64Array): number {
  let best = position === 0 ? Math.min(1, values.length - 1) : 0;
  for (let at = 0; at < values.length; at++) {
    if (at !== position && values[at]! > values[best]!) best = at;
  }
  return best;
}

function meanShares(shares: Float64Array, given: readonly number[], labels: number): Float64Array {
  const [sums, counts] = [new Float64Array(labels), new Float64Array(labels)];
  for (const [at, label] of given.entries()) {
    sums[label]! += shares[at]!;
    counts[label]!++;
  }
  // A label that no picture was given has no threshold that could be reached.
  return sums.map((sum, label) => (counts[label] === 0 ? Number.POSITIVE_INFINITY : sum / counts[label]!));
}
