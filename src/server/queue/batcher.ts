import { addAbortListener } from "node:events";
import { createFairQueue } from "./fair-queue.js";

/** Who asks, and until when. */
export interface Caller {
  /** What fairness goes by: the id of a key, or an address. */
  readonly client: string;
  /** Aborts when nobody waits for the answer any more, or when its time is over; with the reason that callers get. */
  readonly signal: AbortSignal;
}

/** When items are put together. */
export interface BatchRules {
  /** Items in one call at most. */
  readonly largestBatch: number;
  /** Calls that are under way at a time. */
  readonly ahead: number;
  /** How long an item waits for others while a call is under way, in milliseconds. */
  readonly longestWait: number;
}

/** Collects single items into batches and runs them. */
export interface Batcher<T, R> {
  /** Items that wait, without those that run. */
  readonly waiting: number;
  readonly running: number;
  /** Resolves with what `run` gave for the item; rejects with the caller's reason once that gave up. */
  add(item: T, caller: Caller): Promise<R>;
}

interface Waiting<T, R> {
  readonly item: T;
  readonly caller: Caller;
  resolve(result: R): void;
  reject(error: unknown): void;
}

/**
 * @param run gives a result for each item, in their order. Its signal aborts once no caller waits for any of them.
 */
export function createBatcher<T, R>(
  run: (items: readonly T[], signal: AbortSignal) => Promise<readonly R[]>,
  { largestBatch, ahead, longestWait }: BatchRules,
): Batcher<T, R> {
  const queue = createFairQueue<Waiting<T, R>>();
  let calls = 0;
  let running = 0;
  let timer: NodeJS.Timeout | undefined;

  const start = () => {
    clearTimeout(timer);
    timer = undefined;
    while (queue.size > 0 && calls < ahead) void runBatch(queue.take(largestBatch));
  };
  // The first item goes at once, so that a lone client waits for nobody; those that follow fill a batch meanwhile.
  const consider = () => {
    if (queue.size === 0 || calls >= ahead) return;
    if (calls === 0 || queue.size >= largestBatch) start();
    else timer ??= setTimeout(start, longestWait);
  };
  const runBatch = async (batch: readonly Waiting<T, R>[]) => {
    calls++;
    running += batch.length;
    const stop = new AbortController();
    let wanted = batch.length;
    const listeners = batch.map(({ caller, reject }) =>
      addAbortListener(caller.signal, () => {
        reject(caller.signal.reason);
        if (--wanted === 0) stop.abort(caller.signal.reason);
      }),
    );
    try {
      const results = await run(
        batch.map(({ item }) => item),
        stop.signal,
      );
      for (const [at, { resolve }] of batch.entries()) resolve(results[at]!);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      for (const listener of listeners) listener[Symbol.dispose]();
      calls--;
      running -= batch.length;
      consider();
    }
  };
  return {
    get waiting() {
      return queue.size;
    },
    get running() {
      return running;
    },
    async add(item, caller) {
      caller.signal.throwIfAborted();
      let listener: Disposable | undefined;
      try {
        return await new Promise<R>((resolve, reject) => {
          const entry: Waiting<T, R> = { item, caller, resolve, reject };
          listener = addAbortListener(caller.signal, () => {
            queue.remove(caller.client, entry);
            reject(caller.signal.reason);
          });
          queue.push(caller.client, entry);
          consider();
        });
      } finally {
        listener?.[Symbol.dispose]();
      }
    },
  };
}
