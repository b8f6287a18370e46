import type { Classification } from "../../classify/classifier.js";
import type { Unknown } from "../../classify/reject/rejector.js";
import { printableJson } from "../../files/printable.js";
import { sevenDigits } from "../../math/digits.js";
import type { Prediction } from "../../scoring/scores.js";

/** Puts classifications into text, piece by piece: what is returned goes to stdout as it is. */
export interface ResultFormat {
  readonly start: string;
  result(classification: Classification): string;
  readonly end: string;
}

/** One object a line; the schema is in docs/output.md. */
export const jsonLines: ResultFormat = {
  start: "",
  result: (classification) => `${printableJson(plain(classification))}\n`,
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
      return separator + printableJson(plain(classification));
    },
    end: "\n]\n",
  };
}

const CSV_COLUMNS = ["id", "rank", "label", "score", "similarity", "distance", "error_code", "error_message"];
const UNKNOWN_COLUMNS = ["unknown_method", "unknown_value", "unknown_threshold"];

/** What a run was asked for beyond predictions, and CSV needs more columns for. */
export interface CsvOptions {
  readonly calibrated: boolean;
  readonly rejects: boolean;
}

/** One line a prediction; a picture without predictions has one line with no rank, and its error where it has one. */
export async function csv({ calibrated, rejects }: CsvOptions): Promise<ResultFormat> {
  const { stringify } = await import("csv-stringify/sync");
  const more = ({ calibrated: is, unknown }: Classification) => [
    ...(calibrated ? [is ?? ""] : []),
    ...(rejects ? unknownCells(unknown) : []),
  ];
  const columns = [
    ...CSV_COLUMNS,
    ...(calibrated ? ["calibrated"] : []),
    ...(rejects ? UNKNOWN_COLUMNS : []),
  ];
  return {
    start: stringify([columns]),
    result: (classification) =>
      stringify(
        csvLines(classification).map((cells) => [...cells, ...more(classification)]),
        {
          cast: { boolean: String },
        },
      ),
    end: "",
  };
}

function csvLines({ id, predictions, error }: Classification): (string | number)[][] {
  if (error) return [[id, "", "", "", "", "", error.code, error.message]];
  if (predictions.length === 0) return [[id, "", "", "", "", "", "", ""]];
  return predictions
    .map(plainPrediction)
    .map((p) => [id, p.rank, p.label, p.score, p.similarity, p.distance, "", ""]);
}

function unknownCells(unknown: Unknown | undefined): (string | number)[] {
  if (!unknown) return ["", "", ""];
  return [unknown.method, sevenDigits(unknown.value), sevenDigits(unknown.threshold)];
}

function plain({ id, predictions, calibrated, unknown, error }: Classification): object {
  if (error) return { id, error: { code: error.code, message: error.message } };
  return {
    id,
    ...(calibrated && { calibrated }),
    ...(unknown && { unknown: plainUnknown(unknown) }),
    predictions: predictions.map(plainPrediction),
  };
}

function plainUnknown({ method, value, threshold }: Unknown) {
  return { method, value: sevenDigits(value), threshold: sevenDigits(threshold) };
}

function plainPrediction({ label, score, similarity, distance, rank }: Prediction) {
  return {
    label,
    score: sevenDigits(score),
    similarity: sevenDigits(similarity),
    distance: sevenDigits(distance),
    rank,
  };
}
