import { NearlabelError, optionError } from "../../errors.js";

/** @throws NearlabelError `INPUT_EMPTY` where there is nothing to compute `metric` over. */
export function requirePictures(metric: string, pictures: number): void {
  if (pictures > 0) return;
  throw new NearlabelError(
    "INPUT_EMPTY",
    `${metric} expects at least one picture, got none. Evaluate on pictures that have a label and can be read.`,
  );
}

/** @throws NearlabelError `INPUT_EMPTY` for no numbers, `VECTOR_INVALID` for NaN, which no order and no mean can hold. */
export function requireNumbers(metric: string, values: ArrayLike<number>): void {
  requirePictures(metric, values.length);
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) throw invalid(metric, "numbers", i, Number.NaN);
  }
}

/** @throws NearlabelError as {@link requireNumbers}, and `VECTOR_INVALID` for a number outside 0 to 1. */
export function requireShares(metric: string, values: ArrayLike<number>): void {
  requirePictures(metric, values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(value >= 0 && value <= 1)) throw invalid(metric, "scores from 0 to 1", i, value);
  }
}

/** @throws NearlabelError `OPTION_INVALID` for anything but a whole number from 1 */
export function requireWhole(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw optionError(name, "a whole number from 1", value);
}

/** @throws NearlabelError `INPUT_EMPTY` for no indexes; TypeError for one that is not below `classes`. */
export function requireClasses(metric: string, indexes: Int32Array, classes: number): void {
  requirePictures(metric, indexes.length);
  const at = indexes.findIndex((index) => !(Number.isInteger(index) && index >= 0 && index < classes));
  if (at >= 0) {
    throw new TypeError(`${metric} expects indexes of ${classes} classes, got ${indexes[at]} at ${at}`);
  }
}

/** @throws TypeError */
export function requireSameLength(
  metric: string,
  first: ArrayLike<unknown>,
  second: ArrayLike<unknown>,
): void {
  if (first.length === second.length) return;
  throw new TypeError(
    `${metric} expects as many of one as of the other, got ${first.length} and ${second.length}`,
  );
}

function invalid(metric: string, expected: string, index: number, got: number): NearlabelError {
  return new NearlabelError(
    "VECTOR_INVALID",
    `${metric} expects ${expected}, got ${got} at ${index}. Check the embeddings and the logit scale that it came from.`,
  );
}
