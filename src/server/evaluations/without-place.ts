import { resolve } from "node:path";
import type { Evaluation } from "../../evaluate/evaluation.js";
import type { EvaluationJob } from "./evaluation-thread.js";

type Placed = Pick<EvaluationJob, "path">;

/** A text or an id without the place of the data set on this machine. */
export function withoutPlace<T extends string | number>(told: T, { path }: Placed): T {
  if (typeof told !== "string") return told;
  const places = [resolve(path), path].flatMap((place) => [`${place.replace(/[\\/]+$/, "")}/`, place]);
  return places.reduce<string>((text, place) => text.replaceAll(place, ""), told) as T;
}

/** An evaluation as clients see it: models by the names that the server has for them, pictures by their place in the data set. */
export function shownEvaluation(
  evaluation: Evaluation,
  job: Placed & Pick<EvaluationJob, "runs">,
): Evaluation {
  const id = <T extends { readonly id: string | number }>(entry: T): T => ({
    ...entry,
    id: withoutPlace(entry.id, job),
  });
  return {
    ...evaluation,
    failures: evaluation.failures.map(({ error, ...failure }) => ({
      ...id(failure),
      error: { ...error, message: withoutPlace(error.message, job) },
    })),
    runs: evaluation.runs.map((run, at) => ({
      ...run,
      model: { ...run.model, id: job.runs[at]!.model },
      worstMistakes: run.worstMistakes.map(id),
      confusedPairs: run.confusedPairs.map((pair) => ({
        ...pair,
        examples: pair.examples.map((example) => withoutPlace(example, job)),
      })),
    })),
    comparisons: evaluation.comparisons.map((comparison) => ({
      ...comparison,
      differing: comparison.differing.map(id),
    })),
  };
}
