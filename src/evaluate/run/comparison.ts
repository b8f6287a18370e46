import type { Comparison, Difference } from "../evaluation.js";
import { mcnemar } from "../metrics/paired.js";
import { metricDifferences } from "./estimates.js";
import type { ScoredRun } from "./run.js";

const DIFFERING = 100;

/** Each run against the first, on the same pictures. */
export function compareRuns(runs: readonly ScoredRun[], ids: readonly (string | number)[]): Comparison[] {
  const [first, ...others] = runs;
  return others.map((second, index) => ({
    first: 0,
    second: index + 1,
    ...mcnemar(first!.outcomes.correct, second.outcomes.correct),
    differences: metricDifferences(first!.resampled, second.resampled),
    differing: differingOf(first!, second, ids),
  }));
}

function differingOf(first: ScoredRun, second: ScoredRun, ids: readonly (string | number)[]): Difference[] {
  const differing: Difference[] = [];
  const { correct, targets, predicted } = first.outcomes;
  for (const [picture, right] of correct.entries()) {
    if (differing.length === DIFFERING) break;
    if (right === second.outcomes.correct[picture]) continue;
    differing.push({
      id: ids[picture]!,
      label: first.run.labels[targets[picture]!]!,
      first: first.run.labels[predicted[picture]!]!,
      second: second.run.labels[second.outcomes.predicted[picture]!]!,
    });
  }
  return differing;
}
