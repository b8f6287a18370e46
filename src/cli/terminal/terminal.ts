import { styleText } from "node:util";
import { printable } from "../../files/printable.js";

/** What a command may touch of the world outside; `main.ts` makes the real one. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Aborted by Ctrl-C, SIGTERM and SIGHUP, with `Interrupted` for a reason. */
  readonly signal: AbortSignal;
  /** The command ends by itself once `signal` has aborted, and takes as long as what runs needs; a second signal ends it at once. */
  endsItself?(): void;
}

type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Text for people with a colour of ours; a template literal that holds it gets it with its codes. */
export interface ColouredText {
  /** As it is shown, without the codes. */
  readonly plain: string;
  toString(): string;
}

/**
 * `text`, made printable, in a colour where `stream` is a terminal that shows colours; honours `NO_COLOR` and `FORCE_COLOR`.
 */
export function colour(
  stream: NodeJS.WriteStream,
  styles: Style | readonly Style[],
  text: string,
): ColouredText {
  const plain = printable(text);
  // One style a call: given several at once, Node.js 20 colours streams that are no terminal.
  const shown = [styles].flat().reduce((styled, style) => styleText(style, styled, { stream }), plain);
  return { plain, toString: () => shown };
}

/** Writes one line for people: what a terminal would obey, in names and messages from outside, is shown as text. */
export function writeLine(stream: NodeJS.WriteStream, ...parts: readonly (string | ColouredText)[]): void {
  const shown = parts.map((part) => (typeof part === "string" ? printable(part) : part));
  stream.write(`${shown.join("")}\n`);
}

/**
 * Writes a sentence or some for people: a line, or on a terminal as many as it takes, none broken within a word.
 *
 * @param lead a coloured word before it
 */
export function writeNote(stream: NodeJS.WriteStream, text: string, lead?: ColouredText): void {
  const whole = lead ? `${lead.plain} ${text}` : text;
  const [first = "", ...others] = stream.isTTY ? paragraph(printable(whole), columnsOf(stream)) : [whole];
  writeLine(stream, ...(lead ? [lead, first.slice(lead.plain.length)] : [first]));
  for (const line of others) writeLine(stream, line);
}

/** Columns of the terminal behind `stream`; 100 where there is none, so that files come out the same everywhere, or where it says 0. */
export function columnsOf(stream: NodeJS.WriteStream): number {
  return stream.columns || 100;
}

/** Columns that a table or a paragraph should take at most: as many as the terminal has, and any number in a file. */
export function roomOf(stream: NodeJS.WriteStream): number {
  return stream.isTTY ? columnsOf(stream) : Number.POSITIVE_INFINITY;
}

/** `text` as lines of at most `room` columns, broken between words; of 120 at most, so that they can be read. */
export function paragraph(text: string, room: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= Math.min(room, 120)) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
