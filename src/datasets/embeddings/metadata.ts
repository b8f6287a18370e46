import { types } from "node:util";
import { NearlabelError } from "../../errors.js";
import { readCsv } from "../../files/csv.js";
import { isObject, parseJson } from "../../files/json.js";
import { linesOf, readLines, readText } from "../../files/text.js";
import {
  type ColumnedFile,
  chooseColumn,
  findFirst,
  invalidColumns,
  LABEL_NAMES,
} from "../columns/columns.js";
import { labelOf } from "../columns/values.js";
import { describeParquet, readParquet } from "../parquet/parquet-file.js";

/** What is known of a row of embeddings besides its numbers. */
export interface RowMetadata {
  /** None where no column holds one. */
  readonly id?: string | number;
  readonly label?: string;
}

/** Which columns of the metadata are read. */
export interface MetadataOptions {
  /** Column with the ids. Default: the first that is there of `id`, `image_path`, `key`, `path`, `file_name`, `url`. */
  idColumn?: string | undefined;
  /** Column with the labels. Default: the first that is there of `fine_label`, `label`, `labels`, `class`, `cls`. */
  labelColumn?: string | undefined;
}

/** Metadata of one file of embeddings, a row for each. */
export interface MetadataFile {
  readonly path: string;
  /** Not known of a `.jsonl` file before it was read. */
  readonly rows: number | undefined;
  readonly classNames: readonly string[] | undefined;
  read(start: number, end: number): AsyncIterable<RowMetadata>;
}

const ID_NAMES = ["id", "image_path", "key", "path", "file_name", "url"];

/** Endings of the files that hold metadata beside `x.npy`. */
export const METADATA_ENDINGS: readonly string[] = [".parquet", ".json", ".jsonl", ".csv", ".txt"];

/** @throws NearlabelError DATASET_INVALID */
export async function openMetadata(path: string, options: MetadataOptions): Promise<MetadataFile> {
  if (path.endsWith(".parquet")) return openParquetMetadata(path, options);
  if (path.endsWith(".json")) return openJsonMetadata(path, options);
  if (path.endsWith(".txt")) return openNames(path, options);
  return openObjects(path, path.endsWith(".csv") ? csvObjects : jsonLines, options);
}

async function openParquetMetadata(path: string, options: MetadataOptions): Promise<MetadataFile> {
  const file = await describeParquet(path);
  const choose = (option: "idColumn" | "labelColumn", usual: readonly string[]) =>
    chooseColumn(file, { what: "labels", option, asked: options[option], usual });
  const idColumn = choose("idColumn", ID_NAMES);
  const labelColumn = choose("labelColumn", LABEL_NAMES);
  const names = [idColumn, labelColumn].filter((name) => name !== undefined);
  const classNames = labelColumn === undefined ? undefined : file.features?.classNames.get(labelColumn);
  const metadata = async function* (start: number, end: number): AsyncGenerator<RowMetadata> {
    for await (const values of readParquet(path, names, start, end)) {
      const id = idColumn === undefined ? undefined : values[0];
      const label = labelColumn === undefined ? undefined : values.at(-1);
      yield rowMetadata(id, label, classNames);
    }
  };
  return { path, rows: file.rows, classNames, read: metadata };
}

/** One id a line. Held as a whole, so that another number of them is told. */
async function openNames(path: string, { idColumn, labelColumn }: MetadataOptions): Promise<MetadataFile> {
  const asked = Object.entries({ idColumn, labelColumn }).find(([, name]) => name !== undefined);
  if (asked) throw invalidColumns({ path, columns: [] }, `has no column "${asked[1]}"`, asked[0]);
  const names = linesOf(await readText(path, "DATASET_INVALID"));
  return {
    path,
    rows: names.length,
    classNames: undefined,
    async *read(start, end) {
      for (const id of names.slice(start, end)) yield { id };
    },
  };
}

/**
 * An array of objects, as `DataFrame.to_json(orient="records")` writes it, or of ids alone. It is held as a whole.
 */
async function openJsonMetadata(path: string, options: MetadataOptions): Promise<MetadataFile> {
  const content = parseJson(await readText(path, "DATASET_INVALID"), `"${path}"`, "DATASET_INVALID");
  if (!Array.isArray(content)) throw notObjects(`"${path}"`, "an array of objects", typeof content);
  const isNames = content.length > 0 && content.every((value) => typeof value === "string");
  await checkAsked(path, content, options);
  return {
    path,
    rows: content.length,
    classNames: undefined,
    async *read(start, end) {
      for (const [at, value] of content.slice(start, end).entries()) {
        yield isNames ? { id: value } : objectMetadata(value, options, `Element ${start + at} of "${path}"`);
      }
    },
  };
}

/** An object for each row, as a stream. */
async function openObjects(
  path: string,
  objectsIn: (path: string) => AsyncIterable<[unknown, string]>,
  options: MetadataOptions,
): Promise<MetadataFile> {
  await checkAsked(path, valuesOf(objectsIn(path)), options);
  return {
    path,
    rows: undefined,
    classNames: undefined,
    async *read(start, end) {
      let row = 0;
      for await (const [value, where] of objectsIn(path)) {
        if (row >= end) return;
        if (row++ >= start) yield objectMetadata(value, options, where);
      }
    },
  };
}

/** Throws `DATASET_INVALID` where none of `objects` has a column that is asked for; looks no further than it must. */
async function checkAsked(
  path: string,
  objects: Iterable<unknown> | AsyncIterable<unknown>,
  { idColumn, labelColumn }: MetadataOptions,
): Promise<void> {
  const asked = { idColumn, labelColumn };
  const missing = () =>
    Object.entries(asked).find(
      ([, name]) => name !== undefined && findFirst([...seen], [name]) === undefined,
    );
  const seen = new Set<string>();
  if (!missing()) return;
  for await (const object of objects) {
    for (const name of isObject(object) ? Object.keys(object) : []) seen.add(name);
    if (!missing()) return;
  }
  const [option, name] = missing()!;
  const file: ColumnedFile = { path, columns: [...seen].map((column) => ({ name: column })) };
  throw invalidColumns(file, `has no column "${name}"`, option);
}

/** The rows of CSV with a header, each as an object, and where it stands. */
async function* csvObjects(path: string): AsyncGenerator<[unknown, string]> {
  let columns: readonly string[] | undefined;
  for await (const { line, cells } of readCsv(path, "DATASET_INVALID")) {
    if (columns) {
      const named = columns.map((name, at): [string, string | undefined] => [name, cells[at]]);
      yield [Object.fromEntries(named), `"${path}", line ${line}`];
    } else columns = cells;
  }
}

/** Each value, and where it stands. */
async function* jsonLines(path: string): AsyncGenerator<[unknown, string]> {
  for await (const { line, text } of readLines(path, "DATASET_INVALID")) {
    if (text.trim() === "") continue;
    yield [parseJson(text, `"${path}"`, "DATASET_INVALID", line), `"${path}", line ${line}`];
  }
}

async function* valuesOf<T>(pairs: AsyncIterable<[T, string]>): AsyncGenerator<T> {
  for await (const [value] of pairs) yield value;
}

/** Every object has columns of its own. */
function objectMetadata(
  value: unknown,
  { idColumn, labelColumn }: MetadataOptions,
  where: string,
): RowMetadata {
  if (!isObject(value)) throw notObjects(where, "an object", JSON.stringify(value).slice(0, 80));
  const fieldOf = (asked: string | undefined, usual: readonly string[]) => {
    const name = findFirst(Object.keys(value), asked === undefined ? usual : [asked]);
    return name === undefined ? undefined : value[name];
  };
  return rowMetadata(fieldOf(idColumn, ID_NAMES), fieldOf(labelColumn, LABEL_NAMES), undefined);
}

function rowMetadata(id: unknown, label: unknown, classNames: readonly string[] | undefined): RowMetadata {
  const known = typeof id === "bigint" ? idOf(id) : types.isUint8Array(id) ? labelOf(id, undefined) : id;
  const text = labelOf(label, classNames);
  return {
    ...((typeof known === "string" || typeof known === "number") && { id: known }),
    ...(text !== undefined && { label: text }),
  };
}

/** As a number where it stays the same. */
function idOf(id: bigint): number | string {
  return Number.isSafeInteger(Number(id)) ? Number(id) : String(id);
}

function notObjects(where: string, expected: string, got: string): NearlabelError {
  return new NearlabelError(
    "DATASET_INVALID",
    `${where}: expected ${expected}, got ${got}. The metadata of embeddings has an object for each row.`,
  );
}
