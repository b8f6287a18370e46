import { createHash } from "node:crypto";
import { requireOptions } from "../../arguments.js";
import type { Encoder } from "../../encoder/encoder.js";
import { type LoadOptions, loadModel } from "../../encoder/load.js";
import { NearlabelError, optionError } from "../../errors.js";
import { matrixOf } from "../../math/matrix.js";
import { norm, normalise } from "../../math/vector.js";
import type { Cell } from "../../store/rows.js";
import type { Column, ColumnType } from "../../store/shape.js";
import { asStored, checksumsOf } from "../table/checksum.js";
import { IMAGE_TABLE } from "../table/columns.js";
import type { ImageTable } from "../table/image-table.js";
import { createImageTable, openImageTable } from "../table/open.js";
import { STORED_EMBEDDER } from "../table/table-info.js";
import { Upkeep } from "../upkeep/upkeep.js";
import { clipRetrievalRows, type ImportedRow, jsonLinesRows, parquetRows } from "./imported-rows.js";

export type ImportFormat = "clip-retrieval" | "parquet" | "jsonl";

export const IMPORT_FORMATS: readonly ImportFormat[] = ["clip-retrieval", "parquet", "jsonl"];

export interface ImportOptions {
  readonly format: ImportFormat;
  /** The file, or the folder, that is read. */
  readonly from: string;
  /** The model that made the vectors: loaded, or its name. Nothing is embedded. Default: that of the table, or the built-in one. */
  readonly model?: string | Encoder | undefined;
  readonly load?: LoadOptions | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of pictures done so far. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

export interface ImportResult {
  /** Pictures that the table has now; one of a path that was there took its place. */
  readonly imported: number;
  /** Rows that could not be taken. */
  readonly failures: readonly { readonly path: string; readonly error: NearlabelError }[];
}

/** Rows that are written in one commit. */
const COMMIT_ROWS = 10_000;

/**
 * Brings pictures with their vectors into a table at `place`, which is made if it is not there: what `exportImages` wrote, clip-retrieval's
 * folders, or Parquet and JSON lines with the columns `path` and `vector`. Vectors are brought to unit length. Columns that no table of
 * pictures has become users' own, if they hold texts, numbers, truth values or times. It can be run again after it was ended.
 *
 * @throws NearlabelError `DATASET_INVALID`, `DATASET_NOT_FOUND`, `TABLE_MODEL_MISMATCH`, `OPTION_INVALID`, `WRITE_FAILED`
 */
export async function importImages(place: string, options: ImportOptions): Promise<ImportResult> {
  requireOptions(options, ["format", "from", "model", "load", "signal", "onProgress"], "importImages");
  const { format, from, signal, onProgress } = options;
  if (!IMPORT_FORMATS.includes(format)) throw optionError("format", IMPORT_FORMATS.join(", "), format);
  await using table = await tableAt(place, options);
  const upkeep = new Upkeep(table, signal);
  const failures: { path: string; error: NearlabelError }[] = [];
  let imported = 0;
  for await (const batch of batches(ROWS[format](from))) {
    signal?.throwIfAborted();
    const rows = new Map<string, UsableRow>();
    for (const row of batch) {
      const checked = usable(row, table.info.dimension);
      const path = String(row.cells.path);
      if (checked instanceof NearlabelError) failures.push({ path, error: checked });
      else rows.set(path, checked);
    }
    await write(table, [...rows.values()]);
    if (rows.size > 0) await upkeep.afterWrite(rows.size);
    imported += rows.size;
    onProgress?.(imported + failures.length);
  }
  await upkeep.finish();
  return { imported, failures };
}

const ROWS = { "clip-retrieval": clipRetrievalRows, parquet: parquetRows, jsonl: jsonLinesRows } as const;

interface UsableRow {
  readonly cells: Readonly<Record<string, unknown>>;
  readonly vector: Float32Array;
}

async function tableAt(place: string, { model, load, signal }: ImportOptions): Promise<ImageTable> {
  const there = await openImageTable(place).catch((error: unknown) => {
    if (error instanceof NearlabelError && error.code === "TABLE_NOT_FOUND") return undefined;
    throw error;
  });
  if (there && model === undefined) return there;
  await there?.close();
  const loaded = typeof model === "object" ? undefined : await loadModel(model, { signal, ...load });
  try {
    const encoder = loaded ?? (model as Encoder);
    return there
      ? await openImageTable(place, { model: encoder })
      : await createImageTable(place, { model: encoder });
  } finally {
    await loaded?.close();
  }
}

function usable({ cells, vector, error }: ImportedRow, dimension: number): UsableRow | NearlabelError {
  if (error) return error;
  const invalid = (what: string) => new NearlabelError("VECTOR_INVALID", `${cells.path}: ${what}`);
  if (vector.length !== dimension) {
    return invalid(
      `expected a vector of ${dimension} numbers, as the table's model makes them, got ${vector.length}.`,
    );
  }
  const length = norm(vector);
  if (!(Number.isFinite(length) && length > 0)) return invalid("its vector is zero or not finite.");
  // What is at unit length is kept to the bit.
  return { cells, vector: Math.abs(length - 1) < 1e-6 ? vector : normalise(vector) };
}

async function write(table: ImageTable, rows: readonly UsableRow[]): Promise<void> {
  if (rows.length === 0) return;
  const vectors = asStored(matrixOf(rows.map(({ vector }) => vector)), table.info.precision);
  const types = await columnsFor(table, rows);
  const cells = (name: string, { type }: Column) => rows.map((row) => cellOf(row.cells[name], type));
  const columns: Record<string, Cell[]> = Object.fromEntries(
    Object.entries(types).map(([name, column]) => [name, cells(name, column)]),
  );
  columns.id = columns.id!.map((id, at) => id ?? hashOf(rows[at]!.vector));
  columns.embedder = columns.embedder!.map((embedder) => embedder ?? STORED_EMBEDDER);
  columns.checksum = checksumsOf(vectors);
  await table.table.upsert({ columns, vectors });
}

/** The table's columns, with those that the rows bring and that were not there. */
async function columnsFor(
  table: ImageTable,
  rows: readonly UsableRow[],
): Promise<Readonly<Record<string, Column>>> {
  const { columns: own } = await table.refresh();
  const known: Record<string, Column> = { ...IMAGE_TABLE.columns, ...own };
  const added: Record<string, Column> = {};
  for (const { cells } of rows) {
    for (const [name, value] of Object.entries(cells)) {
      if (known[name] || added[name] || !/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) continue;
      const type = typeOf(value);
      if (type) added[name] = { type, nullable: true };
    }
  }
  if (Object.keys(added).length > 0) await table.table.addColumns(added);
  return { ...known, ...added };
}

function typeOf(value: unknown): ColumnType | undefined {
  if (typeof value === "string") return "string";
  if (typeof value === "number") return "float64";
  if (typeof value === "bigint") return "int64";
  if (typeof value === "boolean") return "boolean";
  if (value instanceof Date) return "timestamp";
  return Array.isArray(value) && value.every((item) => typeof item === "string") ? "strings" : undefined;
}

/** A value as a cell of a column; null where it is none. */
function cellOf(value: unknown, type: ColumnType): Cell {
  if (value === null || value === undefined) return null;
  if (type === "string") return typeof value === "string" ? value : null;
  if (type === "boolean") return typeof value === "boolean" ? value : null;
  if (type === "timestamp") return dateOf(value);
  if (type === "strings") return Array.isArray(value) ? value.map(String) : null;
  if (type === "numbers") return Array.isArray(value) ? value.map(Number) : null;
  const number = typeof value === "bigint" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number)) return null;
  if (type === "int64") return BigInt(Math.round(number));
  return type === "int32" ? Math.round(number) : number;
}

function dateOf(value: unknown): Date | null {
  const date = value instanceof Date ? value : new Date(typeof value === "string" ? value : Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** For a picture of which nothing but its vector is known. */
function hashOf(vector: Float32Array): string {
  return createHash("sha256").update(new Uint8Array(vector.slice().buffer)).digest("hex");
}

async function* batches<T>(rows: AsyncIterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < COMMIT_ROWS) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}
