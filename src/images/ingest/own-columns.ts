import { types } from "node:util";
import type { Cell } from "../../store/rows.js";
import type { Column, ColumnType } from "../../store/shape.js";
import { columnNameFor } from "../table/columns.js";
import type { ImageTable } from "../table/image-table.js";
import type { Incoming } from "./incoming.js";

/** Users' own columns, as the source of a run has them. */
export class OwnColumns {
  #columns: Readonly<Record<string, Column>> = {};
  #unfit = 0;

  /** Cells that did not fit the type of their column, and are null in its place. */
  get unfit(): number {
    return this.#unfit;
  }

  /** Takes the types of columns from the table, and of those that it lacks from the first pictures of a run, and adds these. */
  async prepare(table: ImageTable, first: readonly Incoming[]): Promise<void> {
    const fields = first.flatMap(({ fields }) => (fields ? [fields] : []));
    const names = [...new Set(fields.flatMap((row) => Object.keys(row)))];
    const { columns: known } = table.info;
    const added: Record<string, { type: ColumnType }> = {};
    for (const name of names) {
      const values = fields.map((row) => row[name]);
      const column = columnNameFor(name);
      if (!known[column] && !values.some(types.isUint8Array)) added[column] = { type: typeOf(values) };
    }
    if (Object.keys(added).length > 0) await addColumns(table, added);
    this.#columns = (await table.refresh()).columns;
  }

  /** The cells of those fields that are columns; an empty text is no value but in a column of texts. */
  cellsOf(fields: Readonly<Record<string, unknown>> | undefined): Record<string, Cell> {
    const cells: Record<string, Cell> = {};
    for (const [name, value] of Object.entries(fields ?? {})) {
      const column = columnNameFor(name);
      const type = this.#columns[column]?.type;
      const cell = type === undefined ? undefined : cellOf(value, type);
      if (cell === undefined) this.#unfit++;
      if (type !== undefined) cells[column] = cell ?? null;
    }
    return cells;
  }
}

/** Another program may add the same columns at the same moment. */
async function addColumns(
  table: ImageTable,
  added: Readonly<Record<string, { type: ColumnType }>>,
): Promise<void> {
  try {
    await table.table.addColumns(added);
  } catch (error) {
    const { columns } = await table.refresh();
    if (!Object.keys(added).every((name) => columns[name])) throw error;
  }
}

/** Narrowest first: a type is taken where every value fits it. */
const CANDIDATES: readonly ColumnType[] = [
  "boolean",
  "int32",
  "int64",
  "float64",
  "timestamp",
  "numbers",
  "strings",
];

function typeOf(values: readonly unknown[]): ColumnType {
  const given = values.filter((value) => value !== null && value !== undefined && value !== "");
  if (given.length === 0) return "string";
  return CANDIDATES.find((type) => given.every((value) => cellOf(value, type) !== undefined)) ?? "string";
}

/** `value` as a cell of `type`; null where there is none, undefined where it does not fit. */
function cellOf(value: unknown, type: ColumnType): Cell | undefined {
  if (value === null || value === undefined) return null;
  if (value === "" && type !== "string") return null;
  if (types.isUint8Array(value)) return undefined;
  return CELLS[type](value);
}

/** Without zeros in front, which belong to a code and not to a number. */
const WHOLE = /^-?(?:0|[1-9]\d*)$/;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const TIME = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

function wholeOf(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  return typeof value === "string" && WHOLE.test(value) ? BigInt(value) : undefined;
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  return typeof value === "string" && NUMBER.test(value) ? Number(value) : undefined;
}

function dateOf(value: unknown): Date | undefined {
  const date = types.isDate(value)
    ? value
    : typeof value === "string" && TIME.test(value)
      ? new Date(zoned(value))
      : undefined;
  return date && Number.isFinite(date.getTime()) ? date : undefined;
}

/** Times without an offset are UTC, as a time that depends on where a program runs is no value of a table. */
function zoned(text: string): string {
  return /[T ]/.test(text) && !/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? `${text.replace(" ", "T")}Z` : text;
}

function listOf<T>(value: unknown, itemOf: (item: unknown) => T | undefined): T[] | undefined {
  if (!Array.isArray(value) && !ArrayBuffer.isView(value)) return undefined;
  const items = Array.from(value as Iterable<unknown>, itemOf);
  return items.includes(undefined) ? undefined : (items as T[]);
}

function textOf(value: unknown): string {
  const text =
    typeof value === "string"
      ? value
      : types.isDate(value)
        ? value.toISOString()
        : JSON.stringify(value, plain);
  return Buffer.from(text).toString();
}

function plain(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}

const CELLS: Readonly<Record<ColumnType, (value: unknown) => Cell | undefined>> = {
  string: textOf,
  strings: (value) => listOf(value, (item) => (typeof item === "string" ? textOf(item) : undefined)),
  numbers: (value) => listOf(value, numberOf),
  int32: (value) => {
    const whole = wholeOf(value);
    return whole !== undefined && whole === BigInt.asIntN(32, whole) ? Number(whole) : undefined;
  },
  int64: (value) => {
    const whole = wholeOf(value);
    return whole !== undefined && whole === BigInt.asIntN(64, whole) ? whole : undefined;
  },
  float32: numberOf,
  float64: numberOf,
  boolean: (value) => {
    if (typeof value === "boolean") return value;
    return value === "true" || value === "false" ? value === "true" : undefined;
  },
  timestamp: dateOf,
};
