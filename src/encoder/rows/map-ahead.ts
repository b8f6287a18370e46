import { addAbortListener } from "node:events";

export interface MapAheadOptions {
  /** Items whose work may be under way or done before they are asked for. At least 1. */
  readonly ahead: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * `work` on each item, results in the order of the items. At most `ahead` items are begun before they are asked for, so
 * that a slow consumer stops the reading. Where the items end in an error, the results of all before it come first.
 * @throws the signal's reason as soon as it aborts, though the items may then still be waiting for their source
 */
export async function* mapAhead<T, R>(
  items: AsyncGenerator<T>,
  work: (item: T) => Promise<R>,
  { ahead, signal }: MapAheadOptions,
): AsyncGenerator<R> {
  const begun: Promise<Done<R>>[] = [];
  const begin = () => {
    const next = workOn(items, work);
    // Awaited in its turn; until then a failure must not count as unhandled.
    next.catch(() => {});
    begun.push(next);
  };
  try {
    signal?.throwIfAborted();
    while (begun.length < ahead) begin();
    for (;;) {
      const result = await unlessAborted(begun.shift()!, signal);
      if (result.done) return;
      begin();
      yield result.value;
      signal?.throwIfAborted();
    }
  } finally {
    const returned = items.return(undefined);
    // A source that is stuck must not hold up an abort.
    if (signal?.aborted) returned.catch(() => {});
    else await returned;
  }
}

type Done<R> = { readonly done: true } | { readonly done: false; readonly value: R };

async function workOn<T, R>(items: AsyncGenerator<T>, work: (item: T) => Promise<R>): Promise<Done<R>> {
  const { done, value } = await items.next();
  return done ? { done } : { done: false, value: await work(value) };
}

/** `promise`, or the signal's reason if that comes first. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  signal.throwIfAborted();
  let listener: Disposable | undefined;
  const aborted = new Promise<never>((_, reject) => {
    listener = addAbortListener(signal, () => reject(signal.reason));
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    listener?.[Symbol.dispose]();
  }
}

/**
 * Items in arrays of `size`; the last may be shorter, also where the items end in an error, which then follows it.
 * Reads no further once `stop` says so.
 */
export async function* batches<T>(
  items: AsyncIterable<T> | Iterable<T>,
  size: number,
  stop?: AbortSignal,
): AsyncGenerator<T[]> {
  let batch: T[] = [];
  try {
    for await (const item of items) {
      if (stop?.aborted) return;
      batch.push(item);
      if (batch.length === size) {
        yield batch;
        batch = [];
      }
    }
  } catch (error) {
    if (batch.length > 0) yield batch;
    throw error;
  }
  if (batch.length > 0) yield batch;
}
