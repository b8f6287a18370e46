import { logSoftmax, softmax } from "../../math/softmax.js";
import { topK } from "../../math/top-k.js";
import { rankOf } from "../metrics/accuracy.js";
import { brierTerm } from "../metrics/calibration.js";
import type { Scorer } from "./scorer.js";

/** Labels kept of each picture, best first. */
const KEPT = 5;

/** What a run made of each picture: one number a picture, in the order of the pictures. */
export interface Outcomes {
  /** Index of the true label. */
  readonly targets: Int32Array;
  /** Index of the first prediction. */
  readonly predicted: Int32Array;
  /** Rank of the true label, from 1. */
  readonly ranks: Int32Array;
  /** 1 where the first prediction is the true label, else 0. */
  readonly correct: Uint8Array;
  /** Score of the first prediction: softmax over all labels. */
  readonly confidences: Float64Array;
  /** Natural logarithm of the true label's score. */
  readonly logProbabilities: Float64Array;
  /** Squared distance of the scores from the truth, summed over the labels. */
  readonly brierTerms: Float64Array;
  /** Indexes of the best labels and their scores: pictures x `kept`. */
  readonly top: Int32Array;
  readonly topScores: Float64Array;
  /** 5, or the number of labels where that is less. */
  readonly kept: number;
}

/**
 * Scores every picture. Scores are a softmax over the labels for models trained with a sigmoid too: here each picture has one
 * label, and the question is which.
 * @param visit called with each picture's scores, which are overwritten afterwards
 */
export async function outcomesOf(
  scorer: Scorer,
  targets: Int32Array,
  visit?: (picture: number, scores: Float64Array) => void,
): Promise<Outcomes> {
  const { pictures, labels } = scorer;
  const kept = Math.min(KEPT, labels);
  const outcomes: Outcomes = {
    targets,
    predicted: new Int32Array(pictures),
    ranks: new Int32Array(pictures),
    correct: new Uint8Array(pictures),
    confidences: new Float64Array(pictures),
    logProbabilities: new Float64Array(pictures),
    brierTerms: new Float64Array(pictures),
    top: new Int32Array(pictures * kept),
    topScores: new Float64Array(pictures * kept),
    kept,
  };
  let picture = 0;
  for await (const logits of scorer.byPicture()) {
    const scores = softmax(logits);
    record(outcomes, picture, logits, scores);
    visit?.(picture, scores);
    picture++;
  }
  return outcomes;
}

function record(outcomes: Outcomes, picture: number, logits: Float64Array, scores: Float64Array): void {
  const target = outcomes.targets[picture]!;
  const best = topK(logits, outcomes.kept);
  outcomes.predicted[picture] = best[0]!;
  outcomes.ranks[picture] = rankOf(logits, target);
  outcomes.correct[picture] = best[0] === target ? 1 : 0;
  outcomes.confidences[picture] = scores[best[0]!]!;
  outcomes.logProbabilities[picture] = logSoftmax(logits, target);
  outcomes.brierTerms[picture] = brierTerm(scores, target);
  outcomes.top.set(best, picture * outcomes.kept);
  outcomes.topScores.set(
    best.map((label) => scores[label]!),
    picture * outcomes.kept,
  );
}
