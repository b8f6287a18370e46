import type { EvaluationRequest, EvaluationRunRequest } from "nearlabel/client";
import { setParameters, useRoute } from "../../route.js";

/** What is to be evaluated, as the address has it. */
export interface Wanted {
  readonly dataset: string | undefined;
  readonly split: string | undefined;
  /** Pictures, as it was typed; empty for all. */
  readonly sample: string;
  readonly runs: readonly EvaluationRunRequest[];
}

/** The form's contents, which the address keeps. */
export function useWanted(): [Wanted, (change: Partial<Wanted>, options?: { replace?: boolean }) => void] {
  const { parameters } = useRoute();
  const wanted: Wanted = {
    dataset: parameters.get("dataset") ?? undefined,
    split: parameters.get("split") ?? undefined,
    sample: parameters.get("sample") ?? "",
    runs: runsIn(parameters.get("runs")),
  };
  return [
    wanted,
    (change, options) => {
      const { runs, ...rest } = { ...wanted, ...change };
      setParameters(
        { ...rest, runs: JSON.stringify(runs) === "[{}]" ? undefined : JSON.stringify(runs) },
        options,
      );
    },
  ];
}

/** Whether some run has nothing to choose from. */
export function lacksLabels({ runs }: Wanted): boolean {
  return runs.some(({ labels }) => labels?.length === 0);
}

/** How many pictures are drawn: `undefined` for all, NaN for what is no such number. */
export function sampleOf({ sample }: Wanted): number | undefined {
  if (sample.trim() === "") return undefined;
  const count = Number(sample);
  return Number.isInteger(count) && count > 0 ? count : Number.NaN;
}

export function requestOf(wanted: Wanted, dataset: string): EvaluationRequest {
  const sample = sampleOf(wanted);
  return {
    dataset,
    ...(wanted.split !== undefined && { split: wanted.split }),
    ...(sample !== undefined && { sample }),
    runs: wanted.runs,
  };
}

/** The address of the form that makes this request. */
export function parametersOf({
  dataset,
  split = "",
  sample,
  runs,
}: EvaluationRequest): Record<string, string> {
  return { dataset, split, sample: sample === undefined ? "" : String(sample), runs: JSON.stringify(runs) };
}

/** One request with the runs of several, each once; the pictures are those of the first. */
export function joined([first, ...others]: readonly EvaluationRequest[]): EvaluationRequest {
  const all = [first!, ...others].flatMap(({ runs }) => runs);
  const runs = new Map(all.map((run) => [JSON.stringify(run), run]));
  return { ...first!, runs: [...runs.values()] };
}

/** What tells which pictures an evaluation is over: only those over the same can be compared. */
export function picturesOf({ dataset, split, sample, seed = 0 }: EvaluationRequest): string {
  return JSON.stringify([dataset, split, sample, sample === undefined ? undefined : seed]);
}

/** What somebody made of an address by hand is no run. */
function runsIn(text: string | null): readonly EvaluationRunRequest[] {
  try {
    const runs: unknown = JSON.parse(text ?? "[{}]");
    return Array.isArray(runs) && runs.length > 0 && runs.every(isRun) ? runs : [{}];
  } catch {
    return [{}];
  }
}

function isRun(value: unknown): value is EvaluationRunRequest {
  if (typeof value !== "object" || value === null) return false;
  const { templates = [], labels = [], model = "", labelSet = "" } = value as Record<string, unknown>;
  return (
    Array.isArray(templates) &&
    Array.isArray(labels) &&
    typeof model === "string" &&
    typeof labelSet === "string"
  );
}
