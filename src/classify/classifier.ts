import type { ImageRow } from "../datasets/dataset.js";
import { NearlabelError } from "../errors.js";
import type { ImageSource } from "../image/source.js";
import { embedLabels } from "../labels/embed.js";
import type { Label } from "../labels/label.js";
import { type LabelIndex, openLabelIndex } from "../labels/label-index.js";
import { type LabelInput, labelSet } from "../labels/label-set.js";
import { DEFAULT_TEMPLATES } from "../labels/templates.js";
import { type LoadOptions, loadModel } from "../model/load.js";
import type { Model } from "../model/model.js";
import {
  type ClassEmbeddings,
  checkPredictOptions,
  type Prediction,
  type PredictOptions,
  predict,
  rank,
  type Scoring,
} from "./predict.js";

/** What became of one picture: its predictions, or the error that kept it from having any. */
export type Classification =
  | { readonly id: string | number; readonly predictions: Prediction[]; readonly error?: never }
  | { readonly id: string | number; readonly error: NearlabelError; readonly predictions?: never };

/** A picture, whose id is then its path or its position; or a picture with an id of its own. */
export type ImageInput = ImageSource | ImageRow;

export interface ClassifierOptions {
  /** The classes: strings, or labels with class names, prompts and parents. Needed unless `index` is given. */
  labels?: readonly LabelInput[] | undefined;
  /** Sentences with `{}` where the class name goes; several make a prompt ensemble. Default `a photo of a {}`. */
  templates?: readonly string[] | undefined;
  /** A label index made by `buildLabelIndex`, or its folder, in place of `labels`. No text is encoded then. */
  index?: string | LabelIndex | undefined;
  /**
   * A model's name or folder, or a loaded model, which then stays open when the classifier closes. Default: the
   * model that `index` was built with, else `mini`.
   */
  model?: string | Model | undefined;
  /** How to load `model` where it is not loaded yet. */
  load?: LoadOptions | undefined;
  /**
   * Where nearest labels are looked for: in memory over all class embeddings (the default), or with LanceDB's
   * search in the table of `index`, for label sets that do not fit in memory. Softmax then runs over the
   * {@link TABLE_NEIGHBOURS} nearest labels in place of all.
   */
  search?: "memory" | "table" | undefined;
  signal?: AbortSignal | undefined;
  /** Called with the number of prompts encoded so far. */
  onProgress?: ((done: number) => void) | undefined;
}

export interface ClassifyOptions extends PredictOptions {
  /** Stops between batches and rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Encoded labels and a model, ready for any number of pictures. */
export interface Classifier {
  readonly model: Model;
  /** Number of labels to choose from. */
  readonly labelCount: number;
  /** One result a picture, in the order given. A picture that cannot be read is a result with an `error`. */
  classify(images: readonly ImageInput[], options?: ClassifyOptions): Promise<Classification[]>;
  /** The same for pictures that come one after the other; memory does not grow with their number. */
  stream(
    images: AsyncIterable<ImageInput> | Iterable<ImageInput>,
    options?: ClassifyOptions,
  ): AsyncGenerator<Classification>;
  /** Frees native memory. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Neighbours asked of LanceDB with `search: "table"`, where more than `topK`. */
export const TABLE_NEIGHBOURS = 1000;

/** Pictures that `stream` takes at a time: what an interrupted run loses at most is two such chunks. */
const STREAM_CHUNK = 32;

/**
 * Classifies pictures in one call. To classify more than once with the same labels, keep a classifier
 * ({@link createClassifier}): it loads the model and encodes the labels once.
 */
export async function classify(
  images: readonly ImageInput[],
  options: ClassifierOptions & ClassifyOptions,
): Promise<Classification[]> {
  checkPredictOptions(options);
  const classifier = await createClassifier(options);
  try {
    return await classifier.classify(images, options);
  } finally {
    await classifier.close();
  }
}

/** Loads the model and encodes the labels, or opens the label index. */
export async function createClassifier(options: ClassifierOptions): Promise<Classifier> {
  checkClassifierOptions(options);
  const { index: given, model: givenModel } = options;
  const labels = given === undefined ? labelSet(options.labels ?? []) : [];
  const index = typeof given === "string" ? await openLabelIndex(given) : given;
  let model: Model | undefined;
  const close = async () => {
    if (typeof given === "string") await index?.close();
    if (typeof givenModel !== "object") await model?.close();
  };
  try {
    model = await modelOf(options, index);
    const classes = index
      ? await indexedClasses(index, model, options)
      : await encodedClasses(labels, model, options);
    return classifierOf(model, classes, close);
  } catch (error) {
    await close();
    throw error;
  }
}

function checkClassifierOptions({ labels, index, search, templates }: ClassifierOptions = {}): void {
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
}

async function modelOf({ model, load, signal }: ClassifierOptions, index?: LabelIndex): Promise<Model> {
  if (typeof model === "object") return model;
  // With an index no text is encoded, so a text tower that is not here need not be fetched.
  return loadModel(model ?? index?.info.model, { signal, towers: index ? "vision" : "both", ...load });
}

/** The labels to choose from and a way to find the nearest of each picture. */
interface Classes {
  readonly count: number;
  nearest(images: readonly Float32Array[], options: PredictOptions): Promise<Prediction[][]>;
}

async function encodedClasses(
  labels: readonly Label[],
  model: Model,
  { templates = DEFAULT_TEMPLATES, signal, onProgress }: ClassifierOptions,
): Promise<Classes> {
  const embeddings = await embedLabels(model, labels, templates, { signal, onProgress });
  return classesInMemory({ labels, embeddings, scoring: model });
}

async function indexedClasses(
  index: LabelIndex,
  model: Model,
  { search }: ClassifierOptions,
): Promise<Classes> {
  if (index.info.count === 0) {
    throw new NearlabelError("LABELS_EMPTY", `${index.path}: the index holds no labels. Add some first.`);
  }
  await index.checkModel(model);
  if (search === "table") return classesInTable(index, model);
  return classesInMemory({ ...(await index.labels()), scoring: model });
}

function classesInMemory(classes: ClassEmbeddings): Classes {
  return {
    count: classes.labels.length,
    nearest: async (images, options) => images.map((image) => predict(image, classes, options)),
  };
}

function classesInTable(index: LabelIndex, scoring: Scoring): Classes {
  return {
    count: index.info.count,
    async nearest(images, options) {
      const found = await index.search(images, Math.max(options.topK ?? 0, TABLE_NEIGHBOURS));
      return found.map((neighbours) =>
        rank(
          Float64Array.from(neighbours, ({ similarity }) => similarity),
          neighbours.map(({ label }) => label),
          scoring,
          options,
        ),
      );
    },
  };
}

function classifierOf(model: Model, classes: Classes, close: () => Promise<void>): Classifier {
  async function classifyRows(
    rows: readonly ImageRow[],
    options: ClassifyOptions,
  ): Promise<Classification[]> {
    const embeddings = await model.embedImages(
      rows.map(({ image }) => image),
      { signal: options.signal },
    );
    const embedded = embeddings.filter((embedding) => embedding instanceof Float32Array);
    const predictions = (await classes.nearest(embedded, options)).values();
    return rows.map(({ id }, position) => {
      const embedding = embeddings[position]!;
      return embedding instanceof Float32Array
        ? { id, predictions: predictions.next().value! }
        : { id, error: embedding };
    });
  }
  return {
    model,
    labelCount: classes.count,
    async classify(images, options = {}) {
      checkPredictOptions(options);
      if (!Array.isArray(images)) {
        throw new NearlabelError("OPTION_INVALID", `Expected an array of pictures, got ${typeof images}.`);
      }
      return classifyRows(images.map(imageRow), options);
    },
    async *stream(images, options = {}) {
      checkPredictOptions(options);
      const results = mapAhead(chunks(images, STREAM_CHUNK), (rows) => classifyRows(rows, options));
      for await (const classifications of results) yield* classifications;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function imageRow(input: ImageInput, position: number): ImageRow {
  if (typeof input === "object" && input !== null && "image" in input) return input;
  return { id: typeof input === "string" ? input : position, image: input };
}

/** Rows in arrays of `size`; the last may be shorter, also where the images end in an error. */
async function* chunks(
  images: AsyncIterable<ImageInput> | Iterable<ImageInput>,
  size: number,
): AsyncGenerator<ImageRow[]> {
  let rows: ImageRow[] = [];
  let position = 0;
  try {
    for await (const image of images) {
      rows.push(imageRow(image, position++));
      if (rows.length === size) {
        yield rows;
        rows = [];
      }
    }
  } catch (error) {
    if (rows.length > 0) yield rows;
    throw error;
  }
  if (rows.length > 0) yield rows;
}

/**
 * `work` on each item in order, begun one item ahead so that reading and decoding overlap with encoding. Where the items
 * end in an error, what was begun before it comes first.
 */
async function* mapAhead<T, R>(items: AsyncIterable<T>, work: (item: T) => Promise<R>): AsyncGenerator<R> {
  let ahead: Promise<R> | undefined;
  try {
    for await (const item of items) {
      const next = work(item);
      // Awaited one turn later; until then a failure must not count as unhandled.
      next.catch(() => {});
      const before = ahead;
      ahead = next;
      if (before) yield await before;
    }
  } catch (error) {
    if (ahead) yield await ahead;
    throw error;
  }
  if (ahead) yield await ahead;
}
