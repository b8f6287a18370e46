/** A file, a network or a library that is opened at its first use and kept, with all who ask sharing one opening. */
export interface Lazy<T> {
  /** A failure is not kept: the next use tries again. */
  (): Promise<T>;
  /** The opened value, or undefined where it was never asked for or could not be opened. */
  opened(): Promise<T | undefined>;
  /** The same, and forgets it: the next use opens another. */
  take(): Promise<T | undefined>;
}

export function lazy<T>(open: () => Promise<T>): Lazy<T> {
  let pending: Promise<T> | undefined;
  const get = () => {
    if (pending) return pending;
    const opening = open().catch((error: unknown) => {
      // What was taken in the meantime may have been opened anew.
      if (pending === opening) pending = undefined;
      throw error;
    });
    pending = opening;
    return opening;
  };
  const opened = async () => pending?.catch(() => undefined);
  const take = () => {
    const value = opened();
    pending = undefined;
    return value;
  };
  return Object.assign(get, { opened, take });
}
