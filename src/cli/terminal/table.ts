import stringWidth from "fast-string-width";
import { printable } from "../../files/printable.js";
import type { ColouredText } from "./terminal.js";

export type Align = "left" | "right";

export interface Column {
  readonly header: string;
  readonly align?: Align;
}

/**
 * Lines of a table whose columns are as wide as their widest cell and two spaces apart. Cells may hold wide characters; what
 * a terminal would obey is shown as text. No header line where all headers are empty.
 */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly (string | ColouredText)[])[],
): string[] {
  const headers = columns.map(({ header }) => header);
  const lines = headers.some((header) => header !== "") ? [headers, ...rows] : rows;
  const shown = lines.map((cells) => columns.map((_, at) => cellOf(cells[at] ?? "")));
  const widths = columns.map((_, at) =>
    shown.reduce((widest, cells) => Math.max(widest, cells[at]!.width), 0),
  );
  return shown.map((cells) =>
    columns
      .map(({ align = "left" }, at) => {
        const { text, width } = cells[at]!;
        const space = " ".repeat(widths[at]! - width);
        return align === "left" ? text + space : space + text;
      })
      .join("  ")
      .trimEnd(),
  );
}

function cellOf(cell: string | ColouredText): { text: string; width: number } {
  const plain = typeof cell === "string" ? printable(cell) : cell.plain;
  return { text: typeof cell === "string" ? plain : String(cell), width: stringWidth(plain) };
}

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A bar of `width` terminal columns filled to `share` (0 to 1), to an eighth of a column. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  return `${"█".repeat(eighths >> 3)}${EIGHTHS[eighths & 7]}`.padEnd(width);
}
