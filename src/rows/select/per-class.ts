import { randomGenerator } from "../../math/random.js";
import type { Dataset } from "../dataset.js";
import { chosenRows } from "./chosen-rows.js";
import { Reservoir } from "./reservoir.js";
import { checkCount, checkSeed } from "./selection-options.js";

/**
 * `count` rows of each label, or all of a label that has fewer: drawn without replacement, each row of a label as likely
 * as any other, in their order and with their ids. Rows without a label are left out. The same seed draws the same
 * rows. Reads the data set once, and holds the positions of the rows.
 *
 * Throws `OPTION_INVALID` for a count or seed that is no such number.
 */
export async function perClass(dataset: Dataset, count: number, seed: number): Promise<Dataset> {
  checkCount("perClass", count);
  checkSeed(seed);
  const random = randomGenerator(seed);
  const classes = new Map<string, { seen: number; readonly reservoir: Reservoir }>();
  let position = 0;
  for await (const { label } of dataset.rows({ labelsOnly: true })) {
    if (label !== undefined) {
      const one = classes.get(label) ?? { seen: 0, reservoir: new Reservoir(count, random) };
      classes.set(label, one);
      if (one.seen++ === one.reservoir.next) one.reservoir.take(position);
    }
    position++;
  }
  const positions = [...classes.values()].flatMap(({ reservoir }) => reservoir.items);
  const name = `${dataset.name} (${count} a class, seed ${seed})`;
  return chosenRows(
    dataset,
    name,
    positions.sort((a, b) => a - b),
  );
}
