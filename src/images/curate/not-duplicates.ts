import { NearlabelError } from "../../errors.js";
import { createTable, openTable } from "../../store/database.js";
import type { TableShape } from "../../store/shape.js";
import type { Table } from "../../store/table.js";
import type { ImageTable } from "../table/image-table.js";

/** The table of pairs that somebody said are no duplicates, beside that of pictures. */
const NOT_DUPLICATES_TABLE: TableShape = {
  name: "not_duplicates",
  key: "pair",
  columns: {
    /** The `id` of two pictures with a space between, the lower one first: what they hold, wherever they lie. */
    pair: { type: "string" },
    created: { type: "timestamp" },
  },
  vectors: false,
};

/** Whether two pictures were said to be no duplicates, by their ids. */
export type ToldApart = (a: string, b: string) => boolean;

/** Remembers that pictures are no duplicates of each other, by their ids. */
export async function keepApart({ table: { uri } }: ImageTable, ids: readonly string[]): Promise<void> {
  const pairs = ids.flatMap((a, at) => ids.slice(at + 1).map((b) => pairOf(a, b)));
  const pair = [...new Set(pairs)];
  if (pair.length === 0) return;
  const rows = { columns: { pair, created: pair.map(() => new Date()) } };
  const table = await open(uri);
  if (!table) {
    (await createTable(uri, NOT_DUPLICATES_TABLE, { rows, metadata: new Map() })).close();
    return;
  }
  await table.upsert(rows).finally(() => table.close());
}

/** Reads what was remembered. */
export async function toldApart({ table: { uri } }: ImageTable): Promise<ToldApart> {
  const table = await open(uri);
  const pairs = new Set(await table?.keys().finally(() => table.close()));
  return (a, b) => pairs.has(pairOf(a, b));
}

function pairOf(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

async function open(uri: string): Promise<Table | undefined> {
  return openTable(uri, NOT_DUPLICATES_TABLE).catch((error: unknown) => {
    if (error instanceof NearlabelError && error.code === "TABLE_NOT_FOUND") return undefined;
    throw error;
  });
}
