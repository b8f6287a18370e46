import { createHash } from "node:crypto";
import { NearlabelError } from "../../errors.js";
import type { Dataset } from "../dataset.js";
import { filterByLabel } from "./filter.js";
import { checkSeed } from "./selection-options.js";

/**
 * Cuts `dataset` in two, such as rows to choose prompts by and rows to measure them by. A row is in the first part where
 * the hash of its id and the seed is below `share` (0 to 1), so that it depends on neither the order nor the other
 * rows, and a picture with the same id twice is not in both. Each label is cut alike, about: of n rows the first part
 * has n x share, give or take the square root of n x share x (1 - share).
 *
 * Throws `OPTION_INVALID` for a share or seed that is no such number.
 */
export function splitDataset(
  dataset: Dataset,
  seed: number,
  share: number,
): [first: Dataset, second: Dataset] {
  checkSeed(seed);
  if (!(share >= 0 && share <= 1)) {
    throw new NearlabelError("OPTION_INVALID", `Expected "share" to be a number from 0 to 1, got ${share}.`);
  }
  const isFirst = ({ id }: { id: string | number }) => isInFirstPart(id, seed, share);
  const name = (part: string) => `${dataset.name} (${part} part, share ${share}, seed ${seed})`;
  return [
    filterByLabel(dataset, name("first"), isFirst),
    filterByLabel(dataset, name("second"), (row) => !isFirst(row)),
  ];
}

/** Whether {@link splitDataset} puts the row of this id into the first part. */
export function isInFirstPart(id: string | number, seed: number, share: number): boolean {
  return uniformHash(`${seed}\0${id}`) < share;
}

/** The first 48 bits of the SHA-256 of `text` as a fraction: uniform in [0, 1). */
function uniformHash(text: string): number {
  return createHash("sha256").update(text).digest().readUIntBE(0, 6) / 2 ** 48;
}
