import { NearlabelError, reasonOf } from "../../errors.js";

/** How to tell a picture that shows none of the labels; `src/classify/rejection.ts` has the formulas. */
export const REJECTION_METHODS = ["similarity", "mcm", "negative-labels"] as const;
export type RejectionMethod = (typeof REJECTION_METHODS)[number];

/** What pictures something was fitted on. */
export interface FittedOn {
  readonly dataset: string;
  readonly pictures: number;
}

/** A temperature that belongs to the labels of an index. */
export interface IndexCalibration extends FittedOn {
  /** What logits are divided by before they become scores. Above 0. */
  readonly temperature: number;
  /** When it was fitted: ISO 8601, UTC. */
  readonly created: string;
}

/** Where an index draws the line to what is unknown. */
export interface IndexRejection extends FittedOn {
  readonly method: RejectionMethod;
  /** A picture whose value is below this is unknown. */
  readonly threshold: number;
  /** Words that rival the labels, for `negative-labels`. */
  readonly negatives?: readonly string[];
  /** When it was chosen: ISO 8601, UTC. */
  readonly created: string;
}

/** The pictures with known labels that move the class embeddings of an index. */
export interface IndexExamples {
  /** Number of pictures, those of labels that were removed since among them. */
  readonly count: number;
  /** How much the means of the examples count beside the words, 0 to 1. */
  readonly weight: number;
  /** The version of the table of examples that holds them. */
  readonly version: number;
}

/**
 * What was added to the labels of an index since it was built. It is written in one commit of the table of labels, so that
 * going back to a version brings back all of it.
 */
export interface Fitted {
  /** Adding or removing labels or examples drops it: it was for others. */
  readonly calibration?: IndexCalibration;
  /** Dropped as `calibration` is. */
  readonly rejection?: IndexRejection;
  readonly examples?: IndexExamples;
}

/** The annotation of the table; its value is a JSON object. Without it nothing was fitted. */
export const FITTED_KEY = "nearlabel";

/** The text of the annotation; null where nothing is fitted. */
export function fittedText({ calibration, rejection, examples }: Fitted): string | null {
  if (!calibration && !rejection && !examples) return null;
  return JSON.stringify({ calibration, rejection, examples });
}

/**
 * Reads back what {@link fittedText} gave.
 *
 * @param text what was stored, if anything was
 * @throws NearlabelError `INDEX_INVALID`
 */
export function fittedOf(text: string | undefined, path: string): Fitted {
  if (text === undefined) return {};
  try {
    const { calibration, rejection, examples }: Fitted = JSON.parse(text);
    if (calibration) checkTemperature(calibration.temperature);
    if (rejection) checkRejection(rejection);
    if (examples) checkWeight(examples.weight);
    return {
      ...(calibration && { calibration }),
      ...(rejection && { rejection }),
      ...(examples && { examples }),
    };
  } catch (cause) {
    throw new NearlabelError(
      "INDEX_INVALID",
      `${path}: the temperature, threshold or weight of examples stored with the labels cannot be used: ${reasonOf(cause)} Go back to a version before with nearlabel labels restore.`,
      { cause },
    );
  }
}

function checkWeight(weight: unknown): void {
  if (typeof weight === "number" && weight >= 0 && weight <= 1) return;
  throw new NearlabelError(
    "OPTION_INVALID",
    `Expected the weight to be a number from 0 to 1, got ${weight}.`,
  );
}

/** @throws NearlabelError `OPTION_INVALID` */
export function checkTemperature(temperature: unknown): void {
  if (Number.isFinite(temperature) && Number(temperature) > 0) return;
  throw new NearlabelError(
    "OPTION_INVALID",
    `Expected the temperature to be a number above 0, got ${temperature}.`,
  );
}

/** @throws NearlabelError `OPTION_INVALID` */
export function checkRejection({
  method,
  threshold,
  negatives,
}: Pick<IndexRejection, "method" | "threshold" | "negatives">): void {
  const problem = !REJECTION_METHODS.includes(method)
    ? `Expected a method of rejection, one of ${REJECTION_METHODS.join(", ")}, got ${method}.`
    : !Number.isFinite(threshold)
      ? `Expected the threshold of rejection to be a number, got ${threshold}.`
      : (method === "negative-labels") !== (negatives !== undefined)
        ? "Expected negatives with negative-labels, and with no other method of rejection."
        : undefined;
  if (problem !== undefined) throw new NearlabelError("OPTION_INVALID", problem);
}
