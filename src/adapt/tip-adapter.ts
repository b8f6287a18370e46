import { checkOptions } from "../arguments.js";
import { row } from "../math/matrix.js";
import { topK } from "../math/top-k.js";
import { dot } from "../math/vector.js";
import { type ClassEmbeddings, logitsOf } from "../scoring/scores.js";
import { similaritiesTo } from "../scoring/similarities.js";
import { checkExamples, type Examples, foldsOf } from "./examples.js";
import { checkNotNegative } from "./fitting-input.js";

export interface TipAdapterOptions {
  /** How much the examples count beside the words. Default 1, the paper's. */
  alpha?: number | undefined;
  /** How near an example has to be to count. Default 5.5, the paper's. */
  beta?: number | undefined;
}

/** The paper's own, for ImageNet. */
const PAPER = { alpha: 1, beta: 5.5 } as const;

/** The paper's own comes first, and so wins where others do no better. */
const ALPHAS = [1, 3, 10, 30] as const;
const BETAS = [5.5, 1, 2, 10] as const;

/**
 * Logits of a picture with a cache of examples: logit + alpha x sum over the class's examples of
 * exp(-beta (1 - cosine)). Training-free Tip-Adapter, Zhang et al. 2022, equations 3 to 5.
 *
 * @param image Unit length, as wide as the class embeddings.
 * @returns One logit a class.
 * @throws NearlabelError `VECTOR_INVALID`, `OPTION_INVALID`
 */
export function tipAdapterLogits(
  image: Float32Array,
  classes: ClassEmbeddings,
  examples: Examples,
  options: TipAdapterOptions = {},
): Float64Array {
  checkOptions(options, ["alpha", "beta"], "tipAdapterLogits");
  const { alpha = PAPER.alpha, beta = PAPER.beta } = options;
  checkNotNegative("alpha", alpha);
  checkNotNegative("beta", beta);
  checkExamples(classes, examples);
  const logits = zeroShotLogits(image, classes);
  for (const [index, position] of examples.classes.entries()) {
    logits[position]! += alpha * affinity(dot(image, row(examples.embeddings, index)), beta);
  }
  return logits;
}

/**
 * The alpha and beta that name most examples right, each while the examples of its fold are left out: no picture but
 * the examples is used. The paper's where no class has two examples. Compares every pair of examples once for each beta.
 */
export function tipAdapterOptions(classes: ClassEmbeddings, examples: Examples): Required<TipAdapterOptions> {
  checkExamples(classes, examples);
  const { folds, foldOf } = foldsOf(examples, classes.embeddings.rows);
  if (folds === 1) return PAPER;
  const choices = BETAS.flatMap((beta) => ALPHAS.map((alpha) => ({ alpha, beta, right: 0 })));
  for (const [index, truth] of examples.classes.entries()) {
    const image = row(examples.embeddings, index);
    const words = zeroShotLogits(image, classes);
    const cosines = examples.classes.map((_, other) =>
      foldOf[other] === foldOf[index] ? undefined : dot(image, row(examples.embeddings, other)),
    );
    for (const choice of choices) {
      const logits = words.slice();
      for (const [other, cosine] of cosines.entries()) {
        if (cosine === undefined) continue;
        logits[examples.classes[other]!]! += choice.alpha * affinity(cosine, choice.beta);
      }
      if (topK(logits, 1)[0] === truth) choice.right++;
    }
  }
  const best = Math.max(...choices.map(({ right }) => right));
  const { alpha, beta } = choices.find(({ right }) => right === best)!;
  return { alpha, beta };
}

function zeroShotLogits(image: Float32Array, { embeddings, scoring }: ClassEmbeddings): Float64Array {
  return logitsOf(similaritiesTo(image, embeddings), scoring);
}

function affinity(cosine: number, beta: number): number {
  return Math.exp(-beta * (1 - cosine));
}
