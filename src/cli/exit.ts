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
  interrupted: 130,
} as const;

/** Of a command that `error` ended. */
export function exitCodeOf({ kind }: NearlabelError): number {
  return kind === "internal" ? EXIT.internal : EXIT.usage;
}
