import stringWidth from "fast-string-width";
import { maximum } from "../../math/softmax.js";

export type Align = "left" | "right";

export interface Column {
  readonly header: string;
  readonly align?: Align;
}

/**
 * Lines of a table whose columns are as wide as their widest cell and two spaces apart. Cells may hold colour
 * codes and wide characters. No header line where all headers are empty.
 */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const headers = columns.map(({ header }) => header);
  const lines = headers.some((header) => header !== "") ? [headers, ...rows] : rows;
  const widths = columns.map((_, at) => maximum(lines.map((cells) => stringWidth(cells[at] ?? ""))));
  return lines.map((cells) =>
    columns
      .map(({ align = "left" }, at) => pad(cells[at] ?? "", widths[at]!, align))
      .join("  ")
      .trimEnd(),
  );
}

/** `text` filled with spaces to `width` terminal columns. */
export function pad(text: string, width: number, align: Align = "left"): string {
  const space = " ".repeat(Math.max(0, width - stringWidth(text)));
  return align === "left" ? text + space : space + text;
}

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A bar of `width` terminal columns filled to `share` (0 to 1), to an eighth of a column. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  return pad("█".repeat(eighths >> 3) + EIGHTHS[eighths & 7], width);
}

/** Text from outside as one line that cannot move the cursor or change colours: control characters are shown. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) =>
    JSON.stringify(character) === `"${character}"`
      ? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
      : JSON.stringify(character).slice(1, -1),
  );
}

/** `1 picture`, `2 pictures`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
