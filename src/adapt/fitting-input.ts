import { NearlabelError, optionError } from "../errors.js";
import type { Matrix } from "../math/matrix.js";

/** @throws NearlabelError `OPTION_INVALID` for anything but a number from 0 to 1 */
export function checkShare(name: string, value: unknown): void {
  if (typeof value !== "number" || !(value >= 0 && value <= 1)) {
    throw optionError(name, "a number from 0 to 1", value);
  }
}

/** @throws NearlabelError `OPTION_INVALID` for anything but a finite number from 0 */
export function checkNotNegative(name: string, value: unknown): void {
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0) {
    throw optionError(name, "a number from 0", value);
  }
}

/** @throws NearlabelError `VECTOR_INVALID` for image embeddings of another length than the class embeddings */
export function checkSameSpace(images: Matrix, classes: Matrix): void {
  if (images.rows === 0 || images.columns === classes.columns) return;
  throw new NearlabelError(
    "VECTOR_INVALID",
    `Expected image embeddings of ${classes.columns} numbers, as the class embeddings have, got ${images.columns}. Embed pictures and labels with the same model.`,
  );
}
