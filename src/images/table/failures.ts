import { type ErrorCode, NearlabelError } from "../../errors.js";
import { createTable, openTable } from "../../store/database.js";
import type { TableShape } from "../../store/shape.js";
import type { Table } from "../../store/table.js";
import { unlessOvertaken } from "./overtaken.js";

/** The table of pictures that could not be embedded, beside that of pictures. */
const FAILURE_TABLE: TableShape = {
  name: "failures",
  key: "path",
  columns: {
    path: { type: "string" },
    /** An error code of `docs/errors.md`. */
    code: { type: "string" },
    message: { type: "string" },
    /** Of the file as it was tried; it is tried again when they change. */
    bytes: { type: "float64", nullable: true },
    modified: { type: "timestamp", nullable: true },
    tried: { type: "timestamp" },
  },
  vectors: false,
};

/** A picture that could not be embedded. */
export interface ImageFailure {
  readonly path: string;
  readonly code: ErrorCode;
  readonly message: string;
  /** Size of the file as it was tried; `null` where there was none. */
  readonly bytes: number | null;
  readonly modified: Date | null;
  readonly tried: Date;
}

/** Writes, each of which leaves a small file, after which they are joined. */
const COMPACT_WRITES = 64;
/** Rows that are taken out in one write. */
const REMOVED_ROWS = 1000;

/** The failures that a database knows, by path. It has a table of them from the first on. */
export class Failures {
  readonly #place: string;
  #table: Table | undefined;
  #writes = 0;

  constructor(place: string) {
    this.#place = place;
  }

  async all(): Promise<ImageFailure[]> {
    const { columns } = (await (await this.#open())?.read()) ?? { columns: {} };
    const paths = (columns.path ?? []) as readonly string[];
    return paths
      .map((path, at) => ({
        path,
        code: columns.code![at] as ErrorCode,
        message: columns.message![at] as string,
        bytes: columns.bytes![at] as number | null,
        modified: columns.modified![at] as Date | null,
        tried: columns.tried![at] as Date,
      }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** The paths alone, in no particular order. */
  async paths(): Promise<string[]> {
    return (await (await this.#open())?.keys()) ?? [];
  }

  async count(): Promise<number> {
    return (await (await this.#open())?.count()) ?? 0;
  }

  /** Keeps failures; one of a path that has failed before takes its place. */
  async add(failures: readonly ImageFailure[]): Promise<void> {
    if (failures.length === 0) return;
    const rows = { columns: columnsOf(failures) };
    const table = (await this.#open()) ?? (await this.#create());
    await table.upsert(rows);
    this.#writes++;
    if (this.#writes % COMPACT_WRITES === 0) await unlessOvertaken(table.optimize());
  }

  /** Forgets those of paths that could be embedded since, or are gone. Others are ignored. */
  async remove(paths: readonly string[]): Promise<void> {
    for (let at = 0; at < paths.length; at += REMOVED_ROWS) {
      await (await this.#open())?.remove(paths.slice(at, at + REMOVED_ROWS));
    }
  }

  close(): void {
    this.#table?.close();
  }

  async #open(): Promise<Table | undefined> {
    this.#table ??= await openTable(this.#place, FAILURE_TABLE).catch((error: unknown) => {
      if (error instanceof NearlabelError && error.code === "TABLE_NOT_FOUND") return undefined;
      throw error;
    });
    return this.#table;
  }

  async #create(): Promise<Table> {
    const options = { rows: { columns: columnsOf([]) }, metadata: new Map() };
    // Another program may make it at the same time.
    this.#table = await createTable(this.#place, FAILURE_TABLE, options).catch(async (error: unknown) => {
      const other = await this.#open().catch(() => undefined);
      if (other) return other;
      throw error;
    });
    return this.#table;
  }
}

function columnsOf(failures: readonly ImageFailure[]) {
  return {
    path: failures.map(({ path }) => path),
    code: failures.map(({ code }) => code),
    message: failures.map(({ message }) => message),
    bytes: failures.map(({ bytes }) => bytes),
    modified: failures.map(({ modified }) => modified),
    tried: failures.map(({ tried }) => tried),
  };
}
