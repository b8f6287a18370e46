import { NearlabelError } from "../../errors.js";
import type { DatasetOptions } from "../../rows/dataset.js";
import type { Features } from "./declared-types.js";

/** A column of a table, as far as choosing among columns goes. */
export interface Column {
  readonly name: string;
  /** What its values are, for people: `INT64`, `list`, `struct<bytes, path>`; none where any value may come. */
  readonly type?: string;
  /** Whether its values may be pictures, and labels. Default: they may. */
  readonly mayHold?: { readonly pictures: boolean; readonly labels: boolean };
}

/** A file with columns. */
export interface ColumnedFile {
  readonly path: string;
  readonly columns: readonly Column[];
}

/** The columns of a file that make a row of a data set. */
export interface ImageColumns {
  readonly image: string;
  /** None for a data set that is not labelled. */
  readonly label: string | undefined;
  /** What the integers of the label column stand for; none where the column holds the labels themselves. */
  readonly classNames: readonly string[] | undefined;
}

/** Usual names, in the order in which they are taken where a data set declares several columns or none. */
const IMAGE_NAMES = ["image", "img", "picture", "jpg", "png", "webp"];
export const LABEL_NAMES = ["fine_label", "label", "labels", "class", "cls"];

/** What is looked for in a file: pictures or labels. */
interface Wanted {
  readonly what: "pictures" | "labels";
  /** The option that asks for a column. */
  readonly option: string;
  /** The column that is asked for. */
  readonly asked: string | undefined;
  /** Columns that are declared as such. */
  readonly declared?: readonly string[];
  /** Usual names, the first that is there counts. */
  readonly usual: readonly string[];
}

/**
 * The picture and label columns of `file`: those asked for; else the only one that `features` declares; else the
 * first with a usual name; and for pictures the only struct with a field `bytes`, or `file_name`.
 *
 * Throws `DATASET_INVALID`, listing the columns, where an asked one is missing or holds something else, no
 * column holds pictures, or several might be meant.
 */
export function chooseColumns(
  file: ColumnedFile,
  features: Features | undefined,
  { imageColumn, labelColumn, classNames }: DatasetOptions,
): ImageColumns {
  const names = file.columns.map(({ name }) => name);
  const declared = features?.classNames ?? new Map<string, readonly string[]>();
  const structs = file.columns
    .filter(({ type = "" }) => /^struct<.*\bbytes\b/.test(type))
    .map(({ name }) => name);
  const images = { what: "pictures", option: "imageColumn", asked: imageColumn } as const;
  const image =
    chooseColumn(file, { ...images, declared: features?.images ?? [], usual: IMAGE_NAMES }) ??
    chooseColumn(file, { ...images, declared: structs, usual: ["file_name"] });
  if (image === undefined) {
    const usual = findFirst(names, [...(features?.images ?? []), ...IMAGE_NAMES]);
    const found = usual === undefined ? "" : `: "${usual}" holds ${typeOf(file, usual)}`;
    throw invalidColumns(file, `has no column of pictures${found}`, "imageColumn");
  }
  const label = chooseColumn(file, {
    what: "labels",
    option: "labelColumn",
    asked: labelColumn,
    declared: [...declared.keys()],
    usual: LABEL_NAMES,
  });
  return { image, label, classNames: label === undefined ? undefined : (classNames ?? declared.get(label)) };
}

/**
 * The column of `file` that is asked for; else the only declared one; else the first of the usual ones that is there and
 * may hold what is wanted. Throws `DATASET_INVALID` where an asked one is missing or holds something else, or several
 * declared ones might be meant.
 */
export function chooseColumn(
  file: ColumnedFile,
  { what, option, asked, declared = [], usual }: Wanted,
): string | undefined {
  const names = file.columns.map(({ name }) => name);
  const fits = (name: string) => file.columns.find((one) => one.name === name)?.mayHold?.[what] ?? true;
  if (asked !== undefined) {
    const found = findName(names, asked);
    if (found === undefined) throw invalidColumns(file, `has no column "${asked}"`, option);
    if (!fits(found)) {
      throw invalidColumns(file, `has no ${what} in "${found}", which holds ${typeOf(file, found)}`, option);
    }
    return found;
  }
  const candidates = declared.filter((name) => names.includes(name) && fits(name));
  const chosen = candidates.length === 1 ? candidates[0] : findFirst(names.filter(fits), usual);
  if (chosen === undefined && candidates.length > 1) {
    throw invalidColumns(file, `has several columns that might be meant (${candidates.join(", ")})`, option);
  }
  return chosen;
}

function typeOf(file: ColumnedFile, column: string): string {
  return `values of type ${file.columns.find(({ name }) => name === column)?.type ?? "unknown"}`;
}

/** `wanted` among `names`; else the only one that differs in nothing but capitals. */
function findName(names: readonly string[], wanted: string): string | undefined {
  if (names.includes(wanted)) return wanted;
  const alike = names.filter((name) => name.toLowerCase() === wanted.toLowerCase());
  return alike.length === 1 ? alike[0] : undefined;
}

/** The first of `wanted` that {@link findName} finds among `names`. */
export function findFirst(names: readonly string[], wanted: readonly string[]): string | undefined {
  for (const one of wanted) {
    const found = findName(names, one);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `DATASET_INVALID`: the file, what is wrong with its columns, and which there are. */
export function invalidColumns(file: ColumnedFile, what: string, option: string): NearlabelError {
  const names = file.columns.map(({ name }) => name).join(", ");
  return new NearlabelError(
    "DATASET_INVALID",
    `"${file.path}" ${what}. Its columns: ${names}. Choose one with the option "${option}".`,
  );
}
