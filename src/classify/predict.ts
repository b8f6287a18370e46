import { NearlabelError } from "../errors.js";
import type { Label } from "../labels/label.js";
import type { Encoder } from "../model/encoder.js";
import { dot, type Matrix, row, sigmoid, softmax, topK } from "../vector.js";

/** How a model's cosines become logits and scores. Every `Encoder` is one. */
export type Scoring = Pick<Encoder, "logitScale" | "logitBias" | "scoreFunction">;

/** Labels with their class embeddings and the scoring of the model that made them. */
export interface ClassEmbeddings {
  readonly labels: readonly Label[];
  /** Unit-length rows, one a label, in the order of `labels`. */
  readonly embeddings: Matrix;
  readonly scoring: Scoring;
}

/** One label that a picture may have. */
export interface Prediction {
  readonly label: string;
  /** 1 is the nearest. */
  readonly rank: number;
  /**
   * 0 to 1. Softmax of the logits over all labels, so that all scores of a picture add up to 1; or the sigmoid
   * of the logit for models trained so and with `multiLabel`.
   */
  readonly score: number;
  /** Cosine of the angle between image embedding and class embedding, -1 to 1. */
  readonly similarity: number;
  /** Cosine distance as LanceDB returns it, 1 - similarity: 0 to 2. */
  readonly distance: number;
  /** Logit scale x similarity + logit bias. */
  readonly logit: number;
}

export interface PredictOptions {
  /** Predictions a picture, best first. Default 5. */
  topK?: number | undefined;
  /** Leave out predictions that score less, 0 to 1. May leave none. */
  minScore?: number | undefined;
  /** Leave out predictions whose cosine is less, -1 to 1. May leave none. */
  minSimilarity?: number | undefined;
  /**
   * Score each label on its own, for pictures that show several of them: scores no longer add up to 1. A model
   * with softmax has no zero of its own, so there a label is scored against the mean logit of all labels.
   */
  multiLabel?: boolean | undefined;
}

/** Checks what a caller asked for, once, before any work is done. */
export function checkPredictOptions({ topK: k = 5, minScore, minSimilarity }: PredictOptions = {}): void {
  if (!Number.isInteger(k) || k < 1) throw optionError("topK", "a whole number from 1", k);
  if (minScore !== undefined && !(minScore >= 0 && minScore <= 1)) {
    throw optionError("minScore", "a number from 0 to 1", minScore);
  }
  if (minSimilarity !== undefined && !(minSimilarity >= -1 && minSimilarity <= 1)) {
    throw optionError("minSimilarity", "a number from -1 to 1", minSimilarity);
  }
}

function optionError(name: string, expected: string, got: unknown): NearlabelError {
  return new NearlabelError("OPTION_INVALID", `Expected ${name} to be ${expected}, got ${String(got)}.`);
}

/** The labels nearest to a unit-length image embedding. `image` must have `classes.embeddings.columns` numbers. */
export function predict(
  image: Float32Array,
  classes: ClassEmbeddings,
  options: PredictOptions = {},
): Prediction[] {
  const { embeddings, labels } = classes;
  if (image.length !== embeddings.columns) {
    throw new NearlabelError(
      "VECTOR_INVALID",
      `Expected an image embedding of ${embeddings.columns} numbers, as the class embeddings have, got ${image.length}. Embed pictures and labels with the same model.`,
    );
  }
  const similarities = Float64Array.from(labels, (_, index) => dot(image, row(embeddings, index)));
  return rank(similarities, labels, classes.scoring, options);
}

/**
 * Predictions from the cosines of one picture to `labels`, in the same order. Softmax runs over just these labels.
 */
export function rank(
  similarities: Float64Array,
  labels: readonly Label[],
  scoring: Scoring,
  { topK: k = 5, minScore = 0, minSimilarity = -1, multiLabel = false }: PredictOptions,
): Prediction[] {
  const logits = similarities.map((similarity) => scoring.logitScale * similarity + scoring.logitBias);
  const scores = scoresOf(logits, scoring, multiLabel);
  return topK(similarities, k)
    .map((index, position) => ({
      label: labels[index]!.label,
      rank: position + 1,
      score: scores[index]!,
      similarity: similarities[index]!,
      distance: 1 - similarities[index]!,
      logit: logits[index]!,
    }))
    .filter(({ score, similarity }) => score >= minScore && similarity >= minSimilarity);
}

function scoresOf(logits: Float64Array, { scoreFunction }: Scoring, multiLabel: boolean): Float64Array {
  if (scoreFunction === "sigmoid") return sigmoid(logits);
  if (!multiLabel) return softmax(logits);
  const mean = logits.reduce((sum, logit) => sum + logit, 0) / logits.length;
  return sigmoid(logits.map((logit) => logit - mean));
}
