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

/** What was fitted for the labels that an index holds. Adding or removing labels drops it: it was for others. */
export interface Fitted {
  readonly calibration?: IndexCalibration;
  readonly rejection?: IndexRejection;
}

/** The annotation of the table; its value is a JSON object. Without it nothing was fitted. */
export const FITTED_KEY = "nearlabel";

/**
 * @param text what was stored, if anything was
 * @throws NearlabelError `INDEX_INVALID`
 */
export function fittedOf(text: string | undefined, path: string): Fitted {
  if (text === undefined) return {};
  try {
    const { calibration, rejection }: Fitted = JSON.parse(text);
    if (calibration) checkTemperature(calibration.temperature);
    if (rejection) checkRejection(rejection);
    return { ...(calibration && { calibration }), ...(rejection && { rejection }) };
  } catch (cause) {
    throw new NearlabelError(
      "INDEX_INVALID",
      `${path}: the temperature or threshold stored with the labels cannot be used: ${reasonOf(cause)} Fit it again after nearlabel labels restore.`,
      { cause },
    );
  }
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
