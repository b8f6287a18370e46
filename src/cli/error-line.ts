import type { NearlabelError } from "../errors.js";
import { eraseLine } from "./progress.js";
import { printable } from "./table.js";
import { colour, type Terminal } from "./terminal.js";

/** Writes an error to stderr, in place of a progress line that may stand there. */
export function writeError({ code, message }: NearlabelError, terminal: Terminal): void {
  const { stderr } = terminal;
  eraseLine(terminal);
  stderr.write(`${colour(stderr, "red", `${code}:`)} ${printable(message)}\n`);
}
