import { types } from "node:util";
import type * as Arrow from "apache-arrow";
import { NearlabelError } from "../errors.js";
import { float16Bits, float16Values } from "../math/float16.js";
import { type Matrix, matrixOf } from "../math/matrix.js";
import { type Cell, type Rows, rowCount } from "./rows.js";
import {
  annotatedColumn,
  type Column,
  type ColumnType,
  type Precision,
  type TableShape,
  VECTOR,
} from "./shape.js";

/** What the schema of an open table says. */
export interface TableSchema {
  /** All columns but `vector`; those of types that are not read here are left out. */
  readonly columns: Readonly<Record<string, Column>>;
  /** Length of the vectors; 0 for a table without. */
  readonly dimension: number;
  readonly precision: Precision;
  readonly metadata: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
}

/** Lance's mark of a key column. With it, two writers that merge the same key at once leave one row, not two. */
const KEY_MARK = "lance-schema:unenforced-primary-key";

const ARROW_NAMES: Readonly<Record<ColumnType, string>> = {
  string: "Utf8",
  strings: "List<Utf8>",
  int32: "Int32",
  int64: "Int64",
  float32: "Float32",
  float64: "Float64",
  numbers: "List<Float64>",
  boolean: "Bool",
  timestamp: "Timestamp<MILLISECOND, UTC>",
};

/** The Arrow schema of a table with `metadata` in it. Annotations, which LanceDB keeps by itself, are not. */
export function arrowSchema(
  arrow: typeof Arrow,
  key: string,
  { columns, dimension, precision, metadata }: Omit<TableSchema, "annotations">,
): Arrow.Schema {
  const fields: Arrow.Field[] = Object.entries(columns).map(([name, { type, nullable = false }]) => {
    const mark = name === key ? new Map([[KEY_MARK, "true"]]) : undefined;
    return new arrow.Field(name, arrowType(arrow, type), nullable, mark);
  });
  if (dimension > 0) {
    const number = precision === "float16" ? new arrow.Float16() : new arrow.Float32();
    const vector = new arrow.FixedSizeList(dimension, new arrow.Field("item", number, true));
    fields.push(new arrow.Field(VECTOR, vector, false));
  }
  return new arrow.Schema(fields, new Map(metadata));
}

/**
 * What an Arrow schema says in terms of this module.
 *
 * @throws NearlabelError `TABLE_INVALID` where it lacks a column of `shape`, or has it with another type.
 */
export function tableSchema(schema: Arrow.Schema, shape: TableShape, place: string): TableSchema {
  const types = new Map(schema.fields.map(({ name, type }) => [name, String(type)]));
  for (const [name, { type }] of Object.entries(shape.columns)) expectType(name, ARROW_NAMES[type]);
  const [, dimension, precision] =
    /^FixedSizeList\[(\d+)\]<(Float32|Float16)>$/.exec(types.get(VECTOR) ?? "") ?? [];
  if (shape.vectors && dimension === undefined) expectType(VECTOR, "FixedSizeList<Float32>");
  const annotations = new Map(schema.fields.find(({ name }) => name === annotatedColumn(shape))?.metadata);
  annotations.delete(KEY_MARK);
  return {
    columns: knownColumns(schema),
    dimension: shape.vectors ? Number(dimension) : 0,
    precision: precision === "Float16" ? "float16" : "float32",
    metadata: schema.metadata,
    annotations,
  };

  function expectType(name: string, expected: string) {
    const type = types.get(name);
    if (type === expected) return;
    throw new NearlabelError(
      "TABLE_INVALID",
      `${place}: expected a column ${name} of type ${expected}, got ${type ?? "none"}.`,
    );
  }
}

function knownColumns({ fields }: Arrow.Schema): Record<string, Column> {
  const known = new Map(Object.entries(ARROW_NAMES).map(([type, name]) => [name, type as ColumnType]));
  const columns: Record<string, Column> = {};
  for (const { name, type, nullable } of fields) {
    const columnType = known.get(String(type));
    if (columnType) columns[name] = nullable ? { type: columnType, nullable } : { type: columnType };
  }
  return columns;
}

/** The fields of columns that a table gets later, null in each of its rows. Lance wants items of lists that may be null then. */
export function addedFields(
  arrow: typeof Arrow,
  columns: Readonly<Record<string, Omit<Column, "nullable">>>,
): Arrow.Field[] {
  return Object.entries(columns).map(
    ([name, { type }]) => new arrow.Field(name, arrowType(arrow, type, true), true),
  );
}

function arrowType(arrow: typeof Arrow, type: ColumnType, nullableItems = false): Arrow.DataType {
  const list = (item: Arrow.DataType) => new arrow.List(new arrow.Field("item", item, nullableItems));
  switch (type) {
    case "string":
      return new arrow.Utf8();
    case "strings":
      return list(new arrow.Utf8());
    case "int32":
      return new arrow.Int32();
    case "int64":
      return new arrow.Int64();
    case "float32":
      return new arrow.Float32();
    case "float64":
      return new arrow.Float64();
    case "numbers":
      return list(new arrow.Float64());
    case "boolean":
      return new arrow.Bool();
    case "timestamp":
      return new arrow.TimestampMillisecond("UTC");
  }
}

/** `rows` as an Arrow table of `schema`; columns that they lack are null. The memory of float32 vectors is shared. */
export function arrowTable(arrow: typeof Arrow, schema: Arrow.Schema, rows: Rows): Arrow.Table {
  const length = rowCount(rows);
  const children = schema.fields.map(({ name, type }) =>
    name === VECTOR
      ? vectorData(arrow, type as Arrow.FixedSizeList, rows.vectors!)
      : columnData(arrow, type, rows.columns[name] ?? new Array<null>(length).fill(null)),
  );
  const type = new arrow.Struct(schema.fields);
  const data = arrow.makeData({ type, length, nullCount: 0, children });
  return new arrow.Table(schema, [new arrow.RecordBatch(schema, data)]);
}

/** Arrow's own way takes each cell through several calls: numbers and plain texts, of which there are most, go faster. */
function columnData(arrow: typeof Arrow, type: Arrow.DataType, cells: readonly Cell[]): Arrow.Data {
  const isWhole = cells.length > 0 && !cells.includes(null);
  if (isWhole && arrow.DataType.isFloat(type)) {
    const numbers = cells as readonly number[];
    if (type.precision === arrow.Precision.DOUBLE) {
      return arrow.makeData({ type: new arrow.Float64(), data: Float64Array.from(numbers) });
    }
    if (type.precision === arrow.Precision.SINGLE) {
      return arrow.makeData({ type: new arrow.Float32(), data: Float32Array.from(numbers) });
    }
  }
  const texts =
    isWhole && arrow.DataType.isUtf8(type) ? asciiData(arrow, cells as readonly string[]) : undefined;
  return texts ?? arrow.vectorFromArray(cells, type).data[0]!;
}

/** Texts of ASCII characters, each of which is one byte; undefined for others. */
function asciiData(arrow: typeof Arrow, texts: readonly string[]): Arrow.Data | undefined {
  const data = Buffer.from(texts.join(""));
  const valueOffsets = new Int32Array(texts.length + 1);
  for (const [at, text] of texts.entries()) valueOffsets[at + 1] = valueOffsets[at]! + text.length;
  if (valueOffsets.at(-1) !== data.length) return undefined;
  return arrow.makeData({ type: new arrow.Utf8(), length: texts.length, nullCount: 0, valueOffsets, data });
}

/** Rows from what a query gave for these columns, and for the vectors where `dimension` is above 0. */
export function rowsOf(
  table: Arrow.Table | Arrow.RecordBatch,
  { columns, dimension }: Pick<TableSchema, "columns" | "dimension">,
): Rows {
  // The result of a query that finds nothing has no columns.
  const cells = Object.entries(columns).map(([name, column]) => [
    name,
    cellsOf(table.getChild(name) ?? [], column),
  ]);
  const rows = { columns: Object.fromEntries(cells) as Rows["columns"] };
  if (dimension === 0) return rows;
  const vectors = table.getChild(VECTOR);
  return { ...rows, vectors: vectors ? matrixFrom(vectors, dimension) : matrixOf([], dimension) };
}

/** The cells of one column as plain values. */
export function cellsOf(vector: Iterable<unknown>, { type }: Column): Cell[] {
  return Array.from(vector, (value) => (value === null ? null : plainCell(value, type)));
}

function plainCell(value: unknown, type: ColumnType): Cell {
  if (type === "timestamp") return new Date(Number(value));
  if (type === "strings" || type === "numbers") return Array.from(value as Iterable<string>);
  return value as Cell;
}

function vectorData(
  arrow: typeof Arrow,
  type: Arrow.FixedSizeList,
  { data, rows }: Matrix,
): Arrow.Data<Arrow.FixedSizeList> {
  const child =
    arrow.DataType.isFloat(type.valueType) && type.valueType.precision === arrow.Precision.HALF
      ? arrow.makeData({ type: new arrow.Float16(), data: Uint16Array.from(data, float16Bits) })
      : arrow.makeData({ type: new arrow.Float32(), data });
  return arrow.makeData({ type, length: rows, nullCount: 0, child });
}

function matrixFrom(vectors: Arrow.Vector, columns: number): Matrix {
  const parts = vectors.data.map(({ children, offset, length }) => {
    const values = children[0]!.values as Float32Array | Uint16Array;
    const part = values.subarray(offset * columns, (offset + length) * columns);
    return types.isFloat32Array(part) ? part : float16Values(part);
  });
  // Mostly there is one, whose memory is nobody else's.
  const data = parts.length === 1 ? parts[0]! : joined(parts, vectors.length * columns);
  return { data, rows: vectors.length, columns };
}

function joined(parts: readonly Float32Array[], length: number): Float32Array {
  const data = new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return data;
}
