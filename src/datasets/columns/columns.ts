import { resolve } from "node:path";
import { NearlabelError } from "../../errors.js";
import { imageFile } from "../../image/image-file.js";
import type { DatasetOptions, ImageRow } from "../../rows/dataset.js";
import type { ParquetFile } from "../parquet/parquet-file.js";
import type { Features } from "./declared-types.js";

/** The columns of a file that make a row of a data set. */
export interface ImageColumns {
  readonly image: string;
  /** None for a data set that is not labelled. */
  readonly label: string | undefined;
  /** What the integers of the label column stand for; none where the column holds the labels themselves. */
  readonly classNames: readonly string[] | undefined;
}

/** A file with columns, as far as choosing among them goes. */
export interface ColumnedFile {
  readonly path: string;
  readonly columns: readonly { readonly name: string }[];
}

/** Usual names, in the order in which they are taken where a data set declares several columns or none. */
const IMAGE_NAMES = ["image", "img", "picture", "jpg", "png", "webp"];
export const LABEL_NAMES = ["fine_label", "label", "labels", "class", "cls"];

/**
 * The picture and label columns of `file`: those asked for; else the only one that `features` declares; else the
 * first with a usual name; and for pictures the only struct with a field `bytes`, or `file_name`.
 *
 * Throws `DATASET_INVALID`, listing the columns, where an asked one is missing, no column holds pictures, or
 * several might be meant.
 */
export function chooseColumns(
  file: ParquetFile,
  features: Features | undefined,
  { imageColumn, labelColumn, classNames }: DatasetOptions,
): ImageColumns {
  const declared = features?.classNames ?? new Map<string, readonly string[]>();
  const structs = file.columns.filter(({ fields }) => fields.includes("bytes")).map(({ name }) => name);
  const image =
    chooseColumn(file, imageColumn, features?.images ?? [], IMAGE_NAMES, "imageColumn") ??
    chooseColumn(file, undefined, structs, ["file_name"], "imageColumn");
  if (image === undefined) throw invalidColumns(file, "has no column of pictures", "imageColumn");
  const label = chooseColumn(file, labelColumn, [...declared.keys()], LABEL_NAMES, "labelColumn");
  return { image, label, classNames: label === undefined ? undefined : (classNames ?? declared.get(label)) };
}

/**
 * The column of `file` that is `asked` for; else the only one of `declared`; else the first of `usual` that is
 * there. Throws `DATASET_INVALID` where an asked one is missing or several declared ones might be meant.
 */
export function chooseColumn(
  file: ColumnedFile,
  asked: string | undefined,
  declared: readonly string[],
  usual: readonly string[],
  option: "imageColumn" | "labelColumn",
): string | undefined {
  const isThere = (column: string) => file.columns.some(({ name }) => name === column);
  if (asked !== undefined) {
    if (isThere(asked)) return asked;
    throw invalidColumns(file, `has no column "${asked}"`, option);
  }
  const candidates = declared.filter(isThere);
  const chosen = candidates.length === 1 ? candidates[0] : usual.find(isThere);
  if (chosen === undefined && candidates.length > 1) {
    throw invalidColumns(file, `has several columns that might be meant (${candidates.join(", ")})`, option);
  }
  return chosen;
}

/** `DATASET_INVALID`: the file, what is wrong with its columns, and which there are. */
export function invalidColumns(
  file: ColumnedFile,
  what: string,
  option: "imageColumn" | "labelColumn",
): NearlabelError {
  const names = file.columns.map(({ name }) => name).join(", ");
  return new NearlabelError(
    "DATASET_INVALID",
    `"${file.path}" ${what}. Its columns: ${names}. Choose one with the option "${option}".`,
  );
}

/**
 * The picture in a value of an image column: encoded bytes, or a path, alone or as a struct `{ bytes, path }`. A
 * relative path starts at `folder`. A row without a picture gives no bytes, which reading it then reports.
 */
export function imageOf(value: unknown, folder: string): ImageRow["image"] {
  // Copied: values of one page share its memory, and would keep all of it.
  if (value instanceof Uint8Array) return value.slice();
  if (typeof value === "string") return imageFile(resolve(folder, value));
  if (typeof value !== "object" || value === null) return new Uint8Array();
  const { bytes, path } = value as { bytes?: unknown; path?: unknown };
  return imageOf(bytes ?? textOf(path), folder);
}

/**
 * The label in a value of a label column: with `classNames` the name of that class, and none for an integer
 * outside them, such as the -1 of an unlabelled split; without, the value as text.
 */
export function labelOf(value: unknown, classNames: readonly string[] | undefined): string | undefined {
  const isInteger = typeof value === "bigint" || typeof value === "number";
  if (!isInteger) return textOf(value);
  return classNames ? classNames[Number(value)] : String(value);
}

/** Text may be stored as bytes that are not marked as text. */
function textOf(value: unknown): string | undefined {
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  return typeof value === "string" ? value : undefined;
}
