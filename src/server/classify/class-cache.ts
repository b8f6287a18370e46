import type { Classes, ClassesOptions } from "../../classify/classes.js";
import { encodedClasses } from "../../classify/classes.js";
import { type Lazy, lazy } from "../../files/lazy.js";
import type { Label } from "../../labels/set/label.js";
import type { Caller } from "../queue/batcher.js";
import type { ServedModel } from "../queue/served-model.js";

/** Labels ready to be compared with pictures, kept for those who ask for the same ones again. */
export interface ClassCache {
  classes(wanted: WantedClasses, model: ServedModel, caller: Caller): Promise<Classes>;
}

interface WantedClasses extends Pick<ClassesOptions, "templates" | "temperature"> {
  readonly labels: readonly Label[];
  readonly reject?: Exclude<ClassesOptions["reject"], true>;
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
  const add = (key: string, wanted: WantedClasses, model: ServedModel, { client }: Caller): Entry => {
    // Others may wait for them too, so they do not end with the first who asks.
    const encoder = model.encoderFor({ client, signal: new AbortController().signal });
    const { labels, templates, temperature, reject } = wanted;
    const entry: Entry = {
      opened: lazy((signal) => encodedClasses(labels, encoder, { templates, temperature, reject, signal })),
      bytes: labels.length * encoder.dimension * 4 + key.length * 2,
    };
    entries.set(key, entry);
    bytes += entry.bytes;
    for (const [oldest, other] of entries) {
      if (bytes <= mostBytes || other === entry) break;
      forget(oldest, other);
    }
    return entry;
  };
  return {
    async classes(wanted, model, caller) {
      const key = JSON.stringify([model.id, wanted]);
      const known = entries.get(key);
      if (known) {
        entries.delete(key);
        entries.set(key, known);
      }
      const entry = known ?? add(key, wanted, model, caller);
      try {
        return await entry.opened(caller.signal);
      } catch (error) {
        forget(key, entry);
        throw error;
      }
    },
  };
}
