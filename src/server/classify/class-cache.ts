import type { Classes } from "../../classify/classes.js";
import { type Lazy, lazy } from "../../files/lazy.js";

/** Labels ready to be compared with pictures, kept for those who ask for the same ones again. */
export interface ClassCache {
  /** The classes that go by `key`; where they are not there, `prepare` says how they are opened. */
  classes(key: string, prepare: () => ClassOpening, signal: AbortSignal): Promise<Classes>;
}

/** How classes are opened that are not there yet. */
interface ClassOpening {
  /** Of their class embeddings. */
  readonly bytes: number;
  /** Others may wait for the classes too: the signal aborts once nobody does. */
  open(signal: AbortSignal | undefined): Promise<Classes>;
}

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
  const add = (key: string, { bytes: size, open }: ClassOpening): Entry => {
    const entry = { opened: lazy(open), bytes: size + key.length * 2 };
    entries.set(key, entry);
    bytes += entry.bytes;
    for (const [oldest, other] of entries) {
      if (bytes <= mostBytes || other === entry) break;
      forget(oldest, other);
    }
    return entry;
  };
  return {
    async classes(key, prepare, signal) {
      const known = entries.get(key);
      if (known) {
        entries.delete(key);
        entries.set(key, known);
      }
      const entry = known ?? add(key, prepare());
      try {
        return await entry.opened(signal);
      } catch (error) {
        forget(key, entry);
        throw error;
      }
    },
  };
}
