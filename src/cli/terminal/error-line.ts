import { inspect } from "node:util";
import { NearlabelError } from "../../errors.js";
import { eraseLine } from "./progress.js";
import { colour, type Terminal, writeLine, writeNote } from "./terminal.js";

/**
 * Writes an error to stderr, in place of a progress line that may stand there. `NEARLABEL_DEBUG` in the environment adds
 * the stack, and that of its cause.
 */
export function writeError(error: NearlabelError, terminal: Pick<Terminal, "stderr">): void {
  const { stderr } = terminal;
  const { code, kind, message } = error;
  const debug = Boolean(process.env.NEARLABEL_DEBUG);
  const report =
    kind === "internal" && !debug ? " (a fault of nearlabel; NEARLABEL_DEBUG=1 shows where)" : "";
  eraseLine(terminal);
  writeNote(stderr, `${message}${report}`, colour(stderr, "red", `${code}:`));
  if (debug) for (const line of inspect(error).split("\n")) writeLine(stderr, line);
}

/** `error` with the number of its row, where the picture has no name: one in a data set. */
export function ofRow(id: string | number, error: NearlabelError): NearlabelError {
  return typeof id === "number"
    ? new NearlabelError(error.code, `Row ${id}: ${error.message}`, { cause: error })
    : error;
}
