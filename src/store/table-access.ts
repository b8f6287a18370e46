import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import type { Connection, Table as LanceTable } from "@lancedb/lancedb";
import { NearlabelError } from "../errors.js";
import { blameFilter } from "./filter.js";
import { failingAs } from "./lancedb.js";

interface TableAccessOptions {
  /** What messages call where the table is. */
  readonly place: string;
  readonly name: string;
  /** The absolute path of the database; absent for an object store. */
  readonly folder: string | undefined;
  /** An earlier version, which LanceDB would write the newest version in the place of. */
  readonly readOnly: boolean;
}

/** When LanceDB may be asked of a table, what its failures are called, and when its memory is freed. */
export class TableAccess {
  readonly #connection: Connection;
  readonly #table: LanceTable;
  readonly #options: TableAccessOptions;
  /** Calls to LanceDB that have not ended yet. */
  #underWay = 0;
  #closed = false;

  constructor(connection: Connection, table: LanceTable, options: TableAccessOptions) {
    this.#connection = connection;
    this.#table = table;
    this.#options = options;
  }

  /** @throws NearlabelError `TABLE_CLOSED`, `TABLE_INVALID`, `TABLE_FILTER_INVALID` */
  async reading<T>(read: () => Promise<T>): Promise<T> {
    const { place, name } = this.#options;
    return this.#using(() =>
      failingAs("TABLE_INVALID", place, `table "${name}" cannot be read`, () => read().catch(blameFilter)),
    );
  }

  /** @throws NearlabelError `TABLE_CLOSED`, `WRITE_FAILED` */
  async writing<T>(write: () => Promise<T>): Promise<T> {
    const { place, readOnly } = this.#options;
    return this.#using(() => {
      if (readOnly) {
        throw new NearlabelError(
          "WRITE_FAILED",
          `${place}: an earlier version is not written to. Restore it first.`,
        );
      }
      return failingAs("WRITE_FAILED", place, "could not be written; it is as it was before", async () => {
        await this.#expectWritable();
        return write();
      });
    });
  }

  /** LanceDB says nothing where there turns out to be nothing to write, and little where there is. */
  async #expectWritable(): Promise<void> {
    const { folder, name } = this.#options;
    // Each write is a file in here, whatever else it is.
    if (folder !== undefined) await access(join(folder, `${name}.lance`, "_versions"), constants.W_OK);
  }

  /** What is under way goes on to its end. */
  close(): void {
    this.#closed = true;
    if (this.#underWay === 0) this.#free();
  }

  async #using<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) {
      const { place, name } = this.#options;
      throw new NearlabelError("TABLE_CLOSED", `${place}: table "${name}" was closed. Open it again.`);
    }
    this.#underWay++;
    try {
      return await work();
    } finally {
      this.#underWay--;
      if (this.#closed && this.#underWay === 0) this.#free();
    }
  }

  /** LanceDB's memory is freed once nothing uses it: freed earlier it has ended the process, by a double free. */
  #free(): void {
    this.#table.close();
    this.#connection.close();
  }
}
