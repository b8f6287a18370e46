import { type Matrix, row, rowsAt } from "../../math/matrix.js";
import type { Scoring } from "../../scoring/scores.js";
import { similarityRows } from "../../scoring/similarities.js";
import { squaredDistances } from "../../scoring/tutorial.js";

/** Logits of pictures against labels, computed while they are read: pictures x labels may be more than memory holds. */
export interface Scorer {
  readonly pictures: number;
  readonly labels: number;
  /** For each picture in turn its logits, one a label. */
  byPicture(): AsyncIterable<Float64Array>;
  /** For each of some labels in turn, by position, its logits, one a picture. */
  byLabel(labels: readonly number[]): AsyncIterable<Float64Array>;
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
  async function* logits(matrix: Matrix, others: Matrix) {
    for await (const similarities of similarityRows(matrix, others)) {
      const scaled = new Float64Array(similarities.length);
      for (let i = 0; i < scaled.length; i++) {
        scaled[i] = (logitScale * similarities[i]! + logitBias) / temperature;
      }
      yield scaled;
    }
  }
  return {
    pictures: images.rows,
    labels: classes.rows,
    byPicture: () => logits(images, classes),
    byLabel: (labels) => logits(rowsAt(classes, labels), images),
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
    async *byPicture() {
      for (let picture = 0; picture < images.rows; picture++)
        yield negative(squaredDistances(raw(picture), classes));
    },
    async *byLabel(labels) {
      for (const label of labels) {
        const only: Matrix = { data: row(classes, label), rows: 1, columns: classes.columns };
        yield Float64Array.from(
          { length: images.rows },
          (_, picture) => -squaredDistances(raw(picture), only)[0]!,
        );
      }
    },
  };
}
