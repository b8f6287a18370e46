import type { Matrix } from "../math/matrix.js";
import { MANY_LABELS, nearestLabels } from "./nearest-labels.js";
import { checkClasses, checkImage, checkImages, checkOwnPredictOptions } from "./predict-input.js";
import { type ClassEmbeddings, type Prediction, type PredictOptions, rank } from "./scores.js";
import { similaritiesTo, similarityRows } from "./similarities.js";

/**
 * The labels nearest to a unit-length image embedding.
 *
 * @param image of `classes.embeddings.columns` numbers
 * @throws NearlabelError `VECTOR_INVALID` for vectors of another dimension, another length than 1 or with numbers that are not
 *   finite; `LABELS_INVALID`; `OPTION_INVALID`
 */
export function predict(
  image: Float32Array,
  classes: ClassEmbeddings,
  options: PredictOptions = {},
): Prediction[] {
  checkOwnPredictOptions(options, "predict");
  checkClasses(classes);
  checkImage(image, classes.embeddings);
  return rank(similaritiesTo(image, classes.embeddings), classes.labels, classes.scoring, options);
}

/**
 * What {@link predict} finds for each of many pictures, in the order of the rows. Pictures are compared many at a time; memory
 * beside the input is bounded, and predictions come as they are asked for. Scores over 4,096 labels and more are those of
 * {@link nearestLabels}.
 *
 * @param images unit-length image embeddings, one row a picture, as wide as the class embeddings
 * @throws NearlabelError as `predict`, before the first prediction
 */
export async function* predictRows(
  images: Matrix,
  classes: ClassEmbeddings,
  options: PredictOptions = {},
): AsyncGenerator<Prediction[]> {
  checkOwnPredictOptions(options, "predictRows");
  checkClasses(classes);
  checkImages(images, classes.embeddings);
  const { labels, embeddings, scoring } = classes;
  if (labels.length >= MANY_LABELS) {
    yield* nearestLabels(classes)(images, options);
    return;
  }
  for await (const similarities of similarityRows(images, embeddings)) {
    yield rank(similarities, labels, scoring, options);
  }
}
