import { randomUUID } from "node:crypto";
import { NearlabelError } from "../errors.js";
import type { ObjectStore } from "./object-store.js";

/** Some stores let a repeated write through only where the first has just ended, so all write at once. */
const RACERS = 8;
const ROUNDS = 2;

/**
 * Checks that of several who write an object that is not there yet one succeeds, on which all depends that may run twice: some
 * stores pass over the condition, or look at it too early. Leaves two small objects below `probe/`.
 *
 * @throws NearlabelError `OBJECTS_UNSAFE` where several succeed, or a later one does
 */
export async function checkConditionalPut(store: ObjectStore, signal?: AbortSignal): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const key = `probe/${randomUUID()}`;
    const race = Array.from({ length: RACERS }, (_, racer) =>
      store.put(key, Buffer.from(`${racer}`), { ifAbsent: true, signal }),
    );
    const won = (await Promise.all(race)).filter(Boolean).length;
    const late = await store.put(key, Buffer.from("late"), { ifAbsent: true, signal });
    const stored = await store.read(key, { signal });
    // None may have won where an answer was lost, and the same write was sent again.
    if (won <= 1 && !late && stored !== undefined && Buffer.from(stored).toString() !== "late") continue;
    throw new NearlabelError(
      "OBJECTS_UNSAFE",
      `${store.place}: of ${RACERS} programs that write one object at once, if it is not there (If-None-Match: *), one must succeed; here ${late ? "a later one did too" : `${won} did`}. Two workers could both finish a shard. Use a store that holds the condition, such as Amazon S3, or SeaweedFS from 4.17.`,
    );
  }
}
