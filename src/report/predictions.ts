import { stringify } from "csv-stringify/sync";
import type { EvaluationResult } from "../evaluate/evaluate.js";
import { sevenDigits } from "../math/digits.js";

/**
 * What each run made of each picture, as CSV, a piece of text a picture: run, id, label, predicted, whether that is right,
 * score, rank and score of the label, the picture's terms of NLL and Brier score, whose means these metrics are, and the best
 * labels with their scores.
 */
export function* predictionsCsv({ evaluation, ids, outcomes }: EvaluationResult): Generator<string> {
  const kept = Math.max(...outcomes.map((outcome) => outcome.kept));
  const best = Array.from({ length: kept }, (_, at) => [`label_${at + 1}`, `score_${at + 1}`]).flat();
  yield stringify([
    [
      "run",
      "id",
      "label",
      "predicted",
      "correct",
      "score",
      "label_rank",
      "label_score",
      "nll",
      "brier",
      ...best,
    ],
  ]);
  for (const [at, { name, labels }] of evaluation.runs.entries()) {
    const { targets, predicted, correct, confidences, ranks, top, topScores, kept: columns } = outcomes[at]!;
    const { logProbabilities, brierTerms } = outcomes[at]!;
    for (const [picture, id] of ids.entries()) {
      const cells = Array.from({ length: columns }, (_, place) => picture * columns + place);
      yield stringify([
        [
          name,
          id,
          labels[targets[picture]!],
          labels[predicted[picture]!],
          correct[picture],
          sevenDigits(confidences[picture]!),
          ranks[picture],
          sevenDigits(Math.exp(logProbabilities[picture]!)),
          sevenDigits(-logProbabilities[picture]!),
          sevenDigits(brierTerms[picture]!),
          ...cells.flatMap((cell) => [labels[top[cell]!], sevenDigits(topScores[cell]!)]),
        ],
      ]);
    }
  }
}
