import { squaredDistances } from "../classify/original.js";
import type { Scoring } from "../classify/predict.js";
import { dot, type Matrix, row } from "../vector.js";

/** Logits of pictures against labels, computed when asked for: pictures x labels may be more than memory holds. */
export interface Scorer {
  readonly pictures: number;
  readonly labels: number;
  /** Logits of one picture, one a label. */
  ofPicture(picture: number): Float64Array;
  /** Logits of one label, one a picture. */
  ofLabel(label: number): Float64Array;
}

/**
 * Logit scale x cosine + bias. `images` and `classes` have unit-length rows of the same length.
 * @param temperature divides the logits. Default 1
 */
export function cosineScorer(
  images: Matrix,
  classes: Matrix,
  { logitScale, logitBias }: Pick<Scoring, "logitScale" | "logitBias">,
  temperature = 1,
): Scorer {
  const logit = (picture: number, label: number) =>
    (logitScale * dot(row(images, picture), row(classes, label)) + logitBias) / temperature;
  return {
    pictures: images.rows,
    labels: classes.rows,
    ofPicture: (picture) => Float64Array.from({ length: classes.rows }, (_, label) => logit(picture, label)),
    ofLabel: (label) => Float64Array.from({ length: images.rows }, (_, picture) => logit(picture, label)),
  };
}

/**
 * The tutorial's arithmetic as published: minus the squared L2 distance of the image embedding, as long as the network
 * gave it, to column-normalised label embeddings. Taken as logits, so that the smallest distance is the best.
 * @param norms lengths of the image embeddings before they were brought to unit length
 * @param classes as `embedOriginalLabels` gives them
 */
export function originalScorer(images: Matrix, norms: ArrayLike<number>, classes: Matrix): Scorer {
  const raw = (picture: number) => row(images, picture).map((value) => value * norms[picture]!);
  const negative = (distances: Float64Array) => distances.map((distance) => -distance);
  return {
    pictures: images.rows,
    labels: classes.rows,
    ofPicture: (picture) => negative(squaredDistances(raw(picture), classes)),
    ofLabel(label) {
      const only: Matrix = { data: row(classes, label), rows: 1, columns: classes.columns };
      return Float64Array.from(
        { length: images.rows },
        (_, picture) => -squaredDistances(raw(picture), only)[0]!,
      );
    },
  };
}
