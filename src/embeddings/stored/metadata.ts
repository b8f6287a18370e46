import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { LABEL_NAMES, labelOf } from "../../datasets/columns/columns.js";
import { fieldsOf } from "../../datasets/columns/declared-types.js";
import { describeParquet, readParquet } from "../../datasets/parquet/parquet-file.js";
import { NearlabelError } from "../../errors.js";
import { parseJson } from "../../files/json.js";

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
export const METADATA_ENDINGS = [".parquet", ".json", ".jsonl"] as const;

/** @throws NearlabelError DATASET_INVALID */
export async function openMetadata(path: string, options: MetadataOptions): Promise<MetadataFile> {
  if (path.endsWith(".parquet")) return openParquetMetadata(path, options);
  return path.endsWith(".json") ? openJsonMetadata(path, options) : openJsonLines(path, options);
}

interface Columns {
  readonly id: string | undefined;
  readonly label: string | undefined;
}

function chooseColumns(path: string, there: readonly string[], options: MetadataOptions): Columns {
  const choose = (asked: string | undefined, usual: readonly string[], option: string) => {
    const wanted = asked === undefined ? usual : [asked];
    const found = wanted.find((name) => there.includes(name));
    if (asked === undefined || found !== undefined) return found;
    throw new NearlabelError(
      "DATASET_INVALID",
      `"${path}" has no column "${asked}". Its columns: ${there.join(", ")}. Choose one with the option "${option}".`,
    );
  };
  return {
    id: choose(options.idColumn, ID_NAMES, "idColumn"),
    label: choose(options.labelColumn, LABEL_NAMES, "labelColumn"),
  };
}

async function openParquetMetadata(path: string, options: MetadataOptions): Promise<MetadataFile> {
  const file = await describeParquet(path);
  const there = file.columns.map(({ name }) => name);
  const columns = chooseColumns(path, there, options);
  const names = [columns.id, columns.label].filter((name) => name !== undefined);
  const classNames = columns.label === undefined ? undefined : file.features?.classNames.get(columns.label);
  const metadata = async function* (start: number, end: number): AsyncGenerator<RowMetadata> {
    for await (const values of readParquet(path, names, start, end)) {
      const id = columns.id === undefined ? undefined : values[0];
      const label = columns.label === undefined ? undefined : values.at(-1);
      yield rowMetadata(id, label, classNames);
    }
  };
  return { path, rows: file.rows, classNames, read: metadata };
}

/** An array of objects, as `DataFrame.to_json(orient="records")` writes it. It is held as a whole. */
async function openJsonMetadata(path: string, options: MetadataOptions): Promise<MetadataFile> {
  const content = parseJson(await readFile(path, "utf8"), `"${path}"`, "DATASET_INVALID");
  if (!Array.isArray(content)) throw notObjects(`"${path}"`, "an array of objects", typeof content);
  const first = fieldsOf(content[0]) ?? {};
  const columns = chooseColumns(path, Object.keys(first), options);
  return {
    path,
    rows: content.length,
    classNames: undefined,
    async *read(start, end) {
      for (const [at, value] of content.slice(start, end).entries()) {
        yield objectMetadata(value, columns, `Element ${start + at} of "${path}"`);
      }
    },
  };
}

/** An object a line; the first says which columns there are. */
async function openJsonLines(path: string, options: MetadataOptions): Promise<MetadataFile> {
  let columns: Columns = { id: undefined, label: undefined };
  for await (const [value] of jsonLines(path)) {
    columns = chooseColumns(path, Object.keys(fieldsOf(value) ?? {}), options);
    break;
  }
  return {
    path,
    rows: undefined,
    classNames: undefined,
    async *read(start, end) {
      let row = 0;
      for await (const [value, where] of jsonLines(path)) {
        if (row >= end) return;
        if (row++ >= start) yield objectMetadata(value, columns, where);
      }
    },
  };
}

/** Each value, and where it stands. */
async function* jsonLines(path: string): AsyncGenerator<[unknown, string]> {
  const stream = createReadStream(path, "utf8");
  try {
    let number = 0;
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      number++;
      if (line.trim() === "") continue;
      const value = parseJson(line, `"${path}"`, "DATASET_INVALID", number);
      yield [value, `"${path}", line ${number}`];
    }
  } finally {
    stream.destroy();
  }
}

function objectMetadata(value: unknown, columns: Columns, where: string): RowMetadata {
  const fields = fieldsOf(value);
  if (!fields) throw notObjects(where, "an object", JSON.stringify(value).slice(0, 80));
  const fieldOf = (column: string | undefined) => (column === undefined ? undefined : fields[column]);
  return rowMetadata(fieldOf(columns.id), fieldOf(columns.label), undefined);
}

function rowMetadata(id: unknown, label: unknown, classNames: readonly string[] | undefined): RowMetadata {
  const known = typeof id === "bigint" ? Number(id) : id instanceof Uint8Array ? labelOf(id, undefined) : id;
  const text = labelOf(label, classNames);
  return {
    ...((typeof known === "string" || typeof known === "number") && { id: known }),
    ...(text !== undefined && { label: text }),
  };
}

function notObjects(where: string, expected: string, got: string): NearlabelError {
  return new NearlabelError(
    "DATASET_INVALID",
    `${where}: expected ${expected}, got ${got}. The metadata of embeddings has an object for each row.`,
  );
}
