import type { Encoder } from "../encoder/encoder.js";
import { type LoadOptions, loadModel } from "../encoder/load.js";
import type { Model } from "../encoder/model.js";
import { type EmbedRowsOptions, embedBatches } from "../encoder/rows/embed-rows.js";
import { NearlabelError } from "../errors.js";
import { fileOrContent, isImageFile } from "../image/image-file.js";
import type { ImageSource } from "../image/source.js";
import { checkTemperature } from "../labels/index/fitted.js";
import { type LabelIndex, openLabelIndex } from "../labels/index/label-index.js";
import { type LabelInput, labelSet } from "../labels/set/label-set.js";
import type { ImageRow } from "../rows/dataset.js";
import { checkPredictOptions } from "../scoring/check.js";
import type { PredictOptions } from "../scoring/scores.js";
import { type Answer, type Classes, type ClassesOptions, encodedClasses, indexedClasses } from "./classes.js";
import { checkRejectOptions } from "./reject/rejector.js";

/** What became of one picture: its predictions, or the error that kept it from having any. */
export type Classification =
  | (Answer & { readonly id: string | number; readonly error?: never })
  | ({ readonly id: string | number; readonly error: NearlabelError } & {
      readonly [K in keyof Answer]?: never;
    });

/** A picture, or a string or `file:` URL that names the file it is in. Text from strangers must not get here. */
export type ImageOrPath = string | URL | ImageSource;

/** A picture, whose id is then its path or its position; or a picture with an id of its own. */
export type ImageInput = ImageOrPath | (Omit<ImageRow, "image"> & { readonly image: ImageOrPath });

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
export type ClassifyOptions = PredictOptions & EmbedRowsOptions;

/** Encoded labels and a model, ready for any number of pictures. */
export interface Classifier {
  readonly model: Encoder;
  /** Number of labels to choose from. */
  readonly labelCount: number;
  /** What logits are divided by before they become scores, where that was asked for or is stored in the index. */
  readonly temperature: number | undefined;
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
  return loadModel(name ?? index?.info.model, { signal, towers, ...loadOptions });
}

function classifierOf(model: Encoder, classes: Classes, close: () => Promise<void>): Classifier {
  async function* classifyRows(
    rows: AsyncIterable<ImageRow> | Iterable<ImageRow>,
    options: ClassifyOptions,
  ): AsyncGenerator<Classification> {
    for await (const batch of embedBatches(model, rows, options)) {
      const embeddings = batch.flatMap(({ embedding }) => embedding ?? []);
      const answers = (await classes.nearest(embeddings, options)).values();
      for (const { row, error } of batch) {
        yield error ? { id: row.id, error } : { id: row.id, ...answers.next().value! };
      }
    }
  }
  return {
    model,
    labelCount: classes.count,
    temperature: classes.temperature,
    async classify(images, options = {}) {
      checkPredictOptions(options);
      if (!Array.isArray(images)) {
        throw new NearlabelError("OPTION_INVALID", `Expected an array of pictures, got ${typeof images}.`);
      }
      const results: Classification[] = [];
      for await (const result of classifyRows(images.map(imageRow), options)) results.push(result);
      return results;
    },
    async *stream(images, options = {}) {
      checkPredictOptions(options);
      yield* classifyRows(imageRows(images), options);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function imageRow(input: ImageInput, position: number): ImageRow {
  const isRow = typeof input === "object" && input !== null && "image" in input;
  if (isRow) return { ...input, image: fileOrContent(input.image) as ImageSource };
  const image = fileOrContent(input) as ImageSource;
  return { id: isImageFile(image) && image.name.length <= LONGEST_PATH ? image.name : position, image };
}

/** In characters; Linux's limit, the largest of all. Longer text is a picture in base64, which is no id. */
const LONGEST_PATH = 4096;

async function* imageRows(
  images: AsyncIterable<ImageInput> | Iterable<ImageInput>,
): AsyncGenerator<ImageRow> {
  let position = 0;
  for await (const image of images) yield imageRow(image, position++);
}
