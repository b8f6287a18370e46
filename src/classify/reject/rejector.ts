import type { Encoder } from "../../encoder/encoder.js";
import { NearlabelError } from "../../errors.js";
import { checkRejection, type IndexRejection, type RejectionMethod } from "../../labels/index/fitted.js";
import { embedLabels } from "../../labels/prompts/embed-labels.js";
import { labelSet } from "../../labels/set/label-set.js";
import { type Matrix, rowsAt } from "../../math/matrix.js";
import {
  chooseRivals,
  maximumSimilarity,
  maximumSoftmax,
  negativeLabelScore,
} from "../../scoring/knownness.js";
import { logitsOf } from "../../scoring/scores.js";
import { similaritiesTo } from "../../scoring/similarities.js";

/** How to tell pictures that show none of the labels. */
export interface RejectOptions {
  /**
   * `similarity`: cosine to the nearest label. `mcm`: largest softmax of the cosines (Ming et al. 2022). `negative-labels`: softmax share of the labels against `negatives` (Jiang et al. 2024).
   */
  method: RejectionMethod;
  /** A picture whose value is below this is unknown. `thresholdForFalseAccepts` chooses one. */
  threshold: number;
  /** For `negative-labels`: words for what else pictures may show. Those that mean the same as a label are left out. */
  negatives?: readonly string[] | undefined;
}

/** Why a picture is taken to show none of the labels. */
export interface Unknown {
  readonly method: RejectionMethod;
  /** What the method gave, below `threshold`. */
  readonly value: number;
  readonly threshold: number;
}

/** How likely a picture shows one of the labels, by its unit-length embedding and its cosines to them. Higher is likelier. */
export type Knownness = (image: Float32Array, similarities: Float64Array) => number;

/** The reason why a picture is unknown, or undefined where it is not. */
export type Rejector = (image: Float32Array, similarities: Float64Array) => Unknown | undefined;

/** What a method needs to know of labels and model. */
export interface RejectionClasses {
  /** Class embeddings, unit-length rows. */
  readonly embeddings: Matrix;
  /** Templates of the labels, which negatives get too. */
  readonly templates: readonly string[];
  readonly model: Encoder;
  readonly signal?: AbortSignal | undefined;
}

/** @throws NearlabelError `OPTION_INVALID` */
export function checkRejectOptions({ method, threshold, negatives }: RejectOptions): void {
  checkRejection({ method, threshold, ...(negatives && { negatives }) });
}

/** What was stored in an index, as options. */
export function rejectOptionsOf({ method, threshold, negatives }: IndexRejection): RejectOptions {
  return { method, threshold, negatives };
}

export async function createRejector(options: RejectOptions, classes: RejectionClasses): Promise<Rejector> {
  checkRejectOptions(options);
  const { method, threshold } = options;
  const knownness = await createKnownness(options, classes);
  return (image, similarities) => {
    const value = knownness(image, similarities);
    return value < threshold ? { method, value, threshold } : undefined;
  };
}

/**
 * The measure of a method, encoding its negatives where it has some. It knows nothing of a temperature: thresholds stay as
 * they are when scores are calibrated.
 *
 * @throws NearlabelError `OPTION_INVALID` where every negative means the same as a label; and as `labelSet`, `embedLabels`
 */
export async function createKnownness(
  { method, negatives = [] }: Pick<RejectOptions, "method" | "negatives">,
  classes: RejectionClasses,
): Promise<Knownness> {
  const { scoring } = classes.model;
  if (method === "mcm") return (_, similarities) => maximumSoftmax(similarities);
  if (method === "similarity") return (_, similarities) => maximumSimilarity(similarities);
  const rivals = await embedRivals(negatives, classes);
  return (image, similarities) =>
    negativeLabelScore(logitsOf(similarities, scoring), logitsOf(similaritiesTo(image, rivals), scoring));
}

async function embedRivals(
  negatives: readonly string[],
  { embeddings, templates, model, signal }: RejectionClasses,
): Promise<Matrix> {
  const words = await embedLabels(model, labelSet(negatives), templates, { signal });
  const rivals = chooseRivals(embeddings, words);
  if (rivals.length === 0) {
    throw new NearlabelError(
      "OPTION_INVALID",
      `Each of the ${words.rows} negatives means the same as a label. Give words for what else pictures may show.`,
    );
  }
  return rowsAt(words, rivals);
}
