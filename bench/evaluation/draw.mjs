/** Draws that are the same at every run: what the scripts here have in common. */

import { randomGenerator, uniformInt } from "../../dist/math/random.js";
import { topK } from "../../dist/math/top-k.js";

/** The numbers from 0 to `count` - 1 in an order drawn with `seed`. */
export function shuffled(count, seed) {
  const generator = randomGenerator(seed);
  const order = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = uniformInt(generator, 0, last);
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

/** Percent of rows whose largest value is at the target. */
export function accuracy(scores, targets) {
  const right = targets.filter((target, index) => topK(scores(index), 1)[0] === target);
  return (100 * right.length) / targets.length;
}

export function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of a sample: divided by one less than their number. 0 for a single value. */
export function deviation(values) {
  const centre = mean(values);
  return Math.sqrt(
    values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / Math.max(1, values.length - 1),
  );
}
