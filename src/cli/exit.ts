import { constants } from "node:os";
import type { NearlabelError } from "../errors.js";

/** What a run of the program says to the shell. */
export const EXIT = {
  ok: 0,
  /** Some pictures failed; the others are done. */
  failed: 1,
  /** Nothing could be done: wrong options, no labels, no model, an unwritable folder. */
  usage: 2,
  /** A fault of the program itself; `EX_SOFTWARE` of sysexits.h. */
  internal: 70,
} as const;

/** Of a command that `error` ended. */
export function exitCodeOf({ kind }: NearlabelError): number {
  return kind === "internal" ? EXIT.internal : EXIT.usage;
}

/** What asks the program to end: Ctrl-C, what queues and supervisors send, and a terminal that was closed. */
export type EndSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** The reason of a `Terminal`'s signal. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  constructor(readonly by: EndSignal) {
    super(`Interrupted by ${by}`);
  }
}

/** 130, 143 or 129, as shells say it of a program that a signal ended. */
export function interruptedCode({ reason }: AbortSignal): number {
  const by = reason instanceof Interrupted ? reason.by : "SIGINT";
  return 128 + constants.signals[by];
}
