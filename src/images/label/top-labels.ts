import type { Label } from "../../labels/set/label.js";
import type { Matrix } from "../../math/matrix.js";
import { logistic } from "../../math/softmax.js";
import { keepLargest } from "../../math/top-k.js";
import {
  type ClassEmbeddings,
  type Prediction,
  type PredictOptions,
  predictionsOf,
  type Scoring,
} from "../../scoring/scores.js";
import { similarityBlocks } from "../../scoring/similarities.js";

/**
 * The nearest labels of many pictures, and what their scores need to know of all the others. What is kept of a picture does not
 * grow with the label set, and labels that are added later cost their own columns alone: {@link withMoreLabels}.
 */
export interface TopLabels {
  /** Number of pictures. */
  readonly rows: number;
  /** Labels kept of each picture. */
  readonly kept: number;
  /** Number of labels that were compared. */
  readonly labels: number;
  /** Positions in the label set, `rows` x `kept`, nearest first. */
  readonly positions: Int32Array;
  /** Cosines, in the same places. */
  readonly similarities: Float64Array;
  /** A picture's sum of exp(logit - largest logit) over all labels, each logit divided by the temperature. */
  readonly sums: Float64Array;
  /** A picture's mean cosine over all labels. */
  readonly means: Float64Array;
}

/** Sees a picture's cosines to all labels, which are overwritten afterwards. */
export type EachPicture = (row: number, similarities: Float64Array) => void;

/**
 * Compares pictures with labels. Similarities, and so order and scores, are those of `predict` to 1e-15.
 *
 * @param images unit-length rows, as wide as the class embeddings
 * @param kept labels to keep of each picture, from 1; fewer where there are fewer labels
 */
export async function topLabels(
  images: Matrix,
  { embeddings, scoring }: ClassEmbeddings,
  kept: number,
  each?: EachPicture,
): Promise<TopLabels> {
  const labels = embeddings.rows;
  const top = emptyTop(images.rows, Math.min(kept, labels), labels);
  const places = { ...top, values: top.similarities };
  for await (const { first, rows, similarities } of similarityBlocks(images, embeddings)) {
    for (let r = 0; r < rows; r++) {
      const all = similarities.subarray(r * labels, (r + 1) * labels);
      keepLargest(all, places, first + r);
      addUp(all, scoring, top, first + r);
      each?.(first + r, all);
    }
  }
  return top;
}

/**
 * What `topLabels` gives for a label set that goes on after the one of `top`: as if all had been compared, at the cost of the
 * labels that are new.
 *
 * @param more what the labels after it give, with positions from 0
 * @param kept labels to keep; both must have kept as many, or all
 */
export function withMoreLabels(top: TopLabels, more: TopLabels, kept: number, scoring: Scoring): TopLabels {
  const labels = top.labels + more.labels;
  const both = emptyTop(top.rows, Math.min(kept, labels), labels);
  for (let r = 0; r < top.rows; r++) {
    mergeLargest(top, more, both, r);
    const largest = logit(both.similarities[r * both.kept]!, scoring);
    const share = ({ similarities, sums, kept }: TopLabels) =>
      sums[r]! * Math.exp(logit(similarities[r * kept]!, scoring) - largest);
    both.sums[r] = share(top) + share(more);
    both.means[r] = (top.means[r]! * top.labels + more.means[r]! * more.labels) / labels;
  }
  return both;
}

/** The predictions of one picture, best first: what `predict` says of it, of the labels that were kept. */
export function predictionsAt(
  top: TopLabels,
  row: number,
  labels: readonly Label[],
  scoring: Scoring,
  options: PredictOptions = {},
): Prediction[] {
  const { topK = 5, multiLabel = false } = options;
  const found = [];
  for (let at = row * top.kept; at < row * top.kept + Math.min(topK, top.kept); at++) {
    const label = labels[top.positions[at]!]!;
    found.push({ label, similarity: top.similarities[at]!, score: scoreAt(top, at, scoring, multiLabel) });
  }
  return predictionsOf(found, scoring, options);
}

/** The score of what is kept at place `at`, 0 to 1, as `predict` defines it. */
export function scoreAt(top: TopLabels, at: number, scoring: Scoring, multiLabel = false): number {
  const row = Math.floor(at / top.kept);
  const similarity = top.similarities[at]!;
  if (scoring.scoreFunction === "sigmoid") return logistic(logit(similarity, scoring));
  if (multiLabel) return logistic(scoring.logitScale * (similarity - top.means[row]!));
  const largest = logit(top.similarities[row * top.kept]!, scoring);
  return Math.exp(logit(similarity, scoring) - largest) / top.sums[row]!;
}

/** Those of some pictures, in the order of `rows`. */
export function topRows(top: TopLabels, rows: readonly number[]): TopLabels {
  if (rows.length === top.rows && rows.every((row, at) => row === at)) return top;
  const some = emptyTop(rows.length, top.kept, top.labels);
  for (const [to, from] of rows.entries()) copyRows(top, from, from + 1, some, to);
  return some;
}

/** Those of pictures that came in several parts, of which there is at least one. */
export function joinedTops(tops: readonly TopLabels[]): TopLabels {
  const [first] = tops;
  if (tops.length === 1) return first!;
  const rows = tops.reduce((sum, top) => sum + top.rows, 0);
  const joined = emptyTop(rows, first!.kept, first!.labels);
  let at = 0;
  for (const top of tops) {
    copyRows(top, 0, top.rows, joined, at);
    at += top.rows;
  }
  return joined;
}

function copyRows(from: TopLabels, first: number, end: number, to: TopLabels, at: number): void {
  const { kept } = from;
  to.positions.set(from.positions.subarray(first * kept, end * kept), at * kept);
  to.similarities.set(from.similarities.subarray(first * kept, end * kept), at * kept);
  to.sums.set(from.sums.subarray(first, end), at);
  to.means.set(from.means.subarray(first, end), at);
}

function logit(similarity: number, { logitScale, logitBias, temperature = 1 }: Scoring): number {
  const value = logitScale * similarity + logitBias;
  return temperature === 1 ? value : value / temperature;
}

function emptyTop(rows: number, kept: number, labels: number): TopLabels {
  return {
    rows,
    kept,
    labels,
    positions: new Int32Array(rows * kept),
    similarities: new Float64Array(rows * kept),
    sums: new Float64Array(rows),
    means: new Float64Array(rows),
  };
}

/** Loops without callbacks, which would take longer than the arithmetic. */
function addUp(
  all: Float64Array,
  scoring: Scoring,
  { kept, similarities, sums, means }: TopLabels,
  row: number,
) {
  const { logitScale, logitBias, temperature = 1 } = scoring;
  const largest = logit(similarities[row * kept]!, scoring);
  let [sum, mean] = [0, 0];
  for (let position = 0; position < all.length; position++) {
    const similarity = all[position]!;
    sum += Math.exp((logitScale * similarity + logitBias) / temperature - largest);
    mean += similarity;
  }
  sums[row] = sum;
  means[row] = mean / all.length;
}

function mergeLargest(top: TopLabels, more: TopLabels, both: TopLabels, row: number): void {
  let [ours, theirs] = [row * top.kept, row * more.kept];
  const [oursEnd, theirsEnd] = [ours + top.kept, theirs + more.kept];
  for (let at = row * both.kept; at < (row + 1) * both.kept; at++) {
    const isOurs =
      theirs === theirsEnd || (ours < oursEnd && top.similarities[ours]! >= more.similarities[theirs]!);
    both.similarities[at] = isOurs ? top.similarities[ours]! : more.similarities[theirs]!;
    both.positions[at] = isOurs ? top.positions[ours++]! : top.labels + more.positions[theirs++]!;
  }
}
