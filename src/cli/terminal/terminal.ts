import { styleText } from "node:util";
import { printable } from "../../files/printable.js";

/** What a command may touch of the world outside; `main.ts` makes the real one. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Colours `text` where `stream` is a terminal that shows colours; honours `NO_COLOR` and `FORCE_COLOR`. */
export function colour(stream: NodeJS.WriteStream, styles: Style | readonly Style[], text: string): string {
  // One style a call: given several at once, Node.js 20 colours streams that are no terminal.
  return [styles].flat().reduce((styled, style) => styleText(style, styled, { stream }), text);
}

/** What `colour` writes: bold, dim, some colours, and their ends. They can hide nothing, whoever wrote them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with one.
const COLOURS = /(\u001b\[(?:1|2|22|3[1236]|39)m)/;

/** `printable` text, in which the codes of `colour` stay. */
export function printableLine(text: string): string {
  const pieces = text.split(COLOURS);
  return pieces.map((piece, at) => (at % 2 === 0 ? printable(piece) : piece)).join("");
}

/** Writes one line for people: what a terminal would obey, in names and messages from outside, is shown as text. */
export function writeLine(stream: NodeJS.WriteStream, text: string): void {
  stream.write(`${printableLine(text)}\n`);
}

/** Columns of the terminal behind `stream`; 100 where there is none, so that files come out the same everywhere. */
export function columnsOf(stream: NodeJS.WriteStream): number {
  return stream.columns ?? 100;
}
