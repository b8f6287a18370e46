import { createAskedThread } from "../threads/asked-thread.js";
import type { DatasetPlace } from "./dataset-place.js";
import type { Cell, CellPictures } from "./evaluations.js";

/** What the thread is asked. */
export interface CellQuestion {
  /** File of the `Answers` of an evaluation. */
  readonly answers: string;
  readonly cell: Cell;
  /** Where the pictures lie; without, the data set is not served any more. */
  readonly place: DatasetPlace | undefined;
}

/** Finds the pictures of cells, and makes small copies of them, in a thread of its own: a data set may have a million. */
export interface CellFinder {
  find(question: CellQuestion, signal: AbortSignal): Promise<CellPictures>;
  close(): Promise<void>;
}

export function createCellFinder(): CellFinder {
  const thread = createAskedThread<CellQuestion, CellPictures>("cell-worker.js", {});
  return { find: thread.ask, close: thread.close };
}
