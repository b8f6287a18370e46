import type { ImageTable } from "../table/image-table.js";
import { unlessOvertaken } from "../table/overtaken.js";
import { type Tending, tend } from "./tend.js";

/** Small files that writes leave, from which they are joined. */
const COMPACT_WRITES = 64;
/** The same at the end of a run that left them, and rows that indexes may lack then: a search compares with each of them. */
const LEFT_WRITES = 16;
const LEFT_ROWS = 1000;

/**
 * Looks after a table while it is written to: builds indexes once they are worth it, takes many new rows into those of paths and ids, and
 * joins small files when there are many and about as many rows in them as in the others, so that all of it is written twice at most.
 * What other runs left counts too, as those that were killed or wrote little. Queries go on meanwhile, on the version before.
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

  /** Before a run that looks rows up. */
  async begin(): Promise<void> {
    await this.#tend("lookUps");
  }

  /** To be told of each write. */
  async afterWrite(rows: number): Promise<void> {
    this.#writes++;
    this.#rows += rows;
    if (this.#writes % COMPACT_WRITES > 0) return;
    await this.#tend(this.#rows * 2 >= (await this.#table.count()) ? "all" : "lookUps");
  }

  /** At the end of a run. */
  async finish(): Promise<void> {
    const isMuch = this.#writes >= LEFT_WRITES || (await this.#isMuchLeft());
    await this.#tend(isMuch ? "all" : "indexes");
  }

  async #isMuchLeft(): Promise<boolean> {
    const { table } = this.#table;
    if ((await table.smallFiles()) >= COMPACT_WRITES) return true;
    return (await table.indexes()).some(({ unindexedRows }) => unindexedRows >= LEFT_ROWS);
  }

  async #tend(tending: Tending): Promise<void> {
    if (tending === "all") [this.#writes, this.#rows] = [0, 0];
    await unlessOvertaken(tend(this.#table, tending, this.#signal));
  }
}
