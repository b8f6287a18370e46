import { existsSync } from "node:fs";
import { listed, NearlabelError } from "../../errors.js";
import type { Label } from "../../labels/set/label.js";
import { parentsOfFile, parentsOfRows, withParents } from "../../labels/set/parents.js";
import { isObjectAddress } from "../../objects/address.js";
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
  terminal: Terminal,
): (labels: readonly Label[]) => Promise<readonly Label[]> {
  let parents: Promise<ReadonlyMap<string, string>> | undefined;
  return async (labels) => {
    const { parents: source } = flags;
    if (source === undefined) return labels;
    parents ??=
      isObjectAddress(source) || existsSync(source)
        ? parentsOfFile(source)
        : parentsOfColumn(source, flags, terminal);
    const known = await parents;
    const found = withParents(labels, known);
    if (found.some(({ parent }) => parent !== undefined)) return found;
    throw noParents(source, labels, known);
  };
}

/** The column beside the labels, as `--label-map` has them. */
async function parentsOfColumn(
  column: string,
  flags: ParentFlags,
  terminal: Terminal,
): Promise<ReadonlyMap<string, string>> {
  const { dataset: path, labelMap } = flags;
  const fine = await openFlaggedDataset(path, flags, terminal);
  const coarse = await openFlaggedDataset(path, { ...flags, labelColumn: column }, terminal);
  return parentsOfRows(labelMap === undefined ? fine : mapLabels(fine, await readLabelMap(labelMap)), coarse);
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
