import { isDeepStrictEqual, types } from "node:util";
import { checkPart, requireOptions } from "../../arguments.js";
import { optionError } from "../../errors.js";
import { checkPredictOptions } from "../../scoring/predict-input.js";
import type { PredictOptions } from "../../scoring/scores.js";
import { sqlAll } from "../../store/filter.js";
import { checksumsOf } from "../table/checksum.js";
import type { ImageTable } from "../table/image-table.js";
import { earlierLabels } from "./earlier-labels.js";
import { createLabelWriter } from "./label-writer.js";
import { countsOf, KEPT_LABELS, type Labelling, type LabellingRecipe, openLabelling } from "./labelling.js";
import { currentVersion, type LabelSetVersion, labelSetText } from "./saved-label-set.js";
import { scoredBatches } from "./scored-batches.js";
import {
  type OpenTableClasses,
  openTableClasses,
  TABLE_CLASSES_OPTIONS,
  type TableClassesOptions,
} from "./table-classes.js";

export interface LabelTableOptions
  extends TableClassesOptions,
    Pick<PredictOptions, "minScore" | "minSimilarity" | "multiLabel"> {
  /** The name under which labels are kept with the table, and that rows are marked with: `animals`. */
  readonly save: string;
  /** An SQL condition that pictures have to meet. Default: all. */
  readonly where?: string | undefined;
  /** Called with the number of pictures done so far, and how many there are. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What became of the pictures of a table. */
export interface TableLabelling {
  /** The label set and its version, as the column `label_set` names it with `@` between. */
  readonly labelSet: LabelSetVersion;
  /** Pictures that were labelled now. */
  readonly labelled: number;
  /** Those among them that show none of the labels, as far as was asked for, or none that scores high enough. */
  readonly unknown: number;
  /** Pictures that had their label by this version already. */
  readonly unchanged: number;
  /** How often each label was given now, most often first. */
  readonly counts: ReadonlyMap<string, number>;
}

const OPTIONS = [
  ...TABLE_CLASSES_OPTIONS,
  ...["minScore", "minSimilarity", "multiLabel", "save", "where", "onProgress"],
] as (keyof LabelTableOptions)[];

/** Labels of a picture at most, where several were asked for. */
const SEVERAL_LABELS = 20;

/**
 * Gives the pictures of a table labels, by their stored embeddings: the columns `label`, `score` and `label_set`, with `multiLabel`
 * also `labels`. The vector index stays. What the same label set said before is kept (`labelCounts`). Only pictures that do
 * not have their label by this version of the label set, made in this way, are looked at, so a run that was cut short goes on where it was.
 *
 * @throws NearlabelError `TABLE_MODEL_MISMATCH`, `TABLE_FILTER_INVALID`, `OPTION_INVALID`, `INDEX_NOT_FOUND`, `WRITE_FAILED`; and as
 *   `labelSet`
 */
export async function labelTable(table: ImageTable, options: LabelTableOptions): Promise<TableLabelling> {
  requireOptions(options, OPTIONS, "labelTable");
  checkPart("table", table);
  if (typeof options.save !== "string") throw optionError("save", "the name of a label set", options.save);
  checkPredictOptions(options);
  const opened = await openTableClasses(table, options, options.save);
  const labelling = await openLabelling(table, options.save);
  try {
    const labelSet = await currentVersion(options.save, opened.saved!);
    return await labelRows(table, opened, labelling, recipeOf(labelSet, opened, options), options);
  } finally {
    labelling.close();
    await opened.close();
  }
}

async function labelRows(
  table: ImageTable,
  opened: OpenTableClasses,
  labelling: Labelling,
  recipe: LabellingRecipe,
  options: LabelTableOptions,
): Promise<TableLabelling> {
  const { multiLabel = false, signal, onProgress } = options;
  const { where, total, unchanged } = await rowsToLabel(table, labelling, recipe, options.where);
  const writer = await createLabelWriter(table, labelling, { recipe, ...opened, options });
  const read = {
    columns: ["path", "checksum"],
    where,
    kept: multiLabel ? SEVERAL_LABELS : KEPT_LABELS,
    signal,
    earlier: multiLabel ? undefined : await earlierLabels(labelling, recipe, opened.classes),
  };
  let done = 0;
  for await (const batch of scoredBatches(table, opened, read)) {
    await writer.add(batch);
    done += batch.top.rows;
    onProgress?.(done, total);
  }
  signal?.throwIfAborted();
  const { labels, changed } = await writer.finish();
  const known = labels.filter((label) => label !== null);
  const unknown = labels.length - known.length;
  const result = {
    labelSet: recipe.labelSet,
    labelled: labels.length,
    unknown,
    unchanged,
    counts: countsOf(known),
  };
  // Pictures that another program replaced meanwhile have no label yet.
  return changed === 0 ? result : joined(result, await labelRows(table, opened, labelling, recipe, options));
}

/** The rows that lack their label; all where they were labelled in another way. */
async function rowsToLabel(
  table: ImageTable,
  labelling: Labelling,
  recipe: LabellingRecipe,
  filter: string | undefined,
): Promise<{ where: string | undefined; total: number; unchanged: number }> {
  const mark = labelSetText(recipe.labelSet);
  if (!isDeepStrictEqual(labelling.recipe, recipe)) {
    await forgetMark(table, mark, filter);
    return { where: filter, total: await table.count(filter), unchanged: 0 };
  }
  const open = `label_set IS NULL OR label_set <> '${mark}'`;
  const where = sqlAll(filter, open);
  const total = await table.count(where);
  return { where, total, unchanged: (await table.count(filter)) - total };
}

/**
 * Takes the mark from rows that got their label by the same version of the label set in another way, before the first is labelled
 * anew: a run that is cut short would otherwise take the others for done.
 */
async function forgetMark({ table }: ImageTable, mark: string, filter: string | undefined): Promise<void> {
  const where = sqlAll(filter, `label_set = '${mark}'`);
  const { columns } = await table.read({ columns: ["path"], where });
  const path = columns.path ?? [];
  if (path.length > 0) await table.update({ path, label_set: path.map(() => null) });
}

function recipeOf(
  labelSet: LabelSetVersion,
  { classes: { labels, embeddings, scoring } }: OpenTableClasses,
  { minScore, minSimilarity, multiLabel, reject }: LabelTableOptions,
): LabellingRecipe {
  const checksums = checksumsOf(embeddings);
  const least = types.isMap(minScore) ? Object.fromEntries(minScore) : minScore;
  const recipe = {
    labelSet,
    labels: labels.map(({ label }, at) => [label, checksums[at]!] as const),
    scoring: { ...scoring },
    options: { minScore: least, minSimilarity, multiLabel, reject },
  };
  // As it is read back: without what is undefined.
  return JSON.parse(JSON.stringify(recipe));
}

function joined(first: TableLabelling, second: TableLabelling): TableLabelling {
  const counts = new Map(first.counts);
  for (const [label, count] of second.counts) counts.set(label, (counts.get(label) ?? 0) + count);
  return {
    ...first,
    labelled: first.labelled + second.labelled,
    unknown: first.unknown + second.unknown,
    counts,
  };
}
