import {
  type ClassesOptions,
  encodeClasses,
  type LoadedClasses,
  loadClasses,
} from "../../classify/classes.js";
import type { Encoder } from "../../encoder/encoder.js";
import { type LoadOptions, loadModel } from "../../encoder/load.js";
import { NearlabelError } from "../../errors.js";
import { type LabelIndex, openLabelIndex } from "../../labels/index/label-index.js";
import { type LabelInput, labelSet } from "../../labels/set/label-set.js";
import type { ImageTable } from "../table/image-table.js";
import { openSavedLabelSet, saveLabelIndex, saveLabelSet } from "./saved-label-set.js";

/** Where the labels of a table's pictures come from: one of `labels`, `index` and `labelSet`. */
export interface TableClassesOptions extends Omit<ClassesOptions, "search"> {
  /** Strings, or labels with class names, prompts and parents. */
  readonly labels?: readonly LabelInput[] | undefined;
  /** A label index, or its folder. */
  readonly index?: string | LabelIndex | undefined;
  /** The name of a label set that was saved with the table. */
  readonly labelSet?: string | undefined;
  /** The model of the table, loaded, or a name that it goes by. Default: by the name that it had at ingest. */
  readonly model?: string | Encoder | undefined;
  /** How to load `model` where it is not loaded yet. */
  readonly load?: LoadOptions | undefined;
}

export const TABLE_CLASSES_OPTIONS = [
  "labels",
  "index",
  "labelSet",
  "model",
  "load",
  "templates",
  "temperature",
  "reject",
  "signal",
  "onPrompts",
] as const satisfies readonly (keyof TableClassesOptions)[];

/** Classes in memory; a saved label set stays open with them. */
export interface OpenTableClasses extends LoadedClasses {
  readonly saved?: LabelIndex;
  close(): Promise<void>;
}

/**
 * Encodes or reads the labels for a table's pictures.
 *
 * @param save the name under which they are kept with the table
 * @throws NearlabelError `TABLE_MODEL_MISMATCH` for another model than the table's; `OPTION_INVALID`; `INDEX_NOT_FOUND`; and as
 *   `labelSet` and `loadModel`
 */
export async function openTableClasses(
  table: ImageTable,
  options: TableClassesOptions,
  save?: string,
): Promise<OpenTableClasses> {
  checkSource(options, save);
  const { model: given = table.info.model, load, signal } = options;
  const loaded =
    typeof given === "string"
      ? await loadModel(given, { signal, ...load, dtype: load?.dtype ?? table.info.dtype })
      : undefined;
  const opened: { close(): Promise<void> }[] = loaded ? [loaded] : [];
  const close = async () => {
    for (const each of opened.splice(0).reverse()) await each.close();
  };
  try {
    const model = loaded ?? (given as Encoder);
    await table.checkModel(model);
    const index = await indexOf(table, model, options, save, opened);
    const classes = index
      ? await loadClasses(index, model, options)
      : await encodeClasses(labelSet(options.labels!), model, options);
    return { ...classes, ...(save !== undefined && index && { saved: index }), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The index that the labels are read from, which may be one that they were just saved to; none for labels alone. */
async function indexOf(
  table: ImageTable,
  model: Encoder,
  { labels, index, labelSet: name, templates, signal, onPrompts }: TableClassesOptions,
  save: string | undefined,
  opened: { close(): Promise<void> }[],
): Promise<LabelIndex | undefined> {
  const kept = (one: LabelIndex) => {
    opened.push(one);
    return one;
  };
  if (labels) {
    if (save === undefined) return undefined;
    return kept(await saveLabelSet(table, save, labels, model, { templates, signal, onPrompts }));
  }
  const from =
    typeof index === "object"
      ? index
      : kept(
          index === undefined ? await openSavedLabelSet(table, name ?? save!) : await openLabelIndex(index),
        );
  if (save === undefined || (index === undefined && (name ?? save) === save)) return from;
  return kept(await saveLabelIndex(table, save, from));
}

function checkSource(
  { labels, index, labelSet: name, templates, reject }: TableClassesOptions,
  save?: string,
) {
  const given = [labels, index, name].filter((source) => source !== undefined).length;
  if (given > 1 || (given === 0 && save === undefined)) {
    throw new NearlabelError(
      "OPTION_INVALID",
      "Expected one of labels, a label index and the name of a saved label set, got several or none.",
    );
  }
  if (templates !== undefined && !labels) {
    throw new NearlabelError(
      "OPTION_INVALID",
      "Templates go with labels: a label index has its own. Leave them out, or give the labels.",
    );
  }
  if (reject === true && labels) {
    throw new NearlabelError(
      "OPTION_INVALID",
      "reject: true takes the threshold that is stored in a label index; give an index, or a method and a threshold.",
    );
  }
}
