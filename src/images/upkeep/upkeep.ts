import type { ImageTable } from "../table/image-table.js";
import { unlessOvertaken } from "../table/overtaken.js";
import { type Tending, tend } from "./tend.js";

/** Small files that writes leave, from which they are joined. */
const COMPACT_WRITES = 64;
/** The same at the end of a run, and rows that indexes may lack then: a search compares with each of them. */
const LEFT_WRITES = 16;
const LEFT_ROWS = 1000;

/**
 * Looks after a table while it is written to: joins small files when there are many and about as many rows in them as in
 * the others, so that all of it is written twice at most, and builds indexes once they are worth it. Queries go on
 * meanwhile, on the version before.
 */
export class Upkeep {
  readonly #table: ImageTable;
  readonly #signal: AbortSignal | undefined;
  #writes = 0;
  #rows = 0;

  /** @param signal ends upkeep at once; what it did not come to is done another time */
  constructor(table: ImageTable, signal: AbortSignal | undefined) {
    this.#table = table;
    this.#signal = signal;
  }

  /** To be told of each write. */
  async afterWrite(rows: number): Promise<void> {
    this.#writes++;
    this.#rows += rows;
    if (this.#writes < COMPACT_WRITES) return;
    if (this.#rows * 2 >= (await this.#table.count())) await this.#tend({ compact: true });
  }

  /** At the end of a run. */
  async finish(): Promise<void> {
    const isIndexed = (await this.#table.table.indexes()).length > 0;
    const compact = this.#writes >= LEFT_WRITES || (isIndexed && this.#rows >= LEFT_ROWS);
    await this.#tend({ compact });
  }

  async #tend(what: Tending): Promise<void> {
    if (what.compact) [this.#writes, this.#rows] = [0, 0];
    await unlessOvertaken(tend(this.#table, { ...what, signal: this.#signal }));
  }
}
