import { type ErrorCode, NearlabelError } from "../../../errors.js";
import { writeError } from "../../terminal/error-line.js";
import type { Terminal } from "../../terminal/terminal.js";

/** What a worker says to whoever started it. */
export const WORKER_EXIT = {
  done: 0,
  /** May go well at another time, or elsewhere. */
  retry: 1,
  /** Will not go well, however often it is tried. */
  poison: 42,
} as const;

/** Of a store or a hub that gives no answer now, and of a disk of this machine. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  "OBJECTS_UNAVAILABLE",
  "HUB_UNAVAILABLE",
  "HUB_RESPONSE_INVALID",
  "HUB_CORRUPT",
  "WRITE_FAILED",
]);

/** What `work` gives; for what kept a worker from its work and passes, that it may be tried again. */
export async function workerExit(terminal: Terminal, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof NearlabelError && PASSING.has(error.code))) throw error;
    writeError(error, terminal);
    return WORKER_EXIT.retry;
  }
}
