import { type Matrix, meanRow, row, rowRange } from "../math/matrix.js";
import { logistic } from "../math/softmax.js";
import { topK } from "../math/top-k.js";
import { dot } from "../math/vector.js";
import type { Values } from "../onnx/graph.js";
import {
  type ClassEmbeddings,
  type Prediction,
  type PredictOptions,
  predictionsOf,
  rank,
  type Scoring,
} from "./scores.js";
import { scoringNetwork, similaritiesTo, valuesOf } from "./similarities.js";

/** Labels from which on `nearestLabels` is faster than `predict`, one picture at a time too. */
export const MANY_LABELS = 4096;

/** Pictures compared at a time. */
const PICTURES = 256;
/** Similarities held at a time: 8 MB, a few times over. */
const BLOCK = 2 ** 21;
/** Labels in a block at most: sums over more lose digits in single precision. */
const BLOCK_LABELS = 2 ** 15;
/** Labels looked at beside the `k` nearest: those that rounding may have put in their place. */
const SPARE = 22;

/** Predictions for the pictures whose embeddings are the rows of `images`, in their order. */
export type NearestLabels = (images: Matrix, options: PredictOptions) => AsyncGenerator<Prediction[]>;

/**
 * What `predict` finds, for label sets of which a plain loop takes long. Classes are compared in single precision by ONNX
 * Runtime, block by block; those that may be among the nearest are compared again as `predict` does. So labels, ranks,
 * similarities and logits are the same to the bit. A softmax score differs by less than 1e-5 of itself at a logit scale of 100,
 * as its sum over the labels that are farther away is rounded.
 */
export function nearestLabels(classes: ClassEmbeddings): NearestLabels {
  let mean: Float32Array | undefined;
  const meanSimilarity = (image: Float32Array) => {
    mean ??= meanRow(classes.embeddings);
    return dot(image, mean);
  };
  return async function* nearest(images, options) {
    for (let start = 0; start < images.rows; start += PICTURES) {
      const some = rowRange(images, start, start + PICTURES);
      const comparisons = await compare(some, classes, options.topK ?? 5);
      for (const [at, compared] of comparisons.entries()) {
        yield predictionsFor(row(some, at), compared, meanSimilarity, classes, options);
      }
    }
  };
}

/** What is known of a picture in single precision. */
interface Compared {
  /** The nearest labels of each block, by position in the label set, nearest first. */
  readonly blocks: {
    readonly positions: Int32Array;
    readonly similarities: Float32Array;
    readonly all: boolean;
  }[];
  /** Largest similarity. */
  largest: number;
  /** sum exp(scale x (similarity - largest)) over all labels. */
  sum: number;
}

async function compare(
  images: Matrix,
  { embeddings, scoring }: ClassEmbeddings,
  k: number,
): Promise<Compared[]> {
  const network = await scoringNetwork("nearest-labels");
  const scale = scaleOf(scoring);
  const size = Math.min(BLOCK_LABELS, Math.ceil(BLOCK / images.rows));
  const compared = Array.from(
    { length: images.rows },
    (): Compared => ({ blocks: [], largest: Number.NEGATIVE_INFINITY, sum: 0 }),
  );
  for (let start = 0; start < embeddings.rows; start += size) {
    const block = rowRange(embeddings, start, start + size);
    const kept = Math.min(k + SPARE, block.rows);
    const inputs = {
      images: valuesOf(images),
      classes: valuesOf(block),
      k: { data: Int32Array.of(kept), shape: [1] },
      scale: { data: Float32Array.of(scale), shape: [1] },
    };
    const [similarities, positions, sums] = (await network.run(inputs, [
      "similarities",
      "positions",
      "sums",
    ])) as [Values, Values, Values];
    for (const [at, picture] of compared.entries()) {
      const part = [at * kept, (at + 1) * kept] as const;
      const near = similarities.data.subarray(...part) as Float32Array;
      const places = positions.data.subarray(...part).map((place) => start + place) as Int32Array;
      picture.blocks.push({ positions: places, similarities: near, all: kept === block.rows });
      addSum(picture, near[0]!, sums.data[at]!, scale);
    }
  }
  return compared;
}

/** Adds a block's sum, which is relative to its own largest similarity. */
function addSum(picture: Compared, largest: number, sum: number, scale: number): void {
  const both = Math.max(picture.largest, largest);
  picture.sum =
    picture.sum * Math.exp(scale * (picture.largest - both)) + sum * Math.exp(scale * (largest - both));
  picture.largest = both;
}

/** A label that may be among the nearest. */
interface Candidate {
  readonly position: number;
  readonly rounded: number;
  readonly similarity: number;
}

function predictionsFor(
  image: Float32Array,
  compared: Compared,
  meanSimilarity: (image: Float32Array) => number,
  classes: ClassEmbeddings,
  options: PredictOptions,
): Prediction[] {
  const { topK: k = 5, multiLabel = false } = options;
  const candidates = candidatesOf(image, compared, classes.embeddings, k);
  // More labels are equally near than were kept: who comes first needs a look at all of them.
  if (!candidates) {
    return rank(similaritiesTo(image, classes.embeddings), classes.labels, classes.scoring, options);
  }
  const best = topK(
    candidates.map(({ similarity }) => similarity),
    k,
  ).map((at) => candidates[at]!);
  const score = scorer(
    compared,
    candidates,
    classes.scoring,
    multiLabel ? () => meanSimilarity(image) : undefined,
  );
  const found = best.map(({ position, similarity }) => ({
    label: classes.labels[position]!,
    similarity,
    score: score(similarity),
  }));
  return predictionsOf(found, classes.scoring, options);
}

/**
 * The labels whose similarity may be one of the `k` largest, in the order of the label set; undefined where blocks may have
 * left some out. With rounded similarities off by `error` at most, the k-th largest similarity is not below the k-th largest
 * rounded one less `error`, and no rounded one of the `k` largest is below that less `error` again.
 */
function candidatesOf(
  image: Float32Array,
  { blocks }: Compared,
  embeddings: Matrix,
  k: number,
): Candidate[] | undefined {
  const rounded = blocks.flatMap(({ similarities }) => [...similarities]).sort((a, b) => b - a);
  const least = (rounded[k - 1] ?? Number.NEGATIVE_INFINITY) - 2 * roundingError(embeddings.columns);
  if (blocks.some(({ similarities, all }) => !all && similarities.at(-1)! >= least)) return undefined;
  const candidates: Candidate[] = [];
  for (const { positions, similarities } of blocks) {
    for (const [at, position] of positions.entries()) {
      if (similarities[at]! < least) break;
      const similarity = dot(image, row(embeddings, position));
      candidates.push({ position, rounded: similarities[at]!, similarity });
    }
  }
  return candidates.sort((a, b) => a.position - b.position);
}

/**
 * How far the dot product of two unit vectors in single precision can be from the true one, in whatever order it is summed:
 * n u / (1 - n u), with u = 2^-24 (Higham 2002, "Accuracy and Stability of Numerical Algorithms", section 3.1). A tenth more for
 * vectors whose length is 1 only nearly.
 */
function roundingError(columns: number): number {
  return 1.1 * columns * 2 ** -24;
}

/** The score of a label from its similarity, as `predict` defines it. */
function scorer(
  { largest, sum }: Compared,
  candidates: readonly Candidate[],
  scoring: Scoring,
  meanSimilarity?: () => number,
): (similarity: number) => number {
  const { logitScale, logitBias, scoreFunction, temperature = 1 } = scoring;
  if (scoreFunction === "sigmoid") {
    return (similarity) => logistic((logitScale * similarity + logitBias) / temperature);
  }
  if (meanSimilarity) {
    const mean = meanSimilarity();
    return (similarity) => logistic(logitScale * (similarity - mean));
  }
  const weight = (similarity: number) => Math.exp(scaleOf(scoring) * (similarity - largest));
  // The nearest labels make up most of the sum, so that it gets their exact similarities.
  const corrected = candidates.reduce(
    (total, { similarity, rounded }) => total + weight(similarity) - weight(rounded),
    sum,
  );
  return (similarity) => weight(similarity) / corrected;
}

function scaleOf({ logitScale, temperature = 1 }: Scoring): number {
  return logitScale / temperature;
}
