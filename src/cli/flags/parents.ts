import { existsSync } from "node:fs";
import { openDataset } from "../../datasets/open.js";
import { NearlabelError } from "../../errors.js";
import type { Label } from "../../labels/set/label.js";
import { readLabels } from "../../labels/set/label-set.js";
import type { Dataset } from "../../rows/dataset.js";

interface ParentFlags {
  dataset: string;
  split?: string;
  labelColumn?: string;
  parents?: string;
}

/** Gives labels the parents of `--parents`: from a label file, or from a second label column of the data set. */
export function parentsFrom(
  flags: ParentFlags,
  dataset: Dataset,
): (labels: readonly Label[]) => Promise<readonly Label[]> {
  let parents: Promise<ReadonlyMap<string, string>> | undefined;
  return async (labels) => {
    const { parents: source } = flags;
    if (source === undefined) return labels;
    parents ??= existsSync(source) ? parentsOfFile(source) : parentsOfColumn(source, flags, dataset);
    const known = await parents;
    return labels.map((label) => {
      const parent = known.get(label.label) ?? label.parent;
      return parent === undefined ? label : { ...label, parent };
    });
  };
}

async function parentsOfFile(path: string): Promise<ReadonlyMap<string, string>> {
  const labels = await readLabels(path);
  return new Map(labels.flatMap(({ label, parent }) => (parent === undefined ? [] : [[label, parent]])));
}

/** The parent beside each label, which must be the same in every row. */
async function parentsOfColumn(
  column: string,
  { dataset: path, split, labelColumn }: ParentFlags,
  { name }: Dataset,
): Promise<ReadonlyMap<string, string>> {
  const fine = await labelsBy(path, split, labelColumn);
  const coarse = await labelsBy(path, split, column);
  const parents = new Map<string, string>();
  for (const [row, label] of fine.entries()) {
    const parent = coarse[row];
    if (label === undefined || parent === undefined) continue;
    const before = parents.get(label);
    if (before !== undefined && before !== parent) {
      throw new NearlabelError(
        "DATASET_INVALID",
        `Data set "${name}": the label ${JSON.stringify(label)} stands beside both ${JSON.stringify(before)} and ${JSON.stringify(parent)} of column "${column}". Expected one parent a label.`,
      );
    }
    parents.set(label, parent);
  }
  return parents;
}

async function labelsBy(path: string, split: string | undefined, labelColumn: string | undefined) {
  const labels: (string | undefined)[] = [];
  for await (const { label } of (await openDataset(path, { split, labelColumn })).rows()) labels.push(label);
  return labels;
}
