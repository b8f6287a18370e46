#!/usr/bin/env node
import { codedError } from "../errors.js";
import { EXIT, exitCodeOf } from "./exit.js";
import { run } from "./program.js";
import { writeError } from "./terminal/error-line.js";

const interrupt = new AbortController();
process.on("SIGINT", () => {
  if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
  interrupt.abort(new Error("Interrupted"));
});
// `nearlabel ... | head` closes the pipe early: that is the reader's choice, not a failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});
// Rejections that nobody waits for come here as well.
process.on("uncaughtException", (thrown) => {
  const error = codedError(thrown);
  writeError(error, process);
  process.exit(exitCodeOf(error));
});

process.exitCode = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interrupt.signal,
});
