import type { Matrix } from "../../math/matrix.js";
import type { LogitScoring } from "../../model/config/families.js";
import { createAskedThread } from "../threads/asked-thread.js";
import type { Learned } from "./learning.js";
import type { RankedLabel, Ranking } from "./ranking.js";

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

export interface TableRanking extends Omit<Ranking, "told"> {
  /** Of the table. */
  readonly version: number;
  /** The best labels of `pictures`, of those that are there. */
  readonly told: readonly { readonly id: string; readonly labels: readonly RankedLabel[] }[];
  /** Position of the label that each picture was given; 65,535 where it was given none of them. */
  readonly given: Uint16Array;
  /** Where that was wanted. */
  readonly learned?: Learned;
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
