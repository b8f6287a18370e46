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

/** Collects items of many callers into batches and runs them. */
export interface Batcher<T, R> {
  /** Items that wait, without those that run. */
  readonly waiting: number;
  readonly running: number;
  /** What is done with, since the beginning. */
  readonly done: { readonly items: number; readonly batches: number };
  /**
   * Resolves with what `run` gave for each item; rejects with the caller's reason once that gave up.
   * @param onProgress called with the number of items done
   */
  addAll(items: readonly T[], caller: Caller, onProgress?: (done: number) => void): Promise<readonly R[]>;
}

/** Items that were added in one call. */
interface Group<R> {
  readonly client: string;
  readonly results: R[];
  left: number;
  /** Nobody waits for it any more. */
  isOver: boolean;
  readonly runs: Set<Run<R>>;
  resolve(results: readonly R[]): void;
  reject(error: unknown): void;
  onProgress?: ((done: number) => void) | undefined;
}

interface Entry<T, R> {
  readonly item: T;
  readonly at: number;
  readonly group: Group<R>;
}

interface Run<R> {
  readonly groups: ReadonlySet<Group<R>>;
  readonly stop: AbortController;
}

/**
 * @param run gives a result for each item, in their order. Its signal aborts once no caller waits for any of them.
 */
export function createBatcher<T, R>(
  run: (items: readonly T[], signal: AbortSignal) => Promise<readonly R[]>,
  { largestBatch, ahead, longestWait }: BatchRules,
): Batcher<T, R> {
  const queue = createFairQueue<Entry<T, R>>();
  const done = { items: 0, batches: 0 };
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
  const end = (group: Group<R>, error: unknown) => {
    group.isOver = true;
    queue.remove(group.client, (entry) => entry.group === group);
    group.reject(error);
    for (const { groups, stop } of group.runs)
      if ([...groups].every(({ isOver }) => isOver)) stop.abort(error);
  };
  const runBatch = async (batch: readonly Entry<T, R>[]) => {
    calls++;
    running += batch.length;
    const stop = new AbortController();
    const current: Run<R> = { groups: new Set(batch.map(({ group }) => group)), stop };
    for (const { runs } of current.groups) runs.add(current);
    try {
      const items = batch.map(({ item }) => item);
      const results = await run(items, stop.signal);
      for (const [index, entry] of batch.entries()) finish(entry, results[index]!);
    } catch (error) {
      for (const group of current.groups) if (!group.isOver) end(group, error);
    } finally {
      for (const { runs } of current.groups) runs.delete(current);
      calls--;
      running -= batch.length;
      done.batches++;
      done.items += batch.length;
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
    done,
    async addAll(items, { client, signal }, onProgress) {
      signal.throwIfAborted();
      if (items.length === 0) return [];
      let listener: Disposable | undefined;
      try {
        return await new Promise<readonly R[]>((resolve, reject) => {
          const results = new Array<R>(items.length);
          const runs = new Set<Run<R>>();
          const group = {
            client,
            results,
            left: items.length,
            isOver: false,
            runs,
            resolve,
            reject,
            onProgress,
          };
          listener = addAbortListener(signal, () => end(group, signal.reason));
          for (const [at, item] of items.entries()) queue.push(client, { item, at, group });
          consider();
        });
      } finally {
        listener?.[Symbol.dispose]();
      }
    },
  };
}

function finish<T, R>({ group, at }: Entry<T, R>, result: R): void {
  if (group.isOver) return;
  group.results[at] = result;
  group.left--;
  group.onProgress?.(group.results.length - group.left);
  if (group.left > 0) return;
  group.isOver = true;
  group.resolve(group.results);
}
