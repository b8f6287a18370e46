import type { EmbeddingCache } from "../encoder/embedding-cache.js";
import type { Encoder } from "../encoder/encoder.js";
import { listed, NearlabelError } from "../errors.js";
import { embedLabels } from "../labels/prompts/embed-labels.js";
import type { Label } from "../labels/set/label.js";
import type { Matrix } from "../math/matrix.js";
import type { Dataset } from "../rows/dataset.js";
import { embedOriginalLabels } from "../scoring/tutorial.js";
import type { Evaluation } from "./evaluation.js";
import { type EmbeddedPictures, embedPictures, selectPictures, targetsOf } from "./pictures.js";
import { compareRuns } from "./run/comparison.js";
import type { Outcomes } from "./run/outcomes.js";
import { type Headline, type RunHead, type ScoredRun, scoreRun } from "./run/run.js";
import { cosineScorer, originalScorer, type Scorer } from "./run/scorer.js";
import { unknownMetrics } from "./run/unknown.js";

/** One column of a comparison. */
export interface RunSpec {
  /** Tells the runs apart. */
  readonly name: string;
  readonly model: Encoder;
  readonly labels: readonly Label[];
  readonly templates: readonly string[];
  /** Class embeddings that are known already, one row a label; then nothing is encoded. */
  readonly classEmbeddings?: Matrix | undefined;
  /** `original` is the tutorial's arithmetic, for comparison; it takes no templates. Default: cosine. */
  readonly method?: "cosine" | "original" | undefined;
  /** Divides the logits. Default 1. */
  readonly temperature?: number | undefined;
}

export interface EvaluateOptions {
  readonly dataset: Dataset;
  /** At least one. */
  readonly runs: readonly RunSpec[];
  /**
   * What pictures are whose label is not in every label set: a mistake (`refuse`, the default), none of this evaluation's
   * business (`ignore`), or unknown pictures, to be told from those of the labels (`detect`).
   */
  readonly otherLabels?: "refuse" | "ignore" | "detect" | undefined;
  /** Seed of the bootstrap. Default 0. */
  readonly seed?: number | undefined;
  /** Where embeddings of pictures are kept between evaluations. Default: nowhere. */
  readonly cacheOf?: ((model: Encoder) => Promise<EmbeddingCache | undefined>) | undefined;
  /** Stops between pictures and rejects with the signal's reason; what was embedded stays in the cache. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of pictures that `model` has embedded so far. */
  readonly onProgress?: ((done: number, model: Encoder) => void) | undefined;
  /** Told the accuracy of each run as soon as its pictures are scored. */
  readonly onHeadline?: ((headline: Headline) => void) | undefined;
}

/** What came of an evaluation: the figures, and what each run made of each picture. */
export interface EvaluationResult {
  readonly evaluation: Evaluation;
  /** Ids of the evaluated pictures, in the order of the outcomes. */
  readonly ids: readonly (string | number)[];
  /** One a run. */
  readonly outcomes: readonly Outcomes[];
}

/**
 * Evaluates runs over the labelled pictures of a data set, all on the same pictures. Every picture is embedded once a
 * model. A picture that one model cannot embed is left out of all runs and listed.
 *
 * @throws NearlabelError `OPTION_INVALID` for no runs, `LABELS_INVALID` for a set of fewer than two labels,
 * `DATASET_INVALID` for known labels that are not in a label set and where no picture has a label.
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluationResult> {
  const { dataset, runs, seed = 0, otherLabels = "refuse" } = options;
  checkRuns(dataset, runs, otherLabels);
  const embedded = await embedAll(options);
  const parts = partsOf(embedded, runs);
  const { ids, labels } = embedded.values().next().value!;
  checkParts(dataset, labels, parts, runs, otherLabels);
  const scored: ScoredRun[] = [];
  for (const spec of runs) {
    options.signal?.throwIfAborted();
    scored.push(await scoredRun(spec, embedded.get(spec.model)!, parts, options));
  }
  const evaluatedIds = parts.known.map((position) => ids[position]!);
  const evaluation: Evaluation = {
    format: 1,
    created: new Date().toISOString(),
    dataset: {
      name: dataset.name,
      labels: dataset.labels ?? [...new Set(parts.known.map((position) => labels[position]!))],
      pictures: parts.known.length,
      unlabelled: parts.unlabelled,
      others: parts.others.length,
    },
    seed,
    failures: [...parts.failed].map(([position, error]) => ({ id: ids[position]!, error: error.toJSON() })),
    runs: scored.map(({ run }) => run),
    comparisons: await compareRuns(scored, evaluatedIds, { seed, signal: options.signal }),
  };
  return { evaluation, ids: evaluatedIds, outcomes: scored.map(({ outcomes }) => outcomes) };
}

function checkRuns(
  { name, labels }: Dataset,
  runs: readonly RunSpec[],
  otherLabels: EvaluateOptions["otherLabels"],
): void {
  if (runs.length === 0)
    throw new NearlabelError("OPTION_INVALID", "Expected at least one run to evaluate, got none.");
  for (const run of runs) {
    if (run.labels.length < 2) {
      throw new NearlabelError(
        "LABELS_INVALID",
        `${run.name}: expected at least two labels to tell apart, got ${run.labels.length}. With one, every picture has it.`,
      );
    }
    if (labels && otherLabels === "refuse") checkKnown(name, labels, run);
  }
}

function checkKnown(dataset: string, known: Iterable<string>, { name, labels }: RunSpec): void {
  const there = new Set(labels.map(({ label }) => label));
  const missing = [...new Set(known)].filter((label) => !there.has(label));
  if (missing.length === 0) return;
  throw new NearlabelError(
    "DATASET_INVALID",
    `Data set "${dataset}" has labels that are not in the label set of "${name}" (${missing.length}): ` +
      `${listed(missing.map((label) => JSON.stringify(label)))}. Add them, map them to labels of the set, or choose what pictures of other labels are.`,
  );
}

/** Which pictures, by position, the runs are evaluated on, and what the others are. */
interface Parts {
  /** Pictures whose label is in every label set, and that every model could embed. */
  readonly known: readonly number[];
  /** Pictures of other labels. */
  readonly others: readonly number[];
  readonly unlabelled: number;
  readonly failed: ReadonlyMap<number, NearlabelError>;
}

function partsOf(embedded: ReadonlyMap<Encoder, EmbeddedPictures>, runs: readonly RunSpec[]): Parts {
  const failed = new Map([...embedded.values()].flatMap(({ failures }) => [...failures]));
  const sets = runs.map(({ labels }) => new Set(labels.map(({ label }) => label)));
  const known: number[] = [];
  const others: number[] = [];
  let unlabelled = 0;
  for (const [position, label] of embedded.values().next().value!.labels.entries()) {
    if (failed.has(position)) continue;
    if (label === undefined) unlabelled++;
    else if (sets.every((set) => set.has(label))) known.push(position);
    else others.push(position);
  }
  return { known, others, unlabelled, failed };
}

function checkParts(
  { name }: Dataset,
  labels: readonly (string | undefined)[],
  { known, others, unlabelled, failed }: Parts,
  runs: readonly RunSpec[],
  otherLabels: EvaluateOptions["otherLabels"],
): void {
  const other = others.map((position) => labels[position]!);
  if (otherLabels === "refuse") for (const run of runs) checkKnown(name, other, run);
  if (known.length === 0) {
    const [first] = failed.values();
    const found = [
      ...(unlabelled > 0 ? [`${unlabelled} without a label`] : []),
      ...(others.length > 0 ? [`${others.length} of other labels`] : []),
      ...(first ? [`${failed.size} that failed, the first with ${first.code}: ${first.message}`] : []),
    ];
    throw new NearlabelError(
      "DATASET_INVALID",
      `Data set "${name}" has no picture with a label of the set that could be read. Expected a label column, or folders named by labels; got ${found.join(", ") || "no picture"}`,
    );
  }
  if (otherLabels === "detect" && others.length === 0) {
    throw new NearlabelError(
      "DATASET_INVALID",
      `Data set "${name}" has no picture of another label, so there is nothing unknown to detect.`,
    );
  }
}

/** All pictures by each of the models. */
async function embedAll(options: EvaluateOptions): Promise<ReadonlyMap<Encoder, EmbeddedPictures>> {
  const { dataset, runs, cacheOf, signal, onProgress } = options;
  const embedded = new Map<Encoder, EmbeddedPictures>();
  for (const { model } of runs) {
    if (embedded.has(model)) continue;
    const cache = await cacheOf?.(model);
    try {
      embedded.set(
        model,
        await embedPictures(model, dataset, {
          signal,
          cache,
          onProgress: (done) => onProgress?.(done, model),
        }),
      );
    } finally {
      await cache?.close();
    }
  }
  return embedded;
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
