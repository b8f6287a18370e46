import { setTimeout as pause } from "node:timers/promises";
import { NearlabelError } from "../../errors.js";
import { matrixOf } from "../../math/matrix.js";
import type { Cell } from "../../store/rows.js";
import { RowWrites } from "../processes/row-writes.js";
import { asStored, checksumsOf } from "../table/checksum.js";
import type { ImageTable } from "../table/image-table.js";
import type { KnownPictures } from "./known-pictures.js";
import type { Outcome } from "./resolve.js";

type Row = Extract<Outcome, { kind: "row" }>;
type Failed = Extract<Outcome, { kind: "failed" }>;

/** Rows of one write at most, and seconds between two: what a run that is killed embeds again. */
const WRITE_ROWS = 1000;
const WRITE_MS = 2000;
/** Other programs that write at the same moment are waited for so often. */
const TRIES = 8;

/** Writes what became of pictures, some at a time, each time in one commit. */
export class IngestWriter {
  readonly #table: ImageTable;
  readonly #known: KnownPictures;
  readonly #writes: RowWrites;
  readonly #onWrite: (rows: number) => Promise<void>;
  #rows: Row[] = [];
  #updates = new Map<string, Readonly<Record<string, Cell>>>();
  #failures: Failed[] = [];
  #recovered: string[] = [];
  #written = performance.now();

  /** @param onWrite told after each write of rows how many there were */
  constructor(table: ImageTable, known: KnownPictures, onWrite: (rows: number) => Promise<void>) {
    this.#table = table;
    this.#known = known;
    this.#writes = new RowWrites(table);
    this.#onWrite = onWrite;
  }

  /** @param hadFailed whether the path is among the failures */
  async add(outcome: Outcome, hadFailed: boolean): Promise<void> {
    if (outcome.kind === "row") this.#rows.push(outcome);
    if (outcome.kind === "failed") this.#failures.push(outcome);
    if (outcome.kind === "same" && outcome.cells) this.#updates.set(outcome.path, outcome.cells);
    if (hadFailed && (outcome.kind === "row" || outcome.kind === "same")) this.#recovered.push(outcome.path);
    const waiting = this.#rows.length + this.#updates.size + this.#failures.length;
    const isLate = waiting > 0 && performance.now() - this.#written > WRITE_MS;
    if (waiting >= WRITE_ROWS || isLate) await this.#flush();
  }

  /** Writes what waits, and ends. */
  async close(): Promise<void> {
    try {
      await this.#flush();
    } finally {
      await this.#writes.close();
    }
  }

  async #flush(): Promise<void> {
    const [rows, updates, failures, recovered] = [this.#rows, this.#updates, this.#failures, this.#recovered];
    this.#rows = [];
    this.#updates = new Map();
    this.#failures = [];
    this.#recovered = [];
    if (rows.length > 0) await writing(() => this.#upsert(rows));
    for (const group of groupsOf([...updates.values()])) await writing(() => this.#table.table.update(group));
    await writing(() => this.#table.failed.add(onePerPath(failures).map(({ failure }) => failure)));
    await writing(() => this.#table.failed.remove(recovered));
    this.#written = performance.now();
    if (rows.length > 0) await this.#onWrite(rows.length);
  }

  async #upsert(given: readonly Row[]): Promise<void> {
    const rows = onePerPath(given);
    const vectors = asStored(matrixOf(rows.map(({ vector }) => vector)), this.#table.info.precision);
    const checksum = checksumsOf(vectors);
    const insteadOf = rows.flatMap((row) => row.insteadOf ?? []);
    const columns = { ...columnsOf(rows.map(({ cells }) => cells)), checksum };
    const written = rows.map(({ path, cells }) => ({ path, id: cells.id as string }));
    await this.#known.duringWrite(written, () => this.#writes.upsert({ columns, vectors }, insteadOf));
  }
}

/** The last of each path: two inputs may name one file. */
function onePerPath<T extends Outcome>(outcomes: readonly T[]): T[] {
  return [...new Map(outcomes.map((outcome) => [outcome.path, outcome])).values()];
}

function columnsOf(rows: readonly Readonly<Record<string, Cell>>[]): Record<string, Cell[]> {
  const names = new Set(rows.flatMap((cells) => Object.keys(cells)));
  return Object.fromEntries([...names].map((name) => [name, rows.map((cells) => cells[name] ?? null)]));
}

/** Updates of the same columns together, as one write sets the same columns of each of its rows. */
function groupsOf(updates: readonly Readonly<Record<string, Cell>>[]): Record<string, Cell[]>[] {
  const groups = new Map<string, Readonly<Record<string, Cell>>[]>();
  for (const cells of updates) {
    const names = Object.keys(cells).sort().join(" ");
    groups.set(names, [...(groups.get(names) ?? []), cells]);
  }
  return [...groups.values()].map(columnsOf);
}

/** A write that other programs' writes overtook is done again. */
export async function writing(write: () => Promise<unknown>): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      await write();
      return;
    } catch (error) {
      if (tried === TRIES || !isOvertaken(error)) throw error;
      await pause(50 * 2 ** tried * (1 + Math.random()));
    }
  }
}

/** LanceDB has no code for it. */
function isOvertaken(error: unknown): boolean {
  return error instanceof NearlabelError && /conflict|concurrent/i.test(error.message);
}
