import { isAbsolute, relative, resolve } from "node:path";
import { types } from "node:util";
import { isObject } from "../../files/json.js";
import type { SourceVersion } from "../../files/source-version.js";
import { textOfBytes } from "../../files/text.js";
import { addressIn, isObjectAddress } from "../../objects/address.js";
import type { ImageRow } from "../../rows/dataset.js";
import { fileRow, objectRow, rowOf, rowWithoutPicture } from "../../rows/picture-row.js";

/** Where the value of a picture column stands, and what follows from that. */
export interface PicturePlace {
  readonly id: string | number;
  readonly label: string | undefined;
  /** Where relative paths start. */
  readonly folder: string;
  /** The folder that paths may not lead out of. Anywhere is allowed without it. */
  readonly within?: string | undefined;
  /** Of the file that the value stands in. */
  readonly version?: SourceVersion | undefined;
  /** What messages call the row, such as `Row 3 of "test.parquet"`. */
  where(): string;
}

/**
 * The row with the picture in a value of a picture column: encoded bytes, or a path, alone or as a struct
 * `{ bytes, path }`. Anything else gives a row that says so.
 */
export async function rowOfValue(value: unknown, place: PicturePlace): Promise<ImageRow> {
  const { id, label, version } = place;
  const picture = isObject(value) && !types.isUint8Array(value) ? (value.bytes ?? textOf(value.path)) : value;
  // Copied: values of one page share its memory, and would keep all of it.
  if (types.isUint8Array(picture) && picture.length > 0) return rowOf(id, picture.slice(), label, version);
  if (typeof picture === "string" && picture !== "") return await rowOfPath(picture, place);
  const got = types.isUint8Array(picture) ? "no bytes" : picture === "" ? "an empty path" : typeName(picture);
  return rowWithoutPicture(
    id,
    label,
    `${place.where()}: expected a picture or the path of one, got ${got}.`,
    version,
  );
}

async function rowOfPath(path: string, place: PicturePlace): Promise<ImageRow> {
  const { id, label, folder, within, version } = place;
  if (within === undefined && (isObjectAddress(folder) || isObjectAddress(path))) {
    return await rowOfAddress(path, place);
  }
  const file = resolve(folder, path);
  if (within === undefined || isInside(within, file)) return await fileRow(id, file, label);
  const message = `${place.where()} names the file "${path}". Expected one of the data set's own files.`;
  return rowWithoutPicture(id, label, message, version);
}

async function rowOfAddress(path: string, { id, label, folder, where }: PicturePlace): Promise<ImageRow> {
  const address = addressIn(folder, path);
  if (address !== undefined) return await objectRow(id, address, label);
  return rowWithoutPicture(id, label, `${where()} names "${path}", which leads out of the bucket.`);
}

/** Whether `path` lies in `folder`, by its name. */
function isInside(folder: string, path: string): boolean {
  const way = relative(resolve(folder), resolve(path));
  return way !== "" && way.split(/[\\/]/)[0] !== ".." && !isAbsolute(way);
}

function typeName(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}

/**
 * The label in a value of a label column: with `classNames` the name of that class, and none for an integer
 * outside them, such as the -1 of an unlabelled split; without, the value as text. NaN is what pandas writes for no value.
 */
export function labelOf(value: unknown, classNames: readonly string[] | undefined): string | undefined {
  if (typeof value === "boolean") return String(value);
  const isNumber = typeof value === "bigint" || typeof value === "number";
  if (!isNumber) return textOf(value);
  if (classNames) return classNames[Number(value)];
  return Number.isNaN(value) ? undefined : String(value);
}

/**
 * The label in a value of a text format: an integer in decimal counts as an integer where there are `classNames`
 * that it may stand for. None for nothing, `null`, lists and objects.
 */
export function labelOfText(value: unknown, classNames: readonly string[] | undefined): string | undefined {
  if (typeof value !== "string") return labelOf(value, classNames);
  const text = value.trim();
  if (classNames && /^-?\d+$/.test(text)) return labelOf(Number(text), classNames);
  return text === "" ? undefined : text;
}

/** Text may be stored as bytes that are not marked as text. */
function textOf(value: unknown): string | undefined {
  if (types.isUint8Array(value)) return textOfBytes(value);
  return typeof value === "string" ? value : undefined;
}
