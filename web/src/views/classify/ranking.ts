import type { Model } from "nearlabel/client";
import type { Matrix } from "../../../../src/math/matrix.js";
import { rowsAt } from "../../../../src/math/matrix.js";
import { rowDots } from "../../../../src/math/products.js";
import {
  chooseRivals,
  maximumSimilarity,
  maximumSoftmax,
  negativeLabelScore,
} from "../../../../src/scoring/knownness.js";
import { logitsOf, type Prediction, rank } from "../../../../src/scoring/scores.js";
import type { ChosenLabel } from "../../chosen/labels.js";
import type { Scoring } from "./scoring.js";

/** Labels with their class embeddings, and the words that unknown pictures may show where those are asked for. */
export interface Classes {
  readonly model: Model;
  readonly labels: readonly ChosenLabel[];
  readonly embeddings: Matrix;
  readonly rivals?: Matrix;
}

/** What a picture shows: every label, nearest first. */
export interface Ranking {
  readonly predictions: readonly Prediction[];
  /** What the method against unknown pictures gave, where one is chosen; below `threshold` the picture is unknown. */
  readonly known?: { readonly value: number; readonly threshold: number };
}

/** The library's own arithmetic, on this side of the wire: nothing is asked for. */
export function rankingOf(image: Float32Array, classes: Classes, options: Scoring): Ranking {
  const { model, labels, embeddings } = classes;
  const { temperature, multiLabel, unknown, threshold } = options;
  const similarities = rowDots(image, embeddings);
  const predictions = rank(
    similarities,
    labels,
    { ...model.scoring, temperature },
    { topK: labels.length, multiLabel },
  );
  if (unknown === "off") return { predictions };
  const value = knownness(image, similarities, classes, unknown);
  return { predictions, known: { value, threshold } };
}

function knownness(
  image: Float32Array,
  similarities: Float64Array,
  { model, rivals }: Classes,
  method: Exclude<Scoring["unknown"], "off">,
): number {
  if (method === "similarity") return maximumSimilarity(similarities);
  if (method === "mcm") return maximumSoftmax(similarities);
  if (!rivals || rivals.rows === 0) return 1;
  return negativeLabelScore(
    logitsOf(similarities, model.scoring),
    logitsOf(rowDots(image, rivals), model.scoring),
  );
}

/** Of embeddings of words, those that mean none of the labels. */
export function rivalsAmong(words: Matrix, embeddings: Matrix): Matrix {
  return rowsAt(words, chooseRivals(embeddings, words));
}
