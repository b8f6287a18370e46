import { checkOptions, checkPart } from "../../arguments.js";
import { NearlabelError } from "../../errors.js";
import type { ImageTable } from "../table/image-table.js";
import { addTo, labellingCounts, mostFirst } from "./labelling.js";
import { labelSetOf, openSavedLabelSet } from "./saved-label-set.js";

export interface LabelCountsOptions {
  /** An SQL condition that pictures have to meet. Default: all. */
  readonly where?: string | undefined;
}

/** How many pictures of a table have each label. */
export interface LabelCounts {
  /** Most often first. A picture with several labels counts for each. */
  readonly counts: ReadonlyMap<string, number>;
  /** The same by the parents that saved label sets give to labels; labels without one are not among them. */
  readonly parents: ReadonlyMap<string, number>;
  /** Pictures by the label set that they were labelled with, such as `animals@3`. */
  readonly labelSets: ReadonlyMap<string, number>;
  readonly pictures: number;
  /** Pictures that show none of the labels of their set. */
  readonly unknown: number;
  /** Pictures that were not labelled yet. */
  readonly unlabelled: number;
}

/** Counts the labels in the table as they are now. @throws NearlabelError `TABLE_FILTER_INVALID` */
export async function labelCounts(table: ImageTable, options: LabelCountsOptions = {}): Promise<LabelCounts> {
  checkOptions(options, ["where"], "labelCounts");
  checkPart("table", table);
  const given = new Map<string, number>();
  const marks = new Map<string, number>();
  let [pictures, unknown, unlabelled] = [0, 0, 0];
  const columns = ["label", "labels", "label_set"];
  for await (const { columns: cells } of table.table.scan({ columns, where: options.where })) {
    for (const [row, mark] of (cells.label_set ?? []).entries()) {
      pictures++;
      if (mark === null) {
        unlabelled++;
        continue;
      }
      addTo(marks, mark as string);
      const label = cells.label![row] as string | null;
      const labels = (cells.labels![row] as readonly string[] | null) ?? (label === null ? [] : [label]);
      if (labels.length === 0) unknown++;
      for (const each of labels) addTo(given, each);
    }
  }
  const [counts, labelSets] = [mostFirst(given), mostFirst(marks)];
  const parents = countsByParent(counts, await parentsOf(table, labelSets.keys()));
  return { counts, parents, labelSets, pictures, unknown, unlabelled };
}

/**
 * How often each label came first in an earlier labelling, such as that of `animals@2`; of `animals`, its newest version.
 *
 * @throws NearlabelError `INDEX_NOT_FOUND` where nothing was labelled with it
 */
export async function earlierLabelCounts(
  table: ImageTable,
  labelSet: string,
): Promise<ReadonlyMap<string, number>> {
  checkPart("table", table);
  const { name, version } = labelSetOf(labelSet);
  const counts = await labellingCounts(table, { name, version });
  if (counts) return counts;
  throw new NearlabelError(
    "INDEX_NOT_FOUND",
    `${table.place}: nothing was labelled with ${labelSet}. nearlabel images label-counts lists what there is.`,
  );
}

async function parentsOf(table: ImageTable, marks: Iterable<string>): Promise<Map<string, string>> {
  const parents = new Map<string, string>();
  for (const name of new Set([...marks].map((mark) => labelSetOf(mark).name))) {
    const index = await openSavedLabelSet(table, name).catch((error: unknown) => {
      // A table that was copied without its label sets still has its labels.
      if (error instanceof NearlabelError && error.code === "INDEX_NOT_FOUND") return undefined;
      throw error;
    });
    for (const { label, parent } of (await index?.labels())?.labels ?? []) {
      if (parent !== undefined) parents.set(label, parent);
    }
    await index?.close();
  }
  return parents;
}

function countsByParent(
  counts: ReadonlyMap<string, number>,
  parents: ReadonlyMap<string, string>,
): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [label, count] of counts) {
    const parent = parents.get(label);
    if (parent !== undefined) sums.set(parent, (sums.get(parent) ?? 0) + count);
  }
  return new Map([...sums].sort(([, a], [, b]) => b - a));
}
