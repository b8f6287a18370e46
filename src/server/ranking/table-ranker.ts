import type { Matrix } from "../../math/matrix.js";
import type { LogitScoring } from "../../model/config/families.js";
import { createAskedThread } from "../threads/asked-thread.js";
import type { Ranking } from "./ranking.js";

/** Ranks the pictures of one table by their stored embeddings, which a thread of its own holds in memory. */
export interface TableRanker {
  rank(question: RankQuestion, signal: AbortSignal): Promise<TableRanking>;
  /** SHA-256 of the pictures, 32 bytes each, in the order of rankings of this version. */
  ids(signal: AbortSignal): Promise<{ readonly version: number; readonly ids: Uint8Array }>;
  close(): Promise<void>;
}

export interface RankQuestion {
  /** Class embeddings, unit-length rows. */
  readonly labels: Matrix;
  readonly scoring: LogitScoring;
  /** Position of a label whose similarities are wanted. */
  readonly about?: number | undefined;
}

export interface TableRanking extends Ranking {
  /** Of the table. */
  readonly version: number;
}

/** What the thread is started with. */
export interface RankStart {
  readonly place: string;
}

export type ThreadQuestion = RankQuestion | "ids";
export type ThreadAnswer = TableRanking | { readonly version: number; readonly ids: Uint8Array };

/** The thread starts, and reads the table, with the first question; it reads it again when the table has changed. */
export function createTableRanker(place: string): TableRanker {
  const thread = createAskedThread<ThreadQuestion, ThreadAnswer>("rank-worker.js", {
    place,
  } satisfies RankStart);
  return {
    rank: async (question, signal) => (await thread.ask(question, signal)) as TableRanking,
    ids: async (signal) => (await thread.ask("ids", signal)) as { version: number; ids: Uint8Array },
    close: thread.close,
  };
}
