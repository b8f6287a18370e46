import type * as Arrow from "apache-arrow";
import { NearlabelError } from "../errors.js";
import type { Matrix } from "../math/matrix.js";

/** What one cell holds, beside the vectors. */
export type Cell = string | number | readonly string[] | null;

interface Column {
  readonly type: "string" | "strings" | "int32";
  readonly nullable?: boolean;
}

/** What is always true of a table; dimension and metadata are chosen when it is made. */
export interface TableShape {
  /** Letters, digits, `_`, `-` and `.`, as LanceDB demands. */
  readonly name: string;
  /** The column that tells rows apart. Must hold strings. */
  readonly key: string;
  /** All columns but the last, which is always `vector`. */
  readonly columns: Readonly<Record<string, Column>>;
}

/** Rows of a table, column by column, and their vectors in the same order. */
export interface Rows {
  readonly columns: Readonly<Record<string, readonly Cell[]>>;
  readonly vectors: Matrix;
}

export const VECTOR = "vector";

/** Lance's mark of a key column. With it, two writers that merge the same key at once leave one row, not two. */
const KEY_MARK = new Map([["lance-schema:unenforced-primary-key", "true"]]);

/** The Arrow schema of a table, with `metadata` in it. */
export function arrowSchema(
  arrow: typeof Arrow,
  shape: TableShape,
  dimension: number,
  metadata: ReadonlyMap<string, string>,
): Arrow.Schema {
  const columns = Object.entries(shape.columns).map(
    ([name, { type, nullable = false }]) =>
      new arrow.Field(name, arrowType(arrow, type), nullable, name === shape.key ? KEY_MARK : undefined),
  );
  const item = new arrow.Field("item", new arrow.Float32(), true);
  const vector = new arrow.Field(VECTOR, new arrow.FixedSizeList(dimension, item), false);
  return new arrow.Schema([...columns, vector], new Map(metadata));
}

/** `rows` as an Arrow table. The vectors' memory is shared, not copied. */
export function arrowTable(
  arrow: typeof Arrow,
  schema: Arrow.Schema,
  { columns, vectors }: Rows,
): Arrow.Table {
  const children = schema.fields.map(({ name, type }) =>
    name === VECTOR ? vectorData(arrow, type, vectors) : cellData(arrow, type, columns[name]!),
  );
  const type = new arrow.Struct(schema.fields);
  const data = arrow.makeData({ type, length: vectors.rows, nullCount: 0, children });
  return new arrow.Table(schema, [new arrow.RecordBatch(schema, data)]);
}

/** The columns of `shape` and the vectors, from the result of a query for all of them. */
export function rowsOf(table: Arrow.Table, shape: TableShape, dimension: number): Rows {
  const data = new Float32Array(table.numRows * dimension);
  let at = 0;
  for (const chunk of table.getChild(VECTOR)?.data ?? []) {
    const values = chunk.children[0]!.values as Float32Array;
    data.set(values.subarray(0, chunk.length * dimension), at);
    at += chunk.length * dimension;
  }
  const columns = Object.keys(shape.columns).map((name) => [name, cellsOf(table, name)]);
  return { columns: Object.fromEntries(columns), vectors: { data, rows: table.numRows, columns: dimension } };
}

/** The cells of one column as plain values. */
export function cellsOf(table: Arrow.Table, name: string): Cell[] {
  const vector = table.getChild(name);
  return vector ? Array.from(vector, plainCell) : [];
}

/**
 * The dimension of a table's vectors.
 *
 * @throws NearlabelError `INDEX_INVALID` where the schema is not that of `shape`.
 */
export function dimensionOf(schema: Arrow.Schema, shape: TableShape, place: string): number {
  const types = new Map(schema.fields.map(({ name, type }) => [name, String(type)]));
  for (const [name, { type }] of Object.entries(shape.columns)) expectType(name, ARROW_NAMES[type]);
  const dimension = /^FixedSizeList\[(\d+)\]<Float32>$/.exec(types.get(VECTOR) ?? "")?.[1];
  if (dimension === undefined) expectType(VECTOR, "FixedSizeList<Float32>");
  return Number(dimension);

  function expectType(name: string, expected: string) {
    const type = types.get(name);
    if (type === expected) return;
    throw new NearlabelError(
      "INDEX_INVALID",
      `${place}: expected a column ${name} of type ${expected}, got ${type ?? "none"}.`,
    );
  }
}

const ARROW_NAMES = { string: "Utf8", strings: "List<Utf8>", int32: "Int32" } as const;

function arrowType(arrow: typeof Arrow, type: Column["type"]): Arrow.DataType {
  if (type === "string") return new arrow.Utf8();
  if (type === "int32") return new arrow.Int32();
  return new arrow.List(new arrow.Field("item", new arrow.Utf8(), false));
}

function cellData(arrow: typeof Arrow, type: Arrow.DataType, cells: readonly Cell[]): Arrow.Data {
  return arrow.vectorFromArray(cells, type).data[0]!;
}

function vectorData(arrow: typeof Arrow, type: Arrow.DataType, { data, rows }: Matrix): Arrow.Data {
  const child = arrow.makeData({ type: new arrow.Float32(), data });
  return arrow.makeData({ type: type as Arrow.FixedSizeList, length: rows, nullCount: 0, child });
}

function plainCell(value: unknown): Cell {
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  return Array.from(value as Iterable<string>);
}
