import { checkOptions, requireOptions } from "../arguments.js";
import type { Encoder } from "../encoder/encoder.js";
import { type LoadOptions, loadModel } from "../encoder/load.js";
import type { Model } from "../encoder/model.js";
import { type EmbedRowsOptions, embedBatches } from "../encoder/rows/embed-rows.js";
import { NearlabelError } from "../errors.js";
import { checkTemperature } from "../labels/index/fitted.js";
import { type LabelIndex, openLabelIndex } from "../labels/index/label-index.js";
import { type LabelInput, labelSet } from "../labels/set/label-set.js";
import { type Matrix, row } from "../math/matrix.js";
import { divided, norm } from "../math/vector.js";
import type { ImageRow } from "../rows/dataset.js";
import { isStream, notPictures } from "../rows/picture-stream.js";
import { checkMatrix, checkPredictOptions } from "../scoring/predict-input.js";
import type { PredictOptions } from "../scoring/scores.js";
import { type Answer, type Classes, type ClassesOptions, encodedClasses, indexedClasses } from "./classes.js";
import { type ImageInput, imageRow, imageRows } from "./image-input.js";
import { checkRejectOptions } from "./reject/rejector.js";

/** What became of one picture: its predictions, or the error that kept it from having any. */
export type Classification =
  | (Answer & { readonly id: string | number; readonly error?: never })
  | ({ readonly id: string | number; readonly error: NearlabelError } & {
      readonly [K in keyof Answer]?: never;
    });

export interface ClassifierOptions extends ClassesOptions {
  /** The classes: strings, or labels with class names, prompts and parents. Needed unless `index` is given. */
  labels?: readonly LabelInput[] | undefined;
  /** A label index made by `buildLabelIndex`, or its folder, in place of `labels`. No text is encoded then. */
  index?: string | LabelIndex | undefined;
  /**
   * A model's name or folder, or an encoder such as a loaded model, which then stays open when the classifier closes.
   * Default: the model that `index` was built with, else `mini`.
   */
  model?: string | Encoder | undefined;
  /** How to load `model` where it is not loaded yet. */
  load?: LoadOptions | undefined;
}

/** What predictions are wanted, and how the pictures are embedded. */
export interface ClassifyOptions extends PredictOptions, EmbedRowsOptions {
  /** Called with the number of pictures done so far, those that failed included. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

const CLASSIFIER_OPTIONS = [
  "labels",
  "index",
  "model",
  "load",
  "templates",
  "search",
  "temperature",
  "reject",
  "signal",
  "onPrompts",
] as const satisfies readonly (keyof ClassifierOptions)[];

const PREDICT_OPTIONS = ["topK", "minScore", "minSimilarity", "multiLabel"] as const;

const CLASSIFY_OPTIONS = [...PREDICT_OPTIONS, "signal", "cache", "clock", "onProgress"] as const;

/** Encoded labels and a model, ready for any number of pictures. */
export interface Classifier {
  readonly model: Encoder;
  /** Number of labels to choose from. */
  readonly labelCount: number;
  /** The labels to choose from; not known where they are searched in a table. */
  readonly labels?: readonly string[];
  /** What logits are divided by before they become scores, where that was asked for or is stored in the index. */
  readonly temperature: number | undefined;
  /** One result a picture, in the order given. A picture that cannot be read is a result with an `error`. */
  classify(images: readonly ImageInput[], options?: ClassifyOptions): Promise<Classification[]>;
  /** The same for pictures that come one after the other; memory does not grow with their number. */
  stream(
    images: AsyncIterable<ImageInput> | Iterable<ImageInput>,
    options?: ClassifyOptions,
  ): AsyncGenerator<Classification>;
  /**
   * Classifies pictures by embeddings that are there already, one row a picture, of any length above 0; ids are the numbers of
   * the rows. A row that is zero or not finite is a result with an `error`.
   * @throws NearlabelError `VECTOR_INVALID` for another dimension than the model's
   */
  classifyEmbeddings(embeddings: Matrix, options?: PredictOptions): Promise<Classification[]>;
  /** Frees native memory. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Classifies pictures in one call. To classify more than once with the same labels, keep a classifier
 * ({@link createClassifier}): it loads the model and encodes the labels once.
 */
export async function classify(
  images: readonly ImageInput[],
  options: ClassifierOptions & ClassifyOptions,
): Promise<Classification[]> {
  requireOptions(options, [...CLASSIFIER_OPTIONS, ...CLASSIFY_OPTIONS], "classify");
  checkPredictOptions(options);
  await using classifier = await openClassifier(options);
  return await classifier.classify(images, pick(options, CLASSIFY_OPTIONS));
}

/** Classifies pictures by their embeddings in one call, as `classify` does by the pictures: see {@link Classifier}. */
export async function classifyEmbeddings(
  embeddings: Matrix,
  options: ClassifierOptions & PredictOptions,
): Promise<Classification[]> {
  requireOptions(options, [...CLASSIFIER_OPTIONS, ...PREDICT_OPTIONS], "classifyEmbeddings");
  checkPredictOptions(options);
  await using classifier = await openClassifier(options);
  return await classifier.classifyEmbeddings(embeddings, pick(options, PREDICT_OPTIONS));
}

/** Loads the model and encodes the labels, or opens the label index. */
export async function createClassifier(options: ClassifierOptions): Promise<Classifier> {
  requireOptions(options, CLASSIFIER_OPTIONS, "createClassifier");
  return openClassifier(options);
}

async function openClassifier(options: ClassifierOptions): Promise<Classifier> {
  checkClassifierOptions(options);
  const { index: given, model: givenModel } = options;
  const labels = given === undefined ? labelSet(options.labels ?? []) : [];
  const index = typeof given === "string" ? await openLabelIndex(given) : given;
  let loaded: Model | undefined;
  const close = async () => {
    if (typeof given === "string") await index?.close();
    await loaded?.close();
  };
  try {
    if (typeof givenModel !== "object") loaded = await load(givenModel, options, index);
    loaded?.startThreads();
    const encoder = loaded ?? (givenModel as Encoder);
    const classes = index
      ? await indexedClasses(index, encoder, options)
      : await encodedClasses(labels, encoder, options);
    await loaded?.releaseTextTower();
    return classifierOf(encoder, classes, close);
  } catch (error) {
    await close();
    throw error;
  }
}

function pick<T extends object, K extends keyof T>(options: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(names.map((name) => [name, options[name]])) as Pick<T, K>;
}

function checkClassifierOptions(options: ClassifierOptions = {}): void {
  const { labels, index, search, templates, temperature } = options;
  if ((labels === undefined) === (index === undefined)) {
    throw new NearlabelError(
      "OPTION_INVALID",
      "Expected either labels or a label index, got both or neither.",
    );
  }
  if (templates !== undefined && index !== undefined) {
    throw new NearlabelError(
      "OPTION_INVALID",
      "Templates belong to the label index, which was built with its own. Leave them out, or build it with these.",
    );
  }
  if (search === "table" && index === undefined) {
    throw new NearlabelError(
      "OPTION_INVALID",
      'search: "table" needs a label index; build one and give it as index.',
    );
  }
  if (temperature !== undefined) checkTemperature(temperature);
  checkReject(options);
}

function checkReject({ index, search, reject }: ClassifierOptions): void {
  if (typeof reject === "object") checkRejectOptions(reject);
  if (reject === true && index === undefined) {
    throw new NearlabelError(
      "OPTION_INVALID",
      "reject: true takes the threshold that is stored in a label index; give an index, or a method and a threshold.",
    );
  }
  if (reject && search === "table") {
    throw new NearlabelError(
      "OPTION_INVALID",
      'reject looks at all labels, which search: "table" does not do; leave one of them out.',
    );
  }
}

function load(
  name: string | undefined,
  { load: loadOptions, reject, signal }: ClassifierOptions,
  index?: LabelIndex,
): Promise<Model> {
  const negatives = reject === true ? index?.info.rejection?.negatives : reject?.negatives;
  // With an index only negatives are encoded, so a text tower that is not here need not be fetched otherwise.
  const towers = index && !negatives ? "vision" : "both";
  const wanted = name ?? index?.info.model;
  const dtype = loadOptions?.dtype ?? (wanted === index?.info.model ? index?.info.dtype : undefined);
  return loadModel(wanted, { signal, towers, ...loadOptions, dtype });
}

function classifierOf(model: Encoder, classes: Classes, close: () => Promise<void>): Classifier {
  async function* classifyRows(
    rows: AsyncIterable<ImageRow> | Iterable<ImageRow>,
    options: ClassifyOptions,
  ): AsyncGenerator<Classification> {
    const { onProgress, ...embedOptions } = options;
    let done = 0;
    for await (const batch of embedBatches(model, rows, embedOptions)) {
      const embeddings = batch.flatMap(({ embedding }) => embedding ?? []);
      const answers = (await classes.nearest(embeddings, options)).values();
      for (const { row: source, error } of batch) {
        const { id } = source;
        onProgress?.(++done);
        yield error ? { id, error } : { id, ...answers.next().value! };
      }
    }
  }
  return {
    model,
    labelCount: classes.count,
    ...(classes.labels && { labels: classes.labels.map(({ label }) => label) }),
    temperature: classes.temperature,
    async classify(images, options = {}) {
      checkOptions(options, CLASSIFY_OPTIONS, "classify");
      checkPredictOptions(options);
      if (!Array.isArray(images)) throw notPictures("an array", images);
      const results: Classification[] = [];
      for await (const result of classifyRows(images.map(imageRow), options)) results.push(result);
      return results;
    },
    async *stream(images, options = {}) {
      checkOptions(options, CLASSIFY_OPTIONS, "stream");
      checkPredictOptions(options);
      if (!isStream(images)) throw notPictures("an iterable", images);
      yield* classifyRows(imageRows(images), options);
    },
    async classifyEmbeddings(embeddings, options = {}) {
      checkOptions(options, PREDICT_OPTIONS, "classifyEmbeddings");
      checkPredictOptions(options);
      expectWidth(embeddings, model.dimension);
      const results: Classification[] = [];
      for (let start = 0; start < embeddings.rows; start += EMBEDDINGS_AT_ONCE) {
        const rows = Array.from({ length: Math.min(EMBEDDINGS_AT_ONCE, embeddings.rows - start) }, (_, at) =>
          unitRow(embeddings, start + at),
        );
        const units = rows.flatMap((found) => (found instanceof NearlabelError ? [] : [found]));
        const answers = (await classes.nearest(units, options)).values();
        for (const [at, found] of rows.entries()) {
          const id = start + at;
          results.push(
            found instanceof NearlabelError ? { id, error: found } : { id, ...answers.next().value! },
          );
        }
      }
      return results;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function unitRow(embeddings: Matrix, position: number): Float32Array | NearlabelError {
  const values = row(embeddings, position);
  const length = norm(values);
  if (Number.isFinite(length) && length > 0) return divided(values, length);
  return new NearlabelError(
    "VECTOR_INVALID",
    `Row ${position} is zero or not finite: expected the embedding of a picture. Embed it again, or leave it out.`,
  );
}

/** Rows that are compared with the labels at a time, so that memory does not grow with their number. */
const EMBEDDINGS_AT_ONCE = 1024;

function expectWidth(embeddings: Matrix, dimension: number): void {
  checkMatrix(embeddings, "Image embeddings");
  const { columns, rows, data } = embeddings;
  if (columns === dimension && data.length === rows * columns) return;
  throw new NearlabelError(
    "VECTOR_INVALID",
    `Expected rows of ${dimension} numbers, as the model's embeddings have, got ${rows} x ${columns} in ` +
      `${data.length} numbers. Embed pictures and labels with the same model.`,
  );
}
