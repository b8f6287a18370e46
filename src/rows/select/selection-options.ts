import { NearlabelError } from "../../errors.js";

/** Throws `OPTION_INVALID` unless `count` is a whole number from 0 up. */
export function checkCount(option: string, count: number): void {
  if (Number.isSafeInteger(count) && count >= 0) return;
  throw new NearlabelError(
    "OPTION_INVALID",
    `Expected "${option}" to be a whole number from 0 up, got ${count}.`,
  );
}

/** Throws `OPTION_INVALID` unless `seed` is an integer of 32 bits, which is what the generator can tell apart. */
export function checkSeed(seed: number): void {
  if ((seed | 0) === seed) return;
  throw new NearlabelError(
    "OPTION_INVALID",
    `Expected "seed" to be an integer from ${-(2 ** 31)} to ${2 ** 31 - 1}, got ${seed}.`,
  );
}
