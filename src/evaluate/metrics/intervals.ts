import { optionError } from "../../errors.js";
import type { Estimate } from "../evaluation.js";
import { requirePictures } from "./input.js";

/** 97.5 % of the standard normal distribution lie below: for intervals of 95 %. */
const Z_95 = 1.959963984540054;

/**
 * A share with Wilson's score interval (Wilson 1927), which keeps to 0 to 1 and holds for few pictures and for none right.
 *
 * @param z quantile of the standard normal distribution; 95 % by default
 * @throws NearlabelError `INPUT_EMPTY` for a total of 0
 */
export function wilsonInterval(successes: number, total: number, z = Z_95): Estimate {
  requirePictures("Wilson interval", total);
  if (!(successes >= 0 && successes <= total)) {
    throw new TypeError(`Expected from 0 to ${total} successes, got ${successes}`);
  }
  if (!(z > 0 && Number.isFinite(z))) throw optionError("z", "a number above 0", z);
  const value = successes / total;
  const scale = 1 + z ** 2 / total;
  const centre = (value + z ** 2 / (2 * total)) / scale;
  const half = (z / scale) * Math.sqrt((value * (1 - value)) / total + z ** 2 / (4 * total ** 2));
  return {
    value,
    low: successes === 0 ? 0 : centre - half,
    high: successes === total ? 1 : centre + half,
    interval: "wilson",
  };
}
