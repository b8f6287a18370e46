#!/usr/bin/env node
import { codedError } from "../errors.js";
import { type EndSignal, exitCodeOf, Interrupted } from "./exit.js";
import { run } from "./program.js";
import { writeError } from "./terminal/error-line.js";
import { standardStreams } from "./terminal/standard-streams.js";

const interrupt = new AbortController();
/** Time to write what is finished; more would not be within a second of the signal. */
const GRACE_MS = 800;
let endsItself = false;

for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => {
    if (interrupt.signal.aborted) return endBy(name);
    interrupt.abort(new Interrupted(name));
    if (!endsItself) setTimeout(endBy, GRACE_MS, name).unref();
  });
}

/** Ends at once, as the signal would have. `process.exit` waits for what other threads do, such as opening a pipe without a writer. */
function endBy(name: EndSignal): void {
  process.removeAllListeners(name);
  process.kill(process.pid, name);
}

// Rejections that nobody waits for come here as well.
process.on("uncaughtException", (thrown) => {
  const error = codedError(thrown);
  writeError(error, process);
  process.exit(exitCodeOf(error));
});

process.exitCode = await run(process.argv.slice(2), {
  ...standardStreams(),
  signal: interrupt.signal,
  endsItself: () => {
    endsItself = true;
  },
});
// At its own end Node.js resets the terminal, and aborts where that is gone.
if (interrupt.signal.aborted && interrupt.signal.reason.by === "SIGHUP") endBy("SIGHUP");
