import { type Rows, rowCount } from "../../store/rows.js";
import type { ImageTable } from "../table/image-table.js";
import { AskedProcess, ProcessEnded } from "./asked-process.js";

/** Rows after which a process of its own is worth its 0.3 s. */
const ROWS_HERE = 1000;
/** Rows after which another one goes on: it grows too, as LanceDB remembers the files of each version. */
const ROWS_BESIDE = 50_000;

/** What the process that writes is asked. */
export interface WriteRequest {
  readonly rows: Rows;
  readonly insteadOf: readonly string[];
}

/**
 * Writes the rows of a run, all but the first in a process of its own. A write takes several times what its rows take, in one or another
 * of LanceDB's threads, and of what each thread once took glibc keeps most: some 100 MB more in the end.
 */
export class RowWrites {
  readonly #table: ImageTable;
  /** Written since this or the process began. */
  #rows = 0;
  #process: AskedProcess<WriteRequest, number> | undefined;
  /** No process can be started, or the one that was has ended by itself. */
  #isAlone = false;

  constructor(table: ImageTable) {
    this.#table = table;
  }

  /** As {@link Table.upsert}. Not before the last one has ended. */
  async upsert(rows: Rows, insteadOf: readonly string[]): Promise<number> {
    const process = await this.#beside();
    this.#rows += rowCount(rows);
    try {
      if (process) return await process.ask({ rows, insteadOf });
    } catch (error) {
      if (!(error instanceof ProcessEnded)) throw error;
      // Whether it wrote them or not: a row that is there already is the same row.
      this.#isAlone = true;
      this.#process = undefined;
    }
    return this.#table.table.upsert(rows, insteadOf);
  }

  async close(): Promise<void> {
    await this.#process?.close();
  }

  /** The process that writes from now on, if any. */
  async #beside(): Promise<AskedProcess<WriteRequest, number> | undefined> {
    if (this.#isAlone || this.#rows < (this.#process ? ROWS_BESIDE : ROWS_HERE)) return this.#process;
    await this.close();
    this.#process = await AskedProcess.start("write-process", this.#table.table.uri);
    this.#isAlone = !this.#process;
    this.#rows = 0;
    return this.#process;
  }
}
