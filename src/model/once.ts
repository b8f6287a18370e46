/** A value that is opened at its first use and kept; a failure is not kept, so that the next use tries again. */
export interface Once<T> {
  (): Promise<T>;
  /** The opened value, or undefined where it was never asked for or could not be opened. */
  opened(): Promise<T | undefined>;
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
  return Object.assign(get, { opened: async () => pending?.catch(() => undefined) });
}
