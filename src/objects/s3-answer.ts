import { setMaxListeners } from "node:events";
import { setTimeout } from "node:timers/promises";
import { isTransient, objectError, statusOf } from "./s3-errors.js";

/** For how long a request is tried again: a store that restarts, or a network that is cut, comes back within it. */
const PATIENCE_MS = 60_000;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5_000;

interface Asked {
  readonly place: string;
  readonly doing: "read" | "written";
  readonly signal?: AbortSignal | undefined;
}

/**
 * What `ask` gives, tried again while the store does not answer, is overloaded, or breaks off. An answer with one of the
 * statuses `expected` is thrown as it came.
 *
 * @throws NearlabelError `OBJECTS_NOT_FOUND`, `OBJECTS_REFUSED`, `OBJECTS_UNAVAILABLE`
 */
export async function answered<T>(
  { place, doing, signal }: Asked,
  ask: () => Promise<T>,
  expected: readonly number[] = [],
): Promise<T> {
  // As many requests as are under way listen to the signal of one caller; Node.js warns from eleven on.
  if (signal) setMaxListeners(0, signal);
  const started = performance.now();
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    try {
      return await ask();
    } catch (cause) {
      signal?.throwIfAborted();
      if (expected.includes(statusOf(cause) ?? 0)) throw cause;
      const isLate = performance.now() - started > PATIENCE_MS;
      if (isLate || !isTransient(cause)) throw objectError(place, cause, doing);
      // Many that were cut off at once do not come back at once.
      await setTimeout(wait * (0.5 + Math.random()), undefined, { signal });
    }
  }
}
