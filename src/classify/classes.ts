import { adaptedLabels } from "../adapt/index-examples.js";
import type { Encoder } from "../encoder/encoder.js";
import { NearlabelError } from "../errors.js";
import type { LabelIndex } from "../labels/index/label-index.js";
import { embedLabels } from "../labels/prompts/embed-labels.js";
import { DEFAULT_TEMPLATES } from "../labels/prompts/templates.js";
import type { Label } from "../labels/set/label.js";
import { matrixOf } from "../math/matrix.js";
import { MANY_LABELS, nearestLabels } from "../scoring/nearest-labels.js";
import {
  type ClassEmbeddings,
  isCalibrated,
  type Prediction,
  type PredictOptions,
  rank,
  type Scoring,
} from "../scoring/scores.js";
import { expectDimension, similarityRows } from "../scoring/similarities.js";
import {
  createRejector,
  type RejectOptions,
  type Rejector,
  rejectOptionsOf,
  type Unknown,
} from "./reject/rejector.js";

/** Neighbours asked of LanceDB with `search: "table"`, where more than `topK`. */
const TABLE_NEIGHBOURS = 1000;

/** How labels are encoded, searched and scored. */
export interface ClassesOptions {
  /** Sentences with `{}` where the class name goes; several make a prompt ensemble. Default `a photo of a {}`. */
  templates?: readonly string[] | undefined;
  /**
   * Where nearest labels are looked for: in memory over all class embeddings (the default), or with LanceDB's
   * search in the table of the index, for label sets that do not fit in memory. Softmax then runs over the
   * 1,000 nearest labels in place of all.
   */
  search?: "memory" | "table" | undefined;
  /**
   * What logits are divided by before they become scores, as `fitTemperature` found it; scores are then called calibrated.
   * Default: that of the index, where one is stored. With 1 scores are the model's own.
   */
  temperature?: number | undefined;
  /**
   * Tell pictures that seem to show none of the labels: they get `unknown` beside their predictions. `true` does as is stored
   * in the index. Default: off. Needs all labels, so not with `search: "table"`.
   */
  reject?: RejectOptions | true | undefined;
  signal?: AbortSignal | undefined;
  /** Called with the number of prompts encoded so far. */
  onPrompts?: ((done: number) => void) | undefined;
}

/** What is said of one picture. */
export interface Answer {
  /** Best first. */
  readonly predictions: Prediction[];
  /** There where a fitted temperature made the scores. */
  readonly calibrated?: true;
  /** There where the picture seems to show none of the labels: why. Its predictions are the nearest labels all the same. */
  readonly unknown?: Unknown;
}

/** The labels to choose from and a way to find the nearest of each picture. */
export interface Classes {
  readonly count: number;
  /** The labels, where they are held in memory. */
  readonly labels?: readonly Label[];
  /** What logits are divided by before they become scores, where it is not 1. */
  readonly temperature: number | undefined;
  nearest(images: readonly Float32Array[], options: PredictOptions): Promise<Answer[]>;
}

/** Labels with their class embeddings, and what tells pictures that show none of them, where that was asked for. */
export interface LoadedClasses {
  readonly classes: ClassEmbeddings;
  readonly rejector?: Rejector | undefined;
}

/** Classes of labels that are encoded now. */
export async function encodedClasses(
  labels: readonly Label[],
  model: Encoder,
  options: ClassesOptions,
): Promise<Classes> {
  return classesInMemory(await encodeClasses(labels, model, options));
}

/** Encodes labels. */
export async function encodeClasses(
  labels: readonly Label[],
  model: Encoder,
  { templates = DEFAULT_TEMPLATES, temperature, reject, signal, onPrompts }: ClassesOptions,
): Promise<LoadedClasses> {
  const embeddings = await embedLabels(model, labels, templates, { signal, onProgress: onPrompts });
  // `true` is for an index, which the options were checked to have.
  const rejector =
    typeof reject === "object"
      ? await createRejector(reject, { embeddings, templates, model, signal })
      : undefined;
  return { classes: { labels, embeddings, scoring: scoringOf(model.scoring, temperature) }, rejector };
}

/** Classes of the labels of an index. */
export async function indexedClasses(
  index: LabelIndex,
  model: Encoder,
  options: ClassesOptions,
): Promise<Classes> {
  if (options.search !== "table") return classesInMemory(await loadClasses(index, model, options));
  await checkIndex(index, model);
  expectNoExamples(index);
  return classesInTable(index, indexScoring(index, model, options));
}

/** Reads the classes of an index into memory. @throws NearlabelError `LABELS_EMPTY`, `INDEX_MODEL_MISMATCH`, `OPTION_INVALID` */
export async function loadClasses(
  index: LabelIndex,
  model: Encoder,
  options: ClassesOptions,
): Promise<LoadedClasses> {
  await checkIndex(index, model);
  const { labels, embeddings } = await adaptedLabels(index);
  const classes = { labels, embeddings, scoring: indexScoring(index, model, options) };
  const { reject, signal } = options;
  if (!reject) return { classes };
  const { templates } = index.info;
  const rejection = reject === true ? storedRejection(index) : reject;
  return { classes, rejector: await createRejector(rejection, { embeddings, templates, model, signal }) };
}

async function checkIndex(index: LabelIndex, model: Encoder): Promise<void> {
  if (index.info.count === 0) {
    throw new NearlabelError("LABELS_EMPTY", `${index.path}: the index holds no labels. Add some first.`);
  }
  await index.checkModel(model);
}

function indexScoring({ info }: LabelIndex, model: Encoder, { temperature }: ClassesOptions): Scoring {
  return scoringOf(model.scoring, temperature ?? info.calibration?.temperature);
}

function expectNoExamples({ info, path }: LabelIndex): void {
  if (!info.examples) return;
  throw new NearlabelError(
    "OPTION_INVALID",
    `${path}: its examples count in memory only. Leave out search: "table", or take them away with nearlabel labels remove-examples.`,
  );
}

function storedRejection({ info, path }: LabelIndex) {
  if (info.rejection) return rejectOptionsOf(info.rejection);
  throw new NearlabelError(
    "OPTION_INVALID",
    `${path}: no threshold is stored for rejection. Choose one with nearlabel labels threshold, or give method and threshold.`,
  );
}

function scoringOf({ logitScale, logitBias, scoreFunction }: Scoring, temperature?: number): Scoring {
  return { logitScale, logitBias, scoreFunction, temperature };
}

function classesInMemory({ classes, rejector }: LoadedClasses): Classes {
  const { labels, scoring } = classes;
  return {
    count: labels.length,
    labels,
    temperature: scoring.temperature,
    nearest:
      labels.length < MANY_LABELS || rejector ? nearestOfAll(classes, rejector) : nearestOfMany(classes),
  };
}

/** Compares with every label at full precision, which rejection asks for. */
function nearestOfAll(
  { labels, embeddings, scoring }: ClassEmbeddings,
  rejector?: Rejector,
): Classes["nearest"] {
  return async (images, options) => {
    for (const image of images) expectDimension(image, embeddings);
    const answers: Answer[] = [];
    for await (const similarities of similarityRows(matrixOf(images, embeddings.columns), embeddings)) {
      const unknown = rejector?.(images[answers.length]!, similarities);
      answers.push({ ...answer(similarities, labels, scoring, options), ...(unknown && { unknown }) });
    }
    return answers;
  };
}

function nearestOfMany(classes: ClassEmbeddings): Classes["nearest"] {
  const nearest = nearestLabels(classes);
  const { scoring, embeddings } = classes;
  return async (images, options) => {
    for (const image of images) expectDimension(image, embeddings);
    const answers: Answer[] = [];
    for await (const predictions of nearest(matrixOf(images, embeddings.columns), options)) {
      answers.push(answerOf(predictions, scoring, options));
    }
    return answers;
  };
}

function classesInTable(index: LabelIndex, scoring: Scoring): Classes {
  return {
    count: index.info.count,
    temperature: scoring.temperature,
    async nearest(images, options) {
      const found = await index.search(images, Math.max(options.topK ?? 0, TABLE_NEIGHBOURS));
      return found.map((neighbours) =>
        answer(
          Float64Array.from(neighbours, ({ similarity }) => similarity),
          neighbours.map(({ label }) => label),
          scoring,
          options,
        ),
      );
    },
  };
}

function answer(
  similarities: Float64Array,
  labels: readonly Label[],
  scoring: Scoring,
  options: PredictOptions,
): Answer {
  return answerOf(rank(similarities, labels, scoring, options), scoring, options);
}

function answerOf(predictions: Prediction[], scoring: Scoring, options: PredictOptions): Answer {
  return { predictions, ...(isCalibrated(scoring, options) && { calibrated: true }) };
}
