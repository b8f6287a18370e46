import { styleText } from "node:util";

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

/** Columns of the terminal behind `stream`; 100 where there is none, so that files come out the same everywhere. */
export function columnsOf(stream: NodeJS.WriteStream): number {
  return stream.columns ?? 100;
}
