import { NearlabelError } from "../../errors.js";
import { eraseLine } from "./progress.js";
import { printable } from "./table.js";
import { colour, type Terminal } from "./terminal.js";

/** Writes an error to stderr, in place of a progress line that may stand there. */
export function writeError({ code, message }: NearlabelError, terminal: Terminal): void {
  const { stderr } = terminal;
  eraseLine(terminal);
  stderr.write(`${colour(stderr, "red", `${code}:`)} ${printable(message)}\n`);
}

/** `error` with the number of its row, where the picture has no name: one in a data set. */
export function ofRow(id: string | number, error: NearlabelError): NearlabelError {
  return typeof id === "number"
    ? new NearlabelError(error.code, `Row ${id}: ${error.message}`, { cause: error })
    : error;
}
