/** A file, a network or a library that is opened at its first use and kept, with all who ask sharing one opening. */
export interface Lazy<T> {
  /**
   * A failure is not kept: the next use tries again. With a signal, waiting ends when that aborts, and the opening too
   * where nobody else waits for it.
   */
  (signal?: AbortSignal): Promise<T>;
  /**
   * The opened value, which is forgotten, so that the next use opens another; undefined where there is none. An opening
   * under way is stopped, and `reason` is what those who wait for it get.
   */
  take(reason?: unknown): Promise<T | undefined>;
}

interface Opening<T> {
  readonly value: Promise<T>;
  readonly stop: AbortController;
  waiting: number;
}

/** @param open may end early when its signal aborts */
export function lazy<T>(open: (signal: AbortSignal) => Promise<T>): Lazy<T> {
  let opening: Opening<T> | undefined;
  const start = (): Opening<T> => {
    const stop = new AbortController();
    const value = open(stop.signal).catch((error: unknown) => {
      if (opening?.stop === stop) opening = undefined;
      throw error;
    });
    return { value, stop, waiting: 0 };
  };
  const get = async (signal?: AbortSignal): Promise<T> => {
    // It ends in an abort that is not this caller's, unless that came too late.
    if (opening?.stop.signal.aborted) await opening.value.catch(() => {});
    signal?.throwIfAborted();
    opening ??= start();
    const { value, stop } = opening;
    const shared = opening;
    shared.waiting++;
    try {
      return signal ? await untilAborted(value, signal) : await value;
    } finally {
      shared.waiting--;
      if (signal?.aborted && shared.waiting === 0) stop.abort(signal.reason);
    }
  };
  const take = async (reason?: unknown) => {
    const { value, stop } = opening ?? {};
    opening = undefined;
    stop?.abort(reason);
    return value?.catch(() => undefined);
  };
  return Object.assign(get, { take });
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
