import { existsSync } from "node:fs";
import { listed, NearlabelError } from "../../errors.js";
import type { Label } from "../../labels/set/label.js";
import { readLabels } from "../../labels/set/label-set.js";
import type { Dataset } from "../../rows/dataset.js";
import { mapLabels, readLabelMap } from "../../rows/select/map-labels.js";
import type { Terminal } from "../terminal/terminal.js";
import { type DatasetFlags, openFlaggedDataset } from "./dataset.js";

interface ParentFlags extends DatasetFlags {
  dataset: string;
  parents?: string;
  labelMap?: string;
}

/** Gives labels the parents of `--parents`: from a label file, or from a second label column of the data set. */
export function parentsFrom(
  flags: ParentFlags,
  dataset: Dataset,
  terminal: Terminal,
): (labels: readonly Label[]) => Promise<readonly Label[]> {
  let parents: Promise<ReadonlyMap<string, string>> | undefined;
  return async (labels) => {
    const { parents: source } = flags;
    if (source === undefined) return labels;
    parents ??= existsSync(source)
      ? parentsOfFile(source)
      : parentsOfColumn(source, flags, dataset, terminal);
    const known = await parents;
    const withParents = labels.map((label) => {
      const parent = known.get(label.label) ?? label.parent;
      return parent === undefined ? label : { ...label, parent };
    });
    if (withParents.some(({ parent }) => parent !== undefined)) return withParents;
    throw noParents(source, labels, known);
  };
}

function noParents(
  source: string,
  labels: readonly Label[],
  known: ReadonlyMap<string, string>,
): NearlabelError {
  const quoted = (names: readonly string[]) => listed(names.map((name) => JSON.stringify(name)));
  const found = known.size === 0 ? "none at all" : quoted([...known.keys()]);
  return new NearlabelError(
    "LABELS_INVALID",
    `--parents ${source} has no parent for any of the labels: ${quoted(labels.map(({ label }) => label))}. It has parents for: ${found}.`,
  );
}

async function parentsOfFile(path: string): Promise<ReadonlyMap<string, string>> {
  const labels = await readLabels(path);
  return new Map(labels.flatMap(({ label, parent }) => (parent === undefined ? [] : [[label, parent]])));
}

/** The parent beside each label, as `--label-map` has it, which must be the same in every row. */
async function parentsOfColumn(
  column: string,
  flags: ParentFlags,
  { name }: Dataset,
  terminal: Terminal,
): Promise<ReadonlyMap<string, string>> {
  const opened = await openFlaggedDataset(flags.dataset, flags, terminal);
  const { labelMap } = flags;
  const mapped = labelMap === undefined ? opened : mapLabels(opened, await readLabelMap(labelMap));
  const fine = await labelsOf(mapped);
  const coarse = await labelsOf(
    await openFlaggedDataset(flags.dataset, { ...flags, labelColumn: column }, terminal),
  );
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

async function labelsOf(dataset: Dataset): Promise<(string | undefined)[]> {
  const labels: (string | undefined)[] = [];
  for await (const { label } of dataset.rows({ labelsOnly: true })) labels.push(label);
  return labels;
}
