import { basename, dirname } from "node:path";
import { NearlabelError } from "../../errors.js";
import { readCsv } from "../../files/csv.js";
import { LONGEST_PATH } from "../../files/file-path.js";
import { isObject, type JsonObject, tryParseJson } from "../../files/json.js";
import { readLines, type TextLine } from "../../files/text.js";
import { objectContent } from "../../objects/object-source.js";
import type { Dataset, DatasetOptions, ImageRow, JsonValue } from "../../rows/dataset.js";
import { datasetOfParts, type ListedPart } from "../../rows/parts.js";
import { rowOf, rowWithoutPicture } from "../../rows/picture-row.js";
import { findClassNames } from "../columns/class-names.js";
import { chooseColumn, findFirst, invalidColumns, LABEL_NAMES } from "../columns/columns.js";
import { labelOfText, rowOfValue } from "../columns/values.js";
import { chooseSplit } from "../splits.js";
import { fileRows } from "./file-rows.js";

/** `file_name` is what the ImageFolder layout of the Hugging Face hub calls it. */
const PATH_NAMES = ["file_name", "path", "image", "file", "filename"];

/** A CSV or JSON Lines file that names a picture on each line. */
export interface Manifest {
  readonly path: string;
  /** Names of the column of paths and of that of labels, the first that a line has counts. */
  readonly image: readonly string[];
  readonly label: readonly string[];
  /** What integer labels stand for, where that is known. */
  readonly classNames: readonly string[] | undefined;
  /** Whether rows have what other columns say. */
  readonly otherColumns: boolean;
}

/** Whether a file of this name is read as a manifest: CSV with a header, or JSON Lines. */
export function isManifest(name: string): boolean {
  return /\.(csv|jsonl|ndjson)$/i.test(name);
}

/**
 * The data set of a manifest: a CSV file with a header (`.csv`) or JSON Lines (`.jsonl`, `.ndjson`), with a column of
 * paths, relative to the folder of the manifest. Read as a stream.
 *
 * Throws `DATASET_INVALID` where a column is missing or comes twice.
 */
export async function openManifest(path: string, options: DatasetOptions): Promise<Dataset> {
  if (options.split !== undefined) chooseSplit([], options.split, path);
  return await manifestDataset(await describeManifest(path, options), basename(path).replace(/\.[^.]+$/, ""));
}

/**
 * The rows of a manifest, or those whose paths begin with `prefix`: one for each line. An id is the path as the manifest has
 * it. A line without one is a row without a picture, called by the name of the manifest and the line; it belongs to no
 * prefix, and is shown with each rather than with none.
 */
export function manifestDataset(manifest: Manifest, name: string, prefix = ""): Dataset {
  const { classNames, path } = manifest;
  return datasetOfParts<LineKey>(
    { name, ...(classNames && { labels: classNames }) },
    {
      ...fileRows(
        () => linesBelow(manifest, prefix),
        (key, labelsOnly) => rowOfLine(path, key, labelsOnly),
      ),
      parse: parsedKey,
    },
  );
}

async function* linesBelow(manifest: Manifest, prefix: string): AsyncGenerator<ListedPart<LineKey>> {
  for await (const key of manifestLines(manifest)) {
    const isBelow = key.path === undefined || key.path.replace(/^\.\//, "").startsWith(prefix);
    if (isBelow) yield { key, size: 1 };
  }
}

/** What a line says: enough to read its picture without the manifest. */
type LineKey = {
  readonly line: number;
  readonly path?: string;
  readonly label?: string;
  /** What other columns say, where that is asked for. */
  readonly fields?: { readonly [name: string]: JsonValue };
  /** Why it has no path. */
  readonly problem?: string;
};

function parsedKey(value: JsonValue): ListedPart<LineKey> | undefined {
  if (!isObject(value) || !Number.isSafeInteger(value.line)) return undefined;
  const texts = [value.path, value.label, value.problem];
  if (!texts.every((text) => text === undefined || typeof text === "string")) return undefined;
  return { key: value as LineKey, size: 1 };
}

async function rowOfLine(
  manifest: string,
  { line, path, label, fields, problem }: LineKey,
  labelsOnly: boolean,
): Promise<ImageRow> {
  const where = () => `${basename(manifest)}, line ${line}`;
  if (path === undefined) return rowWithoutPicture(where(), label, `${manifest}, line ${line}: ${problem}.`);
  const id = path.length <= LONGEST_PATH ? path : where();
  if (labelsOnly) return rowOf(id, undefined, label);
  const row = await rowOfValue(path, { id, label, folder: dirname(manifest), where });
  return fields ? { ...row, fields } : row;
}

/** The manifest at `path` with its columns chosen: those asked for, else the usual ones. */
export async function describeManifest(path: string, options: DatasetOptions): Promise<Manifest> {
  const classNames = options.classNames ?? (await findClassNames([dirname(path)]));
  const { image, label } = isCsv(path) ? await csvColumns(path, options) : await jsonColumns(path, options);
  const { otherColumns = false } = options;
  return { path, image, label, classNames: label.length === 0 ? undefined : classNames, otherColumns };
}

/** The header says which columns there are. */
async function csvColumns(path: string, { imageColumn, labelColumn }: DatasetOptions) {
  const columns = await csvHeader(path);
  const file = { path, columns: columns.map((name) => ({ name })) };
  const image = chooseColumn(file, {
    what: "pictures",
    option: "imageColumn",
    asked: imageColumn,
    usual: PATH_NAMES,
  });
  if (image === undefined) throw invalidColumns(file, "has no column of paths", "imageColumn");
  const label = chooseColumn(file, {
    what: "labels",
    option: "labelColumn",
    asked: labelColumn,
    usual: LABEL_NAMES,
  });
  return { image: [image], label: label === undefined ? [] : [label] };
}

async function csvHeader(path: string): Promise<readonly string[]> {
  for await (const { line, cells } of readCsv(path, "DATASET_INVALID", objectContent(path))) {
    const repeated = cells.find((name, position) => cells.indexOf(name) !== position);
    if (repeated === undefined) return cells;
    throw invalid(path, line, `names the column "${repeated}" twice`);
  }
  throw invalid(path, 1, "is empty");
}

/**
 * Every object has columns of its own, so the usual names are looked for in each. The file is read up to the lines that
 * show the column of paths, and those asked for, to be there at all.
 */
async function jsonColumns(path: string, { imageColumn, labelColumn }: DatasetOptions) {
  const image = imageColumn === undefined ? PATH_NAMES : [imageColumn];
  const label = labelColumn === undefined ? LABEL_NAMES : [labelColumn];
  const wanted = [image, ...(labelColumn === undefined ? [] : [label])];
  const seen = new Set<string>();
  let first: number | undefined;
  for await (const { line, fields } of jsonObjects(path)) {
    first ??= line;
    for (const name of Object.keys(fields ?? {})) seen.add(name);
    if (wanted.every((names) => findFirst([...seen], names) !== undefined)) return { image, label };
  }
  if (first === undefined) throw invalid(path, 1, "is empty");
  if (seen.size === 0) throw invalid(path, first, "is not a JSON object");
  const file = { path, columns: [...seen].map((name) => ({ name })) };
  if (findFirst([...seen], image) !== undefined)
    throw invalidColumns(file, `has no column "${labelColumn}"`, "labelColumn");
  const what = imageColumn === undefined ? "has no column of paths" : `has no column "${imageColumn}"`;
  throw invalidColumns(file, what, "imageColumn");
}

/**
 * What each line of a manifest says. A line of CSV with another number of cells than the header, and a line that is not a
 * JSON object, has a problem. Throws `DATASET_INVALID`, naming the line, where quotes of a CSV file do not match; what is
 * before it has come then.
 */
async function* manifestLines(manifest: Manifest): AsyncGenerator<LineKey> {
  const { path, image, label, classNames, otherColumns } = manifest;
  for await (const { line, fields, problem } of isCsv(path) ? csvObjects(path) : jsonObjects(path)) {
    if (fields === undefined) {
      yield { line, problem: problem! };
      continue;
    }
    const names = Object.keys(fields);
    const [imageName, labelName] = [findFirst(names, image), findFirst(names, label)];
    const fieldOf = (name: string | undefined) => (name === undefined ? undefined : fields[name]);
    const picture = fieldOf(imageName);
    const known = labelOfText(fieldOf(labelName), classNames);
    const others = Object.entries(fields).filter(([name]) => name !== imageName && name !== labelName);
    const named = {
      ...(known !== undefined && { label: known }),
      ...(otherColumns && { fields: Object.fromEntries(others) as { readonly [name: string]: JsonValue } }),
    };
    if (typeof picture === "string" && picture !== "") yield { line, path: picture, ...named };
    else yield { line, problem: `expected a path, got ${shown(picture)}`, ...named };
  }
}

function shown(value: unknown): string {
  return value === undefined || value === "" ? "none" : JSON.stringify(value).slice(0, 80);
}

interface ManifestLine {
  readonly line: number;
  readonly fields: JsonObject | undefined;
  /** Why it has no fields. */
  readonly problem?: string;
}

async function* csvObjects(path: string): AsyncGenerator<ManifestLine> {
  let header: readonly string[] | undefined;
  for await (const { line, cells } of readCsv(path, "DATASET_INVALID", objectContent(path))) {
    if (header === undefined) header = cells;
    else if (cells.length === header.length) {
      yield { line, fields: Object.fromEntries(header.map((name, at) => [name, cells[at]])) };
    } else {
      const problem = `expected ${header.length} cells, as in the header, got ${cells.length}`;
      yield { line, fields: undefined, problem };
    }
  }
}

/** Throws `DATASET_INVALID` for a file that begins as an array, which is JSON of another form. */
async function* jsonObjects(path: string): AsyncGenerator<ManifestLine> {
  let first = true;
  for await (const { line, text, value } of jsonLines(path)) {
    if (first && /^\s*\[/.test(text)) throw invalid(path, line, "is not a JSON object");
    first = false;
    if (isObject(value)) yield { line, fields: value };
    else yield { line, fields: undefined, problem: "expected a JSON object" };
  }
}

/**
 * The lines of JSON Lines that are not blank. A line feed ends them; a carriage return is a space in JSON, and ends a line only
 * where what is around it is no value together, as old Macs wrote files.
 */
async function* jsonLines(path: string): AsyncGenerator<TextLine & { readonly value: unknown }> {
  for await (const { line, text } of readLines(path, "DATASET_INVALID", "\n", objectContent(path))) {
    const value = tryParseJson(text);
    const parts = value === undefined ? text.trimEnd().split("\r") : [text];
    for (const [index, part] of parts.entries()) {
      if (part.trim() === "") continue;
      yield { line: line + index, text: part, value: parts.length > 1 ? tryParseJson(part) : value };
    }
  }
}

function isCsv(path: string): boolean {
  return /\.csv$/i.test(path);
}

function invalid(path: string, line: number, what: string): NearlabelError {
  return new NearlabelError(
    "DATASET_INVALID",
    `"${path}", line ${line}: ${what}. Expected CSV with a header of column names, or a JSON object on each line, as the extension says.`,
  );
}
