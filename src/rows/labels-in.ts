import { NearlabelError } from "../errors.js";
import { naturalOrder } from "../files/natural-order.js";
import type { Dataset } from "./dataset.js";

/**
 * The class names of a data set; of one that does not hold them, the labels that its rows have, in natural order, for which
 * its labels are read once.
 *
 * @throws NearlabelError DATASET_INVALID where no row has a label, and where all are integers that stand for names which are
 * not known
 */
export async function labelsIn(dataset: Dataset): Promise<readonly string[]> {
  if (dataset.labels) return dataset.labels;
  const found = new Set<string>();
  for await (const { label } of dataset.rows({ labelsOnly: true })) {
    if (label !== undefined) found.add(label);
  }
  if (found.size === 0) {
    throw new NearlabelError(
      "DATASET_INVALID",
      `Data set "${dataset.name}" has no labels. Choose its label column, or give the labels to choose from.`,
    );
  }
  if ([...found].every((label) => /^-?\d+$/.test(label))) {
    throw new NearlabelError(
      "DATASET_INVALID",
      `The labels of data set "${dataset.name}" are integers, and it does not say which names they stand for. Put the names into a classnames.txt beside it, one a line, or give the labels to choose from.`,
    );
  }
  return [...found].sort(naturalOrder);
}

/** `dataset` with the labels that {@link labelsIn} finds. */
export async function withLabels(dataset: Dataset): Promise<Dataset> {
  return dataset.labels ? dataset : { ...dataset, labels: await labelsIn(dataset) };
}
