import type { Encoder } from "../encoder/encoder.js";
import { NearlabelError } from "../errors.js";
import { packageVersion } from "../files/package-files.js";
import { embedLabels } from "../labels/prompts/embed-labels.js";
import type { Matrix } from "../math/matrix.js";
import type { Dataset } from "../rows/dataset.js";
import { withoutPictures } from "../rows/select/without-pictures.js";
import { embedOriginalLabels } from "../scoring/tutorial.js";
import { checkEvaluateOptions } from "./evaluate-input.js";
import type { Evaluation } from "./evaluation.js";
import type { EvaluateOptions, RunSpec } from "./options.js";
import { checkKnown, checkParts, type Parts, partsOf } from "./parts.js";
import { type EmbeddedPictures, embedPictures, selectPictures, targetsOf } from "./pictures.js";
import { compareRuns } from "./run/comparison.js";
import type { Outcomes } from "./run/outcomes.js";
import { type RunHead, type ScoredRun, scoreRun } from "./run/run.js";
import { cosineScorer, originalScorer, type Scorer } from "./run/scorer.js";
import { unknownMetrics } from "./run/unknown.js";

/** What came of an evaluation: the figures, and what each run made of each picture. */
export interface EvaluationResult {
  readonly evaluation: Evaluation;
  /** Ids of the evaluated pictures, in the order of the outcomes. */
  readonly ids: readonly (string | number)[];
  /** One a run. */
  readonly outcomes: readonly Outcomes[];
  /** Why embeddings were not all kept for the next evaluation. Nothing else depends on it. */
  readonly cacheErrors: readonly NearlabelError[];
}

/**
 * Evaluates runs over the labelled pictures of a data set, all on the same pictures. Every picture is embedded once a
 * model. A picture that one model cannot embed is left out of all runs and listed; one that a run was fitted on is left out of
 * all runs and counted.
 *
 * @throws NearlabelError `OPTION_INVALID` for no runs, `LABELS_INVALID` for a set of fewer than two labels,
 * `DATASET_INVALID` for known labels that are not in a label set and where no picture has a label.
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluationResult> {
  checkEvaluateOptions(options);
  const { runs, seed = 0, otherLabels = "refuse", command } = options;
  const { dataset, leftOut } = withoutFitted(options);
  if (dataset.labels && otherLabels === "refuse") {
    for (const run of runs) checkKnown(dataset.name, dataset.labels, run);
  }
  const { embedded, cacheErrors } = await embedAll({ ...options, dataset });
  const parts = partsOf(embedded, runs);
  const { ids, labels } = embedded[0]!;
  checkParts(dataset, labels, { ...parts, fittedOn: leftOut() }, runs, otherLabels);
  const scored: ScoredRun[] = [];
  for (const [position, spec] of runs.entries()) {
    options.signal?.throwIfAborted();
    scored.push(await scoredRun(spec, embedded[position]!, parts, options));
  }
  const evaluatedIds = parts.known.map((position) => ids[position]!);
  const evaluation: Evaluation = {
    format: 2,
    program: { version: packageVersion(), ...(command !== undefined && { command }) },
    created: new Date().toISOString(),
    dataset: {
      name: dataset.name,
      labels: dataset.labels ?? [...new Set(parts.known.map((position) => labels[position]!))],
      pictures: parts.known.length,
      unlabelled: parts.unlabelled,
      others: parts.others.length,
      fittedOn: leftOut(),
    },
    seed,
    failures: [...parts.failed].map(([position, error]) => ({ id: ids[position]!, error: error.toJSON() })),
    runs: scored.map(({ run }) => run),
    comparisons: compareRuns(scored, evaluatedIds),
  };
  return { evaluation, ids: evaluatedIds, outcomes: scored.map(({ outcomes }) => outcomes), cacheErrors };
}

/** The data set without the pictures that a run was fitted on, and how many were left out of it. */
function withoutFitted({ dataset, runs }: EvaluateOptions): { dataset: Dataset; leftOut: () => number } {
  const fittedOn = new Set(runs.flatMap((run) => [...(run.fittedOn ?? [])]));
  if (fittedOn.size === 0) return { dataset, leftOut: () => 0 };
  const others = withoutPictures(dataset, { fittedOn });
  return { dataset: others.dataset, leftOut: () => others.met().leftOut.fittedOn };
}

/** All pictures as each run's model sees them. What is one model, though it was loaded twice, embeds them once. */
async function embedAll(options: EvaluateOptions): Promise<{
  /** One a run. */
  readonly embedded: readonly EmbeddedPictures[];
  readonly cacheErrors: readonly NearlabelError[];
}> {
  const known = new Map<string, EmbeddedPictures>();
  const embedded: EmbeddedPictures[] = [];
  const cacheErrors: NearlabelError[] = [];
  const onCacheError = (error: NearlabelError) => void cacheErrors.push(error);
  for (const { model } of options.runs) {
    const key = JSON.stringify([await model.identity.fingerprint(), model.identity.pictures]);
    const pictures = known.get(key) ?? (await embedWith(model, options, onCacheError));
    known.set(key, pictures);
    embedded.push(pictures);
  }
  return { embedded, cacheErrors };
}

async function embedWith(
  model: Encoder,
  { dataset, cacheOf, signal, onProgress }: EvaluateOptions,
  onCacheError: (error: NearlabelError) => void,
): Promise<EmbeddedPictures> {
  const cache = await cacheOf?.(model);
  try {
    return await embedPictures(model, dataset, {
      signal,
      cache,
      onProgress: (done) => onProgress?.(done, model),
    });
  } finally {
    await cache?.close().catch((error: unknown) => {
      if (!(error instanceof NearlabelError)) throw error;
      onCacheError(error);
    });
  }
}

async function scoredRun(
  spec: RunSpec,
  pictures: EmbeddedPictures,
  { known, others }: Parts,
  { seed = 0, signal, otherLabels, onHeadline }: EvaluateOptions,
): Promise<ScoredRun> {
  const { labels, model } = spec;
  const classEmbeddings = await classesOf(spec, signal);
  const evaluated = selectPictures(pictures, known);
  const scorer = scorerOf(spec, evaluated, classEmbeddings);
  const scored = await scoreRun(
    {
      head: await headOf(spec),
      labels,
      classEmbeddings,
      scorer,
      ids: evaluated.ids,
      targets: targetsOf(
        evaluated,
        labels.map(({ label }) => label),
      ),
      seed,
      signal,
    },
    onHeadline,
  );
  if (otherLabels !== "detect" || spec.method === "original") return scored;
  const unknown = scorerOf(spec, selectPictures(pictures, others), classEmbeddings);
  const scale = model.scoring.logitScale / (spec.temperature ?? 1);
  return {
    ...scored,
    run: { ...scored.run, unknown: await unknownMetrics(scorer, unknown, scale, { seed, signal }) },
  };
}

async function classesOf(
  { model, labels, templates, classEmbeddings, method }: RunSpec,
  signal?: AbortSignal,
): Promise<Matrix> {
  if (method === "original") return embedOriginalLabels(model, labels);
  return classEmbeddings ?? embedLabels(model, labels, templates, { signal });
}

function scorerOf(
  { model, method, temperature }: RunSpec,
  { embeddings, norms }: EmbeddedPictures,
  classes: Matrix,
): Scorer {
  return method === "original"
    ? originalScorer(embeddings, norms, classes)
    : cosineScorer(embeddings, classes, model.scoring, temperature);
}

async function headOf({ name, model, templates, method, temperature }: RunSpec): Promise<RunHead> {
  return {
    name,
    model: {
      id: model.identity.id,
      fingerprint: await model.identity.fingerprint(),
      dimension: model.dimension,
    },
    templates,
    method: method ?? "cosine",
    logitScale: model.scoring.logitScale,
    ...(temperature !== undefined && { temperature }),
  };
}
