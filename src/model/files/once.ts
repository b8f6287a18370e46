/** A value that is opened at its first use and kept; a failure is not kept, so that the next use tries again. */
export interface Once<T> {
  (): Promise<T>;
  /** The opened value, or undefined where it was never asked for or could not be opened. */
  opened(): Promise<T | undefined>;
  /** The same, and forgets it: the next use opens another. */
  take(): Promise<T | undefined>;
}

export function once<T>(open: () => Promise<T>): Once<T> {
  let pending: Promise<T> | undefined;
  const get = () => {
    pending ??= open().catch((error: unknown) => {
      pending = undefined;
      throw error;
    });
    return pending;
  };
  const opened = async () => pending?.catch(() => undefined);
  const take = () => {
    const value = opened();
    pending = undefined;
    return value;
  };
  return Object.assign(get, { opened, take });
}
