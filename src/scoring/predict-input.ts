import { types } from "node:util";
import { checkOptions } from "../arguments.js";
import { NearlabelError, optionError } from "../errors.js";
import { checkTemperature } from "../labels/index/fitted.js";
import type { Matrix } from "../math/matrix.js";
import { checkVectors } from "../store/checked-rows.js";
import type { ClassEmbeddings, PredictOptions, Scoring } from "./scores.js";

/** What `predict` and `predictRows` take, and nothing else. */
export function checkOwnPredictOptions(options: PredictOptions | undefined, what: string): void {
  checkOptions(options, ["topK", "minScore", "minSimilarity", "multiLabel"], what);
  checkPredictOptions(options);
}

/** Checks what a caller asked for, once, before any work is done. @throws NearlabelError `OPTION_INVALID` */
export function checkPredictOptions(options: PredictOptions = {}): void {
  const { topK = 5, minScore, minSimilarity, multiLabel } = options;
  if (!Number.isInteger(topK) || topK < 1) throw optionError("topK", "a whole number from 1", topK);
  const leastScores = types.isMap(minScore) ? [...minScore.values()] : [minScore ?? 0];
  for (const score of leastScores) {
    if (!isWithin(score, 0, 1)) throw optionError("minScore", "a number from 0 to 1", score);
  }
  if (minSimilarity !== undefined && !isWithin(minSimilarity, -1, 1)) {
    throw optionError("minSimilarity", "a number from -1 to 1", minSimilarity);
  }
  if (multiLabel !== undefined && typeof multiLabel !== "boolean") {
    throw optionError("multiLabel", "true or false", multiLabel);
  }
}

function isWithin(value: unknown, low: number, high: number): boolean {
  return typeof value === "number" && value >= low && value <= high;
}

/** Class embeddings that were looked at: they are many, and the same for picture after picture. */
const checked = new WeakSet<ClassEmbeddings>();

/**
 * @throws NearlabelError `VECTOR_INVALID` for class embeddings that are not a unit vector a label; `LABELS_INVALID` for labels that
 *   are none; `OPTION_INVALID` for a scoring that is none
 */
export function checkClasses(classes: ClassEmbeddings): void {
  if (checked.has(classes)) return;
  const { labels, embeddings, scoring } = Object(classes) as Partial<ClassEmbeddings>;
  if (!Array.isArray(labels) || !labels.every((label) => typeof label?.label === "string")) {
    throw new NearlabelError(
      "LABELS_INVALID",
      "Expected the labels of class embeddings to be an array of objects with a label, as labelSet makes it.",
    );
  }
  checkMatrix(embeddings, "Class embeddings");
  if (embeddings.rows !== labels.length) {
    throw new NearlabelError(
      "VECTOR_INVALID",
      `Expected a class embedding for each of ${labels.length} labels, got ${embeddings.rows}.`,
    );
  }
  checkVectors(embeddings, embeddings.columns, (at) => `label ${JSON.stringify(labels[at].label)}`);
  checkScoring(scoring);
  checked.add(classes);
}

function checkScoring(scoring: Partial<Scoring> | undefined): void {
  const { logitScale, logitBias, scoreFunction, temperature } = Object(scoring) as Partial<Scoring>;
  if (!Number.isFinite(logitScale) || !(Number(logitScale) > 0)) {
    throw optionError("the logit scale", "a number above 0", logitScale);
  }
  if (!Number.isFinite(logitBias)) throw optionError("the logit bias", "a number", logitBias);
  if (scoreFunction !== "softmax" && scoreFunction !== "sigmoid") {
    throw optionError("the score function", "softmax or sigmoid", scoreFunction);
  }
  if (temperature !== undefined) checkTemperature(temperature);
}

/** @throws NearlabelError `VECTOR_INVALID` for image embeddings that are not unit vectors as long as the class embeddings. */
export function checkImages(images: Matrix, { columns }: Matrix): void {
  checkMatrix(images, "Image embeddings");
  if (images.rows > 0 && images.columns !== columns) throw otherDimension(images.columns, columns);
  checkVectors(images, images.columns, (at) => `picture ${at}`);
}

/** @throws NearlabelError `VECTOR_INVALID` for one that is no unit vector as long as the class embeddings. */
export function checkImage(image: Float32Array, { columns }: Matrix): void {
  if (!isFloat32Array(image)) {
    throw new NearlabelError("VECTOR_INVALID", "Expected an image embedding to be a Float32Array.");
  }
  if (image.length !== columns) throw otherDimension(image.length, columns);
  checkVectors({ data: image, rows: 1, columns }, columns, () => "the picture");
}

/** @throws NearlabelError `VECTOR_INVALID` for what is no matrix */
export function checkMatrix(matrix: Matrix | undefined, what: string): asserts matrix is Matrix {
  const { data, rows, columns } = Object(matrix) as Partial<Matrix>;
  if (isFloat32Array(data) && Number.isInteger(rows) && Number.isInteger(columns)) return;
  throw new NearlabelError(
    "VECTOR_INVALID",
    `${what} must be a matrix: a Float32Array as data, row after row, with the numbers of rows and columns.`,
  );
}

/** One of another realm, as test runners make them, is one as well. */
function isFloat32Array(value: unknown): value is Float32Array {
  return Object.prototype.toString.call(value) === "[object Float32Array]";
}

export function otherDimension(got: number, expected: number): NearlabelError {
  return new NearlabelError(
    "VECTOR_INVALID",
    `Expected an image embedding of ${expected} numbers, as the class embeddings have, got ${got}. Embed pictures and labels with the same model.`,
  );
}
