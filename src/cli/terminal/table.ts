import stringWidth from "fast-string-width";
import { printable } from "../../files/printable.js";
import { maximum } from "../../math/softmax.js";
import type { ColouredText } from "./terminal.js";

type Align = "left" | "right";

export interface Column {
  readonly header: string;
  readonly align?: Align;
  /** Left out where there is no room for all columns; of several, the one with the largest number goes first. */
  readonly dispensable?: number;
}

/**
 * Lines of a table whose columns are as wide as their widest cell and two spaces apart. Cells may hold wide characters; what
 * a terminal would obey is shown as text. No header line where all headers are empty.
 *
 * @param room terminal columns that the table should take at most; dispensable columns are left out for it, no cell is cut
 */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly (string | ColouredText)[])[],
  room = Number.POSITIVE_INFINITY,
): string[] {
  const headers = columns.map(({ header }) => header);
  const lines = headers.some((header) => header !== "") ? [headers, ...rows] : rows;
  const shown = lines.map((cells) => columns.map((_, at) => cellOf(cells[at] ?? "")));
  const widths = columns.map((_, at) => maximum(shown.map((cells) => cells[at]!.width)));
  const kept = fitting(columns, widths, room);
  return shown.map((cells) =>
    kept
      .map((at) => {
        const { text, width } = cells[at]!;
        const space = " ".repeat(widths[at]! - width);
        return columns[at]!.align === "right" ? space + text : text + space;
      })
      .join("  ")
      .trimEnd(),
  );
}

/** Positions of the columns that there is room for, and of those that cannot be left out. */
function fitting(columns: readonly Column[], widths: readonly number[], room: number): number[] {
  const order = (at: number) => columns[at]!.dispensable ?? 0;
  let kept = columns.map((_, at) => at);
  while (kept.reduce((sum, at) => sum + widths[at]! + 2, -2) > room) {
    const last = kept.reduce((most, at) => (order(at) > order(most) ? at : most));
    if (order(last) === 0) break;
    kept = kept.filter((at) => at !== last);
  }
  return kept;
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
