import { randomGenerator } from "../../math/random.js";
import type { Dataset } from "../dataset.js";
import { chosenRows } from "./chosen-rows.js";
import { Reservoir } from "./reservoir.js";
import { checkCount, checkSeed } from "./selection-options.js";

/**
 * `count` rows of `dataset`, or all where it has fewer: drawn without replacement, each as likely as any other, in their
 * order and with their ids. The same seed draws the same rows. Holds the positions of the rows; a data set that does
 * not know its size is read once to draw them.
 *
 * Throws `OPTION_INVALID` for a count or seed that is no such number.
 */
export async function sample(dataset: Dataset, count: number, seed: number): Promise<Dataset> {
  checkCount("sample", count);
  checkSeed(seed);
  const reservoir = new Reservoir(count, randomGenerator(seed));
  if (dataset.size === undefined) {
    let position = 0;
    for await (const _ of dataset.rows({ labelsOnly: true })) {
      if (position === reservoir.next) reservoir.take(position);
      position++;
    }
  } else {
    while (reservoir.next < dataset.size) reservoir.take(reservoir.next);
  }
  const positions = reservoir.items.sort((a, b) => a - b);
  return chosenRows(dataset, `${dataset.name} (sample of ${count}, seed ${seed})`, positions);
}
