/** Values within a number of bytes; those that were not used for longest go first. */
export interface SizedCache<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
}

/** @param sizeOf bytes that an entry takes, the same at each call */
export function createSizedCache<Value>(
  mostBytes: number,
  sizeOf: (key: string, value: Value) => number,
): SizedCache<Value> {
  // A map keeps the order of insertion, so the first entry is the one that was not used for longest.
  const entries = new Map<string, Value>();
  let bytes = 0;
  const forget = (key: string, value: Value) => {
    entries.delete(key);
    bytes -= sizeOf(key, value);
  };
  return {
    get(key) {
      const found = entries.get(key);
      if (found === undefined) return undefined;
      entries.delete(key);
      entries.set(key, found);
      return found;
    },
    set(key, value) {
      const before = entries.get(key);
      if (before !== undefined) forget(key, before);
      entries.set(key, value);
      bytes += sizeOf(key, value);
      for (const [oldest, other] of entries) {
        if (bytes <= mostBytes) break;
        forget(oldest, other);
      }
    },
  };
}
