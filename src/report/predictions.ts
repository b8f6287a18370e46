import { stringify } from "csv-stringify/sync";
import type { EvaluationResult } from "../evaluate/evaluate.js";
import { sevenDigits } from "../math/digits.js";

/**
 * What each run made of each picture, as CSV, a piece of text a picture: run, id, label, predicted, whether that is right,
 * score, rank of the label, and the best labels with their scores.
 */
export function* predictionsCsv({ evaluation, ids, outcomes }: EvaluationResult): Generator<string> {
  const kept = Math.max(...outcomes.map((outcome) => outcome.kept));
  const best = Array.from({ length: kept }, (_, at) => [`label_${at + 1}`, `score_${at + 1}`]).flat();
  yield stringify([["run", "id", "label", "predicted", "correct", "score", "label_rank", ...best]]);
  for (const [at, { name, labels }] of evaluation.runs.entries()) {
    const { targets, predicted, correct, confidences, ranks, top, topScores, kept: columns } = outcomes[at]!;
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
          ...cells.flatMap((cell) => [labels[top[cell]!], sevenDigits(topScores[cell]!)]),
        ],
      ]);
    }
  }
}
