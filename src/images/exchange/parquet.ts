import type { SchemaElement } from "hyparquet";
import { writing } from "../../files/disk.js";
import { ANOTHER_FILE, writeWhole } from "../../files/whole-file.js";
import { row } from "../../math/matrix.js";
import type { Cell } from "../../store/rows.js";
import type { Column, ColumnType } from "../../store/shape.js";
import { VECTOR } from "../../store/shape.js";
import { IMAGE_TABLE } from "../table/columns.js";
import type { ImageTable } from "../table/image-table.js";
import type { ExportSettings } from "./exported-rows.js";

/** Key of the file's metadata; its value is a JSON object with the model and the types of users' own columns. */
const PARQUET_KEY = "nearlabel";

/** Rows of a row group: some 20 MB of vectors. */
const GROUP = 10_000;

const TYPES: Readonly<Record<Exclude<ColumnType, "strings" | "numbers">, Partial<SchemaElement>>> = {
  string: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  int32: { type: "INT32" },
  int64: { type: "INT64" },
  float32: { type: "FLOAT" },
  float64: { type: "DOUBLE" },
  boolean: { type: "BOOLEAN" },
  timestamp: {
    type: "INT64",
    converted_type: "TIMESTAMP_MILLIS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" },
  },
};

/** All columns of the table, the vector as a list of floats: opens in DuckDB, pandas and Embedding Atlas. */
export async function exportParquet(
  table: ImageTable,
  path: string,
  { where, signal, onProgress }: ExportSettings,
): Promise<void> {
  const {
    columns: own,
    model,
    fingerprint,
    dtype,
    logitScale,
    logitBias,
    scoreFunction,
  } = await table.refresh();
  const columns: Record<string, Column> = { ...IMAGE_TABLE.columns, ...own };
  const about = { model, fingerprint, dtype, logitScale, logitBias, scoreFunction, columns: own };
  const { fileWriter, ParquetWriter } = await import("hyparquet-writer");
  const write = async (temporary: string) => {
    const writer = new ParquetWriter({
      writer: fileWriter(temporary),
      schema: schemaOf(columns),
      kvMetadata: [{ key: PARQUET_KEY, value: JSON.stringify(about) }],
    });
    let done = 0;
    for await (const group of groups(table, Object.keys(columns), where)) {
      signal?.throwIfAborted();
      const columnData = Object.entries(group).map(([name, data]) => ({ name, data: [...data] }));
      await writing(path, async () => writer.write({ columnData, rowGroupSize: GROUP }), ANOTHER_FILE);
      done += columnData[0]!.data.length;
      onProgress?.(done);
    }
    writer.finish();
  };
  await writeWhole(path, write, ANOTHER_FILE);
}

/** Rows come some thousand at a time; a row group of its own for each would make files slow to read. */
async function* groups(
  { table }: ImageTable,
  names: readonly string[],
  where: string | undefined,
): AsyncGenerator<Record<string, unknown[]>> {
  const all = [...names, VECTOR];
  const empty = () => Object.fromEntries(all.map((name): [string, unknown[]] => [name, []]));
  let group = empty();
  let isFirst = true;
  for await (const { columns, vectors } of table.scan({ columns: all, where })) {
    for (const name of names) for (const cell of columns[name] ?? []) group[name]!.push(plain(cell));
    for (let at = 0; at < vectors!.rows; at++) group[VECTOR]!.push([...row(vectors!, at)]);
    if (group[VECTOR]!.length < GROUP) continue;
    yield group;
    isFirst = false;
    group = empty();
  }
  if (isFirst || group[VECTOR]!.length > 0) yield group;
}

function plain(cell: Cell): unknown {
  return cell === null ? undefined : Array.isArray(cell) ? [...cell] : cell;
}

function schemaOf(columns: Readonly<Record<string, Column>>): SchemaElement[] {
  const fields = Object.entries(columns).flatMap(([name, column]) => elementsOf(name, column));
  const vector = listOf(VECTOR, TYPES.float32, false);
  return [{ name: "schema", num_children: Object.keys(columns).length + 1 }, ...fields, ...vector];
}

function elementsOf(name: string, { type, nullable = false }: Column): SchemaElement[] {
  if (type === "strings") return listOf(name, TYPES.string, nullable);
  if (type === "numbers") return listOf(name, TYPES.float64, nullable);
  return [{ name, repetition_type: nullable ? "OPTIONAL" : "REQUIRED", ...TYPES[type] }];
}

/** The three levels of a list (Parquet format, "Lists"). */
function listOf(name: string, item: Partial<SchemaElement>, nullable: boolean): SchemaElement[] {
  return [
    {
      name,
      repetition_type: nullable ? "OPTIONAL" : "REQUIRED",
      num_children: 1,
      converted_type: "LIST",
      logical_type: { type: "LIST" },
    },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", repetition_type: "REQUIRED", ...item },
  ];
}
