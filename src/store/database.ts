import { access, constants, readdir } from "node:fs/promises";
import type { Connection } from "@lancedb/lancedb";
import { listed, NearlabelError, reasonOf } from "../errors.js";
import { makeFolder } from "../files/folders.js";
import { checkRows } from "./check.js";
import { failingAs, loadLanceDb } from "./lancedb.js";
import { arrowSchema, arrowTable, dimensionOf, type Rows, type TableShape } from "./rows.js";
import { VectorTable } from "./vector-table.js";

/**
 * Checks, before the work whose result is to be stored, that a table can be made in `folder`, which is made if
 * it is not there.
 *
 * @throws NearlabelError `INDEX_EXISTS` unless `overwrite`; `WRITE_FAILED` where the folder cannot be written to.
 */
export async function checkCreatable(
  folder: string,
  { name }: TableShape,
  overwrite: boolean,
): Promise<void> {
  await failingAs("WRITE_FAILED", `${folder}: cannot be written to`, async () => {
    await makeFolder(folder);
    await access(folder, constants.W_OK);
  });
  if (!overwrite && (await isWhole(folder, name))) {
    throw new NearlabelError(
      "INDEX_EXISTS",
      `${folder}: there is a table "${name}" already. Choose another folder, or overwrite it.`,
    );
  }
}

/**
 * Makes a table in one commit: until it is whole it cannot be opened, and a table that it replaces stays as it is.
 *
 * @throws NearlabelError `INDEX_EXISTS`, `VECTOR_INVALID`, `WRITE_FAILED`.
 */
export async function createTable(
  folder: string,
  shape: TableShape,
  { rows, metadata, overwrite }: { rows: Rows; metadata: ReadonlyMap<string, string>; overwrite: boolean },
): Promise<VectorTable> {
  checkRows(shape, rows.vectors.columns, rows);
  await checkCreatable(folder, shape, overwrite);
  const { arrow } = await loadLanceDb();
  const schema = arrowSchema(arrow, shape, rows.vectors.columns, metadata);
  const connection = await connect(folder);
  const mode = overwrite ? "overwrite" : "create";
  try {
    const table = await failingAs("WRITE_FAILED", `${folder}: could not be written`, () =>
      connection.createTable(shape.name, arrowTable(arrow, schema, rows), { mode }),
    );
    return new VectorTable(folder, shape, connection, table);
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * Opens a table of the given shape. Reads see what other programs have written meanwhile.
 *
 * @throws NearlabelError `INDEX_NOT_FOUND`, `INDEX_INVALID`.
 */
export async function openTable(folder: string, shape: TableShape): Promise<VectorTable> {
  await expectTable(folder, shape);
  const connection = await connect(folder);
  try {
    const table = await failingAs(
      "INDEX_INVALID",
      `${folder}: table "${shape.name}" is damaged or unfinished`,
      () => connection.openTable(shape.name),
    );
    dimensionOf(await table.schema(), shape, folder);
    return new VectorTable(folder, shape, connection, table);
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * Takes a table away with all its versions. Nothing happens where there is none.
 *
 * @throws NearlabelError `WRITE_FAILED`.
 */
export async function dropTable(folder: string, { name }: TableShape): Promise<void> {
  if (!(await tableNames(folder)).includes(name)) return;
  const connection = await connect(folder);
  try {
    await failingAs("WRITE_FAILED", `${folder}: table "${name}" could not be removed`, () =>
      connection.dropTable(name),
    );
  } finally {
    connection.close();
  }
}

/** Whether there is a table that can be opened: one whose first writing was cut short cannot, and may be replaced. */
async function isWhole(folder: string, name: string): Promise<boolean> {
  if (!(await tableNames(folder)).includes(name)) return false;
  const connection = await connect(folder);
  try {
    (await connection.openTable(name)).close();
    return true;
  } catch {
    return false;
  } finally {
    connection.close();
  }
}

/** LanceDB writes a file into every folder that it connects to, so this looks without it. */
async function tableNames(folder: string): Promise<string[]> {
  const files = await readdir(folder);
  return files.filter((file) => file.endsWith(".lance")).map((file) => file.slice(0, -".lance".length));
}

async function connect(folder: string): Promise<Connection> {
  const { lancedb } = await loadLanceDb();
  // 0: every read looks for newer versions. An open table would otherwise go on showing what it held at first.
  return failingAs("INDEX_INVALID", `${folder}: cannot be opened`, () =>
    lancedb.connect(folder, { readConsistencyInterval: 0 }),
  );
}

async function expectTable(folder: string, { name }: TableShape): Promise<void> {
  const names = await tableNames(folder).catch((error: unknown) => {
    const message = `${folder}: expected a folder with a table "${name}": ${reasonOf(error)}.`;
    throw new NearlabelError("INDEX_NOT_FOUND", message, { cause: error });
  });
  if (names.includes(name)) return;
  const there = names.length > 0 ? `the tables there are ${listed(names)}` : "there are no tables";
  throw new NearlabelError("INDEX_NOT_FOUND", `${folder}: expected a table "${name}"; ${there}.`);
}
