import { access, constants, readdir } from "node:fs/promises";
import type { Connection } from "@lancedb/lancedb";
import { listed, NearlabelError, reasonOf } from "../errors.js";
import { makeFolder } from "../files/folders.js";
import { arrowSchema, arrowTable, tableSchema } from "./arrow.js";
import { checkRows } from "./checked-rows.js";
import { failingAs, loadLanceDb } from "./lancedb.js";
import { type Location, locationOf } from "./location.js";
import type { Rows } from "./rows.js";
import type { Column, Precision, TableShape } from "./shape.js";
import { storageOptionsOf } from "./storage-options.js";
import { Table } from "./table.js";

/** What a new table begins with. */
export interface CreateTableOptions {
  /** The first rows; there may be none, with vectors of the right dimension. */
  readonly rows: Rows;
  /** Texts about the table, which every reader of Arrow sees. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Replace a table that is there; its versions stay. Default false. */
  readonly overwrite?: boolean | undefined;
  /** Columns beside those of the shape. Default none. */
  readonly columns?: Readonly<Record<string, Column>> | undefined;
  /** Default float32. */
  readonly precision?: Precision | undefined;
}

export interface OpenTableOptions {
  /** Read the table as it was in this version; it cannot be written to then. Default: the newest, at every read. */
  readonly version?: number | undefined;
}

/**
 * Checks, before the work whose result is to be stored, that a table can be made at `place`: a folder, which is made if it is
 * not there, or an object store.
 *
 * @throws NearlabelError `TABLE_EXISTS` unless `overwrite`; `WRITE_FAILED` where the folder cannot be written to.
 */
export async function checkCreatable(place: string, { name }: TableShape, overwrite: boolean): Promise<void> {
  const location = locationOf(place);
  const { folder } = location;
  if (folder !== undefined) {
    await failingAs("WRITE_FAILED", place, "cannot be written to", async () => {
      await makeFolder(folder);
      await access(folder, constants.W_OK);
    });
  }
  if (!overwrite && (await isWhole(place, location, name))) {
    throw new NearlabelError(
      "TABLE_EXISTS",
      `${place}: there is a table "${name}" already. Choose another folder, or overwrite it.`,
    );
  }
}

/**
 * Makes a table in one commit: until it is whole it cannot be opened, and a table that it replaces stays as it is.
 *
 * @param place a folder, or an object store such as `s3://bucket/folder`
 * @throws NearlabelError `TABLE_EXISTS`, `VECTOR_INVALID`, `TABLE_ROW_INVALID`, `WRITE_FAILED`.
 */
export async function createTable(
  place: string,
  shape: TableShape,
  { rows, metadata, overwrite = false, columns = {}, precision = "float32" }: CreateTableOptions,
): Promise<Table> {
  const schema = {
    columns: { ...shape.columns, ...columns },
    dimension: shape.vectors ? (rows.vectors?.columns ?? 0) : 0,
    precision,
    metadata,
  };
  checkRows({ key: shape.key, ...schema }, rows);
  await checkCreatable(place, shape, overwrite);
  const { arrow } = await loadLanceDb();
  const data = arrowTable(arrow, arrowSchema(arrow, shape.key, schema), rows);
  const location = locationOf(place);
  const connection = await connect(place, location);
  try {
    const table = await failingAs("WRITE_FAILED", place, "could not be written", () =>
      connection.createTable(shape.name, data, { mode: overwrite ? "overwrite" : "create" }),
    );
    return new Table(place, shape, { connection, table, location });
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * Opens a table of the given shape. Reads see what other programs have written meanwhile.
 *
 * @param place a folder, or an object store such as `s3://bucket/folder`
 * @throws NearlabelError `TABLE_NOT_FOUND`, `TABLE_INVALID`; `OBJECTS_NOT_FOUND`, `OBJECTS_REFUSED`, `OBJECTS_UNAVAILABLE` for a bucket
 */
export async function openTable(
  place: string,
  shape: TableShape,
  { version }: OpenTableOptions = {},
): Promise<Table> {
  const location = locationOf(place);
  await expectTable(place, location, shape);
  const connection = await connect(place, location);
  const at = version === undefined ? "" : ` in version ${version}`;
  try {
    const table = await failingAs(
      "TABLE_INVALID",
      place,
      `table "${shape.name}"${at} is damaged or unfinished`,
      () => connection.openTable(shape.name, undefined, version === undefined ? {} : { version }),
    );
    tableSchema(await table.schema(), shape, place);
    return new Table(place, shape, { connection, table, location, readOnly: version !== undefined });
  } catch (error) {
    connection.close();
    throw isUnfinished(error) ? unfinished(place, shape, error) : error;
  }
}

/** LanceDB finds no version in the folder of a table whose first writing was cut short. */
function isUnfinished(error: unknown): boolean {
  return error instanceof NearlabelError && /Table '.*' was not found/.test(reasonOf(error.cause));
}

/** Nothing was ever in it, so it is as good as none, and can be made. */
function unfinished(place: string, { name }: TableShape, cause: unknown): NearlabelError {
  const message = `${place}: expected a table "${name}"; its first writing was cut short, so there is nothing in it.`;
  return new NearlabelError("TABLE_NOT_FOUND", message, { cause });
}

/** Whether there is a table that can be opened: one whose first writing was cut short cannot, and may be replaced. */
async function isWhole(place: string, location: Location, name: string): Promise<boolean> {
  if (!(await tableNames(place, location)).includes(name)) return false;
  const connection = await connect(place, location);
  try {
    (await connection.openTable(name)).close();
    return true;
  } catch {
    return false;
  } finally {
    connection.close();
  }
}

/** LanceDB writes a file into every folder that it connects to, so this looks into folders without it. */
async function tableNames(place: string, { folder, ...location }: Location): Promise<string[]> {
  if (folder !== undefined) {
    const files = await readdir(folder);
    return files.filter((file) => file.endsWith(".lance")).map((file) => file.slice(0, -".lance".length));
  }
  const connection = await connect(place, location);
  try {
    return await failingAs("TABLE_INVALID", place, "cannot be listed", () => connection.tableNames());
  } finally {
    connection.close();
  }
}

/** What LanceDB remembers of the files of versions, indexes apart: some 80 KB a write, and up to 1 GB by itself. */
const METADATA_BYTES = 64 * 2 ** 20;

async function connect(place: string, { uri }: Location): Promise<Connection> {
  const { lancedb } = await loadLanceDb();
  const storageOptions = await storageOptionsOf(uri);
  const session = new lancedb.Session(undefined, BigInt(METADATA_BYTES));
  // 0: every read looks for newer versions. An open table would otherwise go on showing what it held at first.
  return failingAs("TABLE_INVALID", place, "cannot be opened", () =>
    lancedb.connect(uri, { readConsistencyInterval: 0, session, ...(storageOptions && { storageOptions }) }),
  );
}

async function expectTable(place: string, location: Location, { name }: TableShape): Promise<void> {
  const names = await tableNames(place, location).catch((error: unknown) => {
    if (error instanceof NearlabelError) throw error;
    const message = `${place}: expected a folder with a table "${name}": ${reasonOf(error)}.`;
    throw new NearlabelError("TABLE_NOT_FOUND", message, { cause: error });
  });
  if (names.includes(name)) return;
  const there = names.length > 0 ? `the tables there are ${listed(names)}` : "there are no tables";
  throw new NearlabelError("TABLE_NOT_FOUND", `${place}: expected a table "${name}"; ${there}.`);
}
