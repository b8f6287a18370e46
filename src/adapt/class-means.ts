import { type Matrix, row } from "../math/matrix.js";
import { rowDots } from "../math/products.js";
import { softmax } from "../math/softmax.js";
import { dot, norm, normalise } from "../math/vector.js";
import type { ClassEmbeddings } from "../scoring/scores.js";
import { checkExamples, type Examples, foldsOf } from "./examples.js";
import { checkShare } from "./fitting-input.js";

/** The weights to choose from. 1 would forget the words, which helped nowhere (docs/adaptation.md). */
const WEIGHTS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] as const;

/**
 * The weight where every class has one example at most, so that none can be left out to choose by: a small one, which
 * gained a point with a weak model, and with a strong one neither gained nor cost much (docs/adaptation.md).
 */
export const SINGLE_EXAMPLE_WEIGHT = 0.05;

/**
 * Classes moved towards their examples: each class embedding becomes the unit vector along
 * (1 - weight) x class embedding + weight x unit mean of the class's examples, the nearest class mean of Mensink et al.
 * (2013, "Distance-based image classification") with the words as a prior. Classes without examples stay as they are.
 *
 * @param weight 0 (words alone) to 1 (examples alone). Default: {@link meanWeight}.
 * @throws NearlabelError `VECTOR_INVALID`, `OPTION_INVALID`
 */
export function adaptClasses(
  classes: ClassEmbeddings,
  examples: Examples,
  weight = meanWeight(classes, examples),
): ClassEmbeddings {
  checkExamples(classes, examples);
  checkShare("weight", weight);
  const means = exampleMeans(examples, classes.embeddings.rows, () => true);
  const data = classes.embeddings.data.slice();
  for (const [position, mean] of means.entries()) {
    if (!mean) continue;
    const words = row(classes.embeddings, position);
    const mixed = words.map((value, i) => (1 - weight) * value + weight * mean[i]!);
    data.set(normalise(mixed), position * classes.embeddings.columns);
  }
  return { ...classes, embeddings: { ...classes.embeddings, data } };
}

/**
 * The weight with the least mean negative log likelihood on examples that are left out, one of each class at a time.
 * Only the examples are used. 0.05 where no class has two.
 */
export function meanWeight(classes: ClassEmbeddings, examples: Examples): number {
  checkExamples(classes, examples);
  const { folds, foldOf } = foldsOf(examples, classes.embeddings.rows);
  if (folds === 1) return SINGLE_EXAMPLE_WEIGHT;
  const losses = WEIGHTS.map(() => 0);
  for (let fold = 0; fold < folds; fold++) {
    const means = exampleMeans(examples, classes.embeddings.rows, (index) => foldOf[index] !== fold);
    const alike = means.map((mean, position) => mean && dot(mean, row(classes.embeddings, position)));
    for (const [index, truth] of examples.classes.entries()) {
      if (foldOf[index] !== fold) continue;
      const cosines = cosinesOf(row(examples.embeddings, index), classes.embeddings, means);
      for (const [at, weight] of WEIGHTS.entries()) {
        losses[at]! += loss(cosines, alike, weight, truth, classes.scoring.logitScale);
      }
    }
  }
  return WEIGHTS[losses.indexOf(Math.min(...losses))]!;
}

/** The unit mean of the examples of each class among those that `included` lets in; undefined where there are none. */
function exampleMeans(
  { embeddings, classes }: Examples,
  count: number,
  included: (index: number) => boolean,
): (Float32Array | undefined)[] {
  const sums = new Array<Float32Array | undefined>(count);
  for (const [index, position] of classes.entries()) {
    if (!included(index)) continue;
    sums[position] ??= new Float32Array(embeddings.columns);
    const sum = sums[position];
    const example = row(embeddings, index);
    for (let i = 0; i < sum.length; i++) sum[i]! += example[i]!;
  }
  // Examples that cancel out have no direction, and say nothing.
  return Array.from(sums, (sum) => (sum && norm(sum) > 0 ? normalise(sum) : undefined));
}

/** Cosines of one picture to the words and to the examples of every class. */
interface Cosines {
  readonly words: Float64Array;
  readonly means: Float64Array;
}

function cosinesOf(
  image: Float32Array,
  words: Matrix,
  means: readonly (Float32Array | undefined)[],
): Cosines {
  return {
    words: rowDots(image, words),
    means: Float64Array.from(means, (mean) => (mean ? dot(image, mean) : 0)),
  };
}

/** The loss of one picture at one weight, from cosines alone: the mixed vectors need not be made for every weight. */
function loss(
  { words, means }: Cosines,
  alike: readonly (number | undefined)[],
  weight: number,
  truth: number,
  scale: number,
): number {
  const rest = 1 - weight;
  const logits = words.map((cosine, position) => {
    const between = alike[position];
    if (between === undefined) return scale * cosine;
    const length = Math.sqrt(rest * rest + weight * weight + 2 * rest * weight * between);
    return (scale * (rest * cosine + weight * means[position]!)) / length;
  });
  return -Math.log(Math.max(softmax(logits)[truth]!, Number.MIN_VALUE));
}
