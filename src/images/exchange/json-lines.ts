import type { ImageTable } from "../table/image-table.js";
import { type ExportSettings, exportedRows } from "./exported-rows.js";
import { writeTextFile } from "./text-file.js";

/**
 * One object a line with the columns of the table, `vector` last; what is not known is left out. Numbers of vectors have nine
 * digits, from which the same float32 is read back.
 */
export async function exportJsonLines(
  table: ImageTable,
  path: string,
  settings: ExportSettings,
): Promise<void> {
  await writeTextFile(path, lines(table, settings));
}

async function* lines(table: ImageTable, settings: ExportSettings): AsyncGenerator<string> {
  for await (const { image, vector } of exportedRows(table, settings, true)) {
    const { columns, givenLabel, labelSet, ...known } = image;
    const cells = { ...known, given_label: givenLabel, label_set: labelSet, ...columns };
    const there = Object.entries(cells).filter(([, cell]) => cell !== null);
    const numbers = Array.from(vector, (value) => Number(value.toPrecision(9)));
    yield `${JSON.stringify({ ...Object.fromEntries(there), vector: numbers }, bigints)}\n`;
  }
}

function bigints(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}
