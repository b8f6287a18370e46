import type { Classes } from "../../classify/classes.js";
import { type Lazy, lazy } from "../../files/lazy.js";

/** Labels ready to be compared with pictures, kept for those who ask for the same ones again. */
export interface ClassCache {
  /**
   * The classes that go by `key`, opened where they are not there.
   * @param bytes of their class embeddings
   */
  classes(key: string, bytes: number, open: OpenClasses, signal: AbortSignal): Promise<Classes>;
}

/** Others may wait for the classes too: the signal aborts once nobody does. */
type OpenClasses = (signal: AbortSignal | undefined) => Promise<Classes>;

interface Entry {
  readonly opened: Lazy<Classes>;
  readonly bytes: number;
}

/** @param mostBytes of class embeddings; those that were not used for longest go first */
export function createClassCache(mostBytes: number): ClassCache {
  const entries = new Map<string, Entry>();
  let bytes = 0;
  const forget = (key: string, entry: Entry) => {
    if (entries.get(key) !== entry) return;
    entries.delete(key);
    bytes -= entry.bytes;
  };
  const add = (key: string, entry: Entry): Entry => {
    entries.set(key, entry);
    bytes += entry.bytes;
    for (const [oldest, other] of entries) {
      if (bytes <= mostBytes || other === entry) break;
      forget(oldest, other);
    }
    return entry;
  };
  return {
    async classes(key, size, open, signal) {
      const known = entries.get(key);
      if (known) {
        entries.delete(key);
        entries.set(key, known);
      }
      const entry = known ?? add(key, { opened: lazy(open), bytes: size + key.length * 2 });
      try {
        return await entry.opened(signal);
      } catch (error) {
        forget(key, entry);
        throw error;
      }
    },
  };
}
