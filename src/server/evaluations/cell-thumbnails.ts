import { createAskedThread } from "../threads/asked-thread.js";

/** What the thread is started with. */
export interface CellStart {
  readonly path: string;
  readonly split: string | undefined;
}

/** Small copies of pictures of data sets. */
export interface CellThumbnails {
  /** Data URIs in the order of `ids`; `undefined` for what cannot be read any more. */
  of(
    start: CellStart,
    ids: readonly (string | number)[],
    signal: AbortSignal,
  ): Promise<readonly (string | undefined)[]>;
  close(): Promise<void>;
}

/** A thread for the data set that was asked for last. */
export function createCellThumbnails(): CellThumbnails {
  const open = (start: CellStart) =>
    createAskedThread<readonly (string | number)[], (string | undefined)[]>("cell-worker.js", start);
  let last: { readonly key: string; readonly thread: ReturnType<typeof open> } | undefined;
  return {
    async of(start, ids, signal) {
      const key = JSON.stringify(start);
      if (last?.key !== key) {
        await last?.thread.close();
        last = { key, thread: open(start) };
      }
      return last.thread.ask(ids, signal);
    },
    async close() {
      await last?.thread.close();
    },
  };
}
