import type { Label } from "../labels/set/label.js";
import type { Matrix } from "../math/matrix.js";
import { sigmoid, softmax } from "../math/softmax.js";
import { topK } from "../math/top-k.js";
import type { LogitScoring } from "../model/config/families.js";

/** How cosines become logits and scores: what an `Encoder` says, and what was fitted since. */
export interface Scoring extends LogitScoring {
  /** What logits are divided by before they become scores; `fitTemperature` finds it. Default 1. */
  readonly temperature?: number | undefined;
}

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
   * of the logit for models trained so and with `multiLabel`. Logits are divided by the temperature first, where there is one.
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
  /**
   * Leave out predictions that score less, 0 to 1. May leave none. A map has a least score for each label, as
   * `fitThresholds` finds them; labels that are not in it are never left out.
   */
  minScore?: number | ReadonlyMap<string, number> | undefined;
  /** Leave out predictions whose cosine is less, -1 to 1. May leave none. */
  minSimilarity?: number | undefined;
  /**
   * Score each label on its own, for pictures that show several of them: scores no longer add up to 1. A model
   * with softmax has no zero of its own, so there a label is scored against the mean logit of all labels, and a
   * temperature, which was fitted for the softmax, is left out.
   */
  multiLabel?: boolean | undefined;
}

/** Scale x cosine + bias. */
export function logitsOf(similarities: Float64Array, { logitScale, logitBias }: Scoring): Float64Array {
  return similarities.map((similarity) => logitScale * similarity + logitBias);
}

/**
 * Predictions from the cosines of one picture to `labels`, in the same order. Softmax runs over just these labels.
 */
export function rank(
  similarities: Float64Array,
  labels: readonly Label[],
  scoring: Scoring,
  options: PredictOptions,
): Prediction[] {
  const { topK: k = 5, multiLabel = false } = options;
  const scores = scoresOf(logitsOf(similarities, scoring), scoring, multiLabel);
  const found = topK(similarities, k).map((index) => ({
    label: labels[index]!,
    similarity: similarities[index]!,
    score: scores[index]!,
  }));
  return predictionsOf(found, scoring, options);
}

/** Predictions of labels with their similarity and score, best first. */
export function predictionsOf(
  found: readonly { readonly label: Label; readonly similarity: number; readonly score: number }[],
  { logitScale, logitBias }: Scoring,
  { minScore = 0, minSimilarity = -1 }: PredictOptions,
): Prediction[] {
  const least = (label: string) => (typeof minScore === "number" ? minScore : (minScore.get(label) ?? 0));
  return found
    .map(({ label, similarity, score }, position) => ({
      label: label.label,
      rank: position + 1,
      score,
      similarity,
      distance: 1 - similarity,
      logit: logitScale * similarity + logitBias,
    }))
    .filter(({ label, score, similarity }) => score >= least(label) && similarity >= minSimilarity);
}

function scoresOf(logits: Float64Array, scoring: Scoring, multiLabel: boolean): Float64Array {
  const { scoreFunction, temperature = 1 } = scoring;
  if (multiLabel && scoreFunction === "softmax") {
    const mean = logits.reduce((sum, logit) => sum + logit, 0) / logits.length;
    return sigmoid(logits.map((logit) => logit - mean));
  }
  const scaled = temperature === 1 ? logits : logits.map((logit) => logit / temperature);
  return scoreFunction === "sigmoid" ? sigmoid(scaled) : softmax(scaled);
}

/** Whether scores are calibrated: a temperature was fitted for them, and they are those it was fitted for. */
export function isCalibrated(
  { temperature = 1, scoreFunction }: Scoring,
  { multiLabel = false }: PredictOptions,
): boolean {
  return temperature !== 1 && !(multiLabel && scoreFunction === "softmax");
}
