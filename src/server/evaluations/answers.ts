import type { EvaluationResult } from "../../evaluate/evaluate.js";
import type { Cell } from "./evaluations.js";

/** What each run made of each picture, to find the pictures of a cell by. */
export interface Answers {
  readonly ids: readonly (string | number)[];
  /** One a run; positions in its `labels`, in the order of `ids`. */
  readonly runs: readonly {
    readonly labels: readonly string[];
    readonly targets: readonly number[];
    readonly predicted: readonly number[];
    readonly scores: readonly number[];
  }[];
}

export function answersOf({ ids, outcomes, evaluation }: EvaluationResult): Answers {
  return {
    ids,
    runs: outcomes.map(({ targets, predicted, confidences }, run) => ({
      labels: evaluation.runs[run]!.labels,
      targets: [...targets],
      predicted: [...predicted],
      scores: Array.from(confidences, (score) => Number(score.toPrecision(4))),
    })),
  };
}

/** The pictures of a cell, those first that the run was surest of. */
export function cellOf(
  { ids, runs }: Answers,
  { run, label, predicted }: Cell,
): { readonly id: string | number; readonly score: number }[] {
  const answers = runs[run];
  if (!answers) return [];
  const target = answers.labels.indexOf(label);
  const given = answers.labels.indexOf(predicted);
  return ids
    .flatMap((id, at) =>
      answers.targets[at] === target && answers.predicted[at] === given
        ? [{ id, score: answers.scores[at]! }]
        : [],
    )
    .sort((a, b) => b.score - a.score);
}
