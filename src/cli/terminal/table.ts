import stringWidth from "fast-string-width";
import { printableLine } from "./terminal.js";

export type Align = "left" | "right";

export interface Column {
  readonly header: string;
  readonly align?: Align;
}

/**
 * Lines of a table whose columns are as wide as their widest cell and two spaces apart. Cells may hold wide characters
 * and the codes of `colour`; what else a terminal would obey is shown as text. No header line where all headers are empty.
 */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const headers = columns.map(({ header }) => header);
  const lines = headers.some((header) => header !== "") ? [headers, ...rows] : rows;
  const shown = lines.map((cells) => columns.map((_, at) => printableLine(cells[at] ?? "")));
  const widths = columns.map((_, at) =>
    shown.reduce((widest, cells) => Math.max(widest, stringWidth(cells[at]!)), 0),
  );
  return shown.map((cells) =>
    columns
      .map(({ align = "left" }, at) => pad(cells[at]!, widths[at]!, align))
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
