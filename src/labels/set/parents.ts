import { NearlabelError } from "../../errors.js";
import type { Dataset } from "../../rows/dataset.js";
import type { Label } from "./label.js";
import { readLabels } from "./label-set.js";

/** The labels with the parents of `parents`; one that is not there keeps its own. */
export function withParents(labels: readonly Label[], parents: ReadonlyMap<string, string>): Label[] {
  return labels.map((label) => {
    const parent = parents.get(label.label) ?? label.parent;
    return parent === undefined ? label : { ...label, parent };
  });
}

/** The parent of each label of a label file that has one. @throws NearlabelError as `readLabels` */
export async function parentsOfFile(path: string): Promise<Map<string, string>> {
  const labels = await readLabels(path);
  return new Map(labels.flatMap(({ label, parent }) => (parent === undefined ? [] : [[label, parent]])));
}

/**
 * The parent of each label of a data set that has two columns of labels.
 *
 * @param fine with the labels
 * @param coarse the same rows with the parents as labels
 * @throws NearlabelError `DATASET_INVALID` where a label stands beside two parents
 */
export async function parentsOfRows(fine: Dataset, coarse: Dataset): Promise<Map<string, string>> {
  const labels = await labelsOf(fine);
  const parents = new Map<string, string>();
  for (const [row, parent] of (await labelsOf(coarse)).entries()) {
    const label = labels[row];
    if (label === undefined || parent === undefined) continue;
    const before = parents.get(label);
    if (before !== undefined && before !== parent) {
      throw new NearlabelError(
        "DATASET_INVALID",
        `Data set "${fine.name}": the label ${JSON.stringify(label)} stands beside both parents ${JSON.stringify(before)} and ${JSON.stringify(parent)}. Expected one parent a label.`,
      );
    }
    parents.set(label, parent);
  }
  return parents;
}

async function labelsOf(dataset: Dataset): Promise<(string | undefined)[]> {
  const labels: (string | undefined)[] = [];
  for await (const { label } of dataset.rows({ labelsOnly: true })) labels.push(label);
  return labels;
}
