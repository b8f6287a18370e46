import { stringify } from "csv-stringify/sync";
import type { Classification } from "../classify/classifier.js";
import type { Prediction } from "../classify/predict.js";

/** Puts classifications into text, piece by piece: what is returned goes to stdout as it is. */
export interface ResultFormat {
  readonly start: string;
  result(classification: Classification): string;
  readonly end: string;
}

/** One object a line; the schema is in docs/output.md. */
export const jsonLines: ResultFormat = {
  start: "",
  result: (classification) => `${JSON.stringify(plain(classification))}\n`,
  end: "",
};

/** An array, one element a line, closed properly even where the run was interrupted. */
export function jsonArray(): ResultFormat {
  let first = true;
  return {
    start: "[",
    result(classification) {
      const separator = first ? "\n" : ",\n";
      first = false;
      return separator + JSON.stringify(plain(classification));
    },
    end: "\n]\n",
  };
}

const CSV_COLUMNS = ["id", "rank", "label", "score", "similarity", "distance", "error_code", "error_message"];

/** One line a prediction; a picture without predictions has one line with no rank, and its error where it has one. */
export const csv: ResultFormat = {
  start: stringify([CSV_COLUMNS]),
  result({ id, predictions, error }) {
    if (error) return stringify([[id, "", "", "", "", "", error.code, error.message]]);
    if (predictions.length === 0) return stringify([[id, "", "", "", "", "", "", ""]]);
    return stringify(
      predictions
        .map(plainPrediction)
        .map((p) => [id, p.rank, p.label, p.score, p.similarity, p.distance, "", ""]),
    );
  },
  end: "",
};

function plain({ id, predictions, error }: Classification): object {
  return error
    ? { id, error: { code: error.code, message: error.message } }
    : { id, predictions: predictions.map(plainPrediction) };
}

function plainPrediction({ label, score, similarity, distance, rank }: Prediction) {
  return { label, score: digits(score), similarity: digits(similarity), distance: digits(distance), rank };
}

/** Seven significant digits: all that float32 embeddings hold; more would differ from machine to machine. */
function digits(value: number): number {
  return Number(value.toPrecision(7));
}
