import { count, percent } from "../../math/number-text.js";
import { bar, tableLines } from "../terminal/table.js";
import { colour, roomOf, type Terminal, writeLine } from "../terminal/terminal.js";

/** Labels that are listed; --json has all. */
const SHOWN = 20;

/** Labels with their number and share, the most frequent first. */
export function writeCounts(
  counts: ReadonlyMap<string, number>,
  pictures: number,
  stdout: Terminal["stdout"],
): void {
  if (counts.size === 0) return;
  const most = Math.max(...counts.values());
  const rows = [...counts]
    .slice(0, SHOWN)
    .map(([label, number]) => [label, count(number), percent(number / pictures), bar(number / most, 24)]);
  const columns = [
    { header: "label" },
    { header: "pictures", align: "right" },
    { header: "share", align: "right", dispensable: 2 },
    { header: "", dispensable: 1 },
  ] as const;
  const [header = "", ...lines] = tableLines(columns, rows, roomOf(stdout));
  stdout.write(`${[colour(stdout, "dim", header), ...lines].join("\n")}\n`);
  if (counts.size > SHOWN) writeLine(stdout, `and ${count(counts.size - SHOWN)} more labels`);
}
