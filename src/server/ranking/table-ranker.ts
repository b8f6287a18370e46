import type { Matrix } from "../../math/matrix.js";
import type { LogitScoring } from "../../model/config/families.js";
import { createAskedThread } from "../threads/asked-thread.js";

/** Ranks the pictures of one table by their stored embeddings, which a thread of its own holds in memory. */
export interface TableRanker {
  /** A `RankAnswer` as JSON: it is long, and made where it holds nobody up. */
  rank(question: RankQuestion, signal: AbortSignal): Promise<Uint8Array>;
  /** The pictures in the order of rankings; or those that meet a condition, in no order, which waits for no embedding to be read. */
  ids(wanted: { readonly where?: string | undefined }, signal: AbortSignal): Promise<TableIds>;
  close(): Promise<void>;
}

export interface TableIds {
  /** Of the table. */
  readonly version: number;
  /** SHA-256 of the pictures, 32 bytes each. */
  readonly ids: Uint8Array;
}

export interface RankQuestion {
  /** Class embeddings, unit-length rows. */
  readonly labels: Matrix;
  /** The labels themselves, in their order. */
  readonly names: readonly string[];
  readonly scoring: LogitScoring;
  /** Position of a label whose similarities are wanted. */
  readonly about?: number | undefined;
  /** Whether classes learn from pictures that were given these labels. */
  readonly learn?: boolean | undefined;
  /** Ids of pictures of which several labels are wanted. */
  readonly pictures?: readonly string[] | undefined;
}

/** What the thread is started with. */
export interface RankStart {
  readonly place: string;
}

export type ThreadQuestion = RankQuestion | { readonly about: "ids"; readonly where?: string | undefined };
export type ThreadAnswer = Uint8Array | TableIds;

/** The thread starts, and reads the table, with the first question; it reads it again when the table has changed. */
export function createTableRanker(place: string): TableRanker {
  const start: RankStart = { place };
  const thread = createAskedThread<ThreadQuestion, ThreadAnswer>("rank-worker.js", start);
  return {
    rank: async (question, signal) => (await thread.ask(question, signal)) as Uint8Array,
    ids: async ({ where }, signal) => (await thread.ask({ about: "ids", where }, signal)) as TableIds,
    close: thread.close,
  };
}
