import { createHash } from "node:crypto";
import { posix, resolve, win32 } from "node:path";
import { ERRORS } from "../../errors.js";
import type { Evaluation } from "../../evaluate/evaluation.js";
import type { EvaluationJob } from "./evaluation-thread.js";

/** Where a data set lies on this machine, which clients are not told. */
export interface DatasetPlace {
  readonly path: string;
  readonly split: string | undefined;
}

/**
 * The id of a picture as clients are told it: by its place in the data set. One that lies elsewhere is told by its name, and eight
 * digits for it not to be taken for another of that name.
 */
export function toldId<T extends string | number>(id: T, { path }: Pick<DatasetPlace, "path">): T {
  if (typeof id !== "string") return id;
  const places = [resolve(path), path].map((place) => `${place.replace(/[\\/]+$/, "")}/`);
  const inside = places.find((place) => id.startsWith(place));
  if (inside !== undefined) return id.slice(inside.length) as T;
  if (!posix.isAbsolute(id) && !win32.isAbsolute(id)) return id;
  const digits = createHash("sha256").update(id).digest("hex").slice(0, 8);
  return `${digits}/${posix.basename(id.replaceAll("\\", "/"))}` as T;
}

/** An evaluation as clients see it: models by the names that the server has for them, pictures by their place in the data set. */
export function shownEvaluation(
  evaluation: Evaluation,
  job: Pick<EvaluationJob, "path" | "runs">,
): Evaluation {
  const id = <T extends { readonly id: string | number }>(entry: T): T => ({
    ...entry,
    id: toldId(entry.id, job),
  });
  return {
    ...evaluation,
    failures: evaluation.failures.map(({ error, ...failure }) => ({
      ...id(failure),
      error: { ...error, message: ERRORS[error.code].publicMessage },
    })),
    runs: evaluation.runs.map((run, at) => ({
      ...run,
      model: { ...run.model, id: job.runs[at]!.model },
      worstMistakes: run.worstMistakes.map(id),
      confusedPairs: run.confusedPairs.map((pair) => ({
        ...pair,
        examples: pair.examples.map((example) => toldId(example, job)),
      })),
    })),
    comparisons: evaluation.comparisons.map((comparison) => ({
      ...comparison,
      differing: comparison.differing.map(id),
    })),
  };
}
