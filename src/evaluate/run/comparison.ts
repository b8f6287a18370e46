import type { Comparison, Difference } from "../evaluation.js";
import { type BootstrapOptions, bootstrapMean } from "../metrics/intervals.js";
import { mcnemar } from "../metrics/paired.js";
import type { ScoredRun } from "./run.js";

const DIFFERING = 100;

/** Each run against the first, on the same pictures. */
export async function compareRuns(
  runs: readonly ScoredRun[],
  ids: readonly (string | number)[],
  options: BootstrapOptions,
): Promise<Comparison[]> {
  return Promise.all(
    runs.slice(1).map((second, index) => compare(runs[0]!, second, index + 1, ids, options)),
  );
}

async function compare(
  first: ScoredRun,
  second: ScoredRun,
  position: number,
  ids: readonly (string | number)[],
  options: BootstrapOptions,
): Promise<Comparison> {
  const a = first.outcomes.correct;
  const b = second.outcomes.correct;
  return {
    first: 0,
    second: position,
    ...mcnemar(a, b),
    // Of accuracies on the same pictures: the mean of what each picture gains or loses.
    difference: await bootstrapMean(
      Float64Array.from(a, (correct, picture) => b[picture]! - correct),
      options,
    ),
    differing: differingOf(first, second, ids),
  };
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
