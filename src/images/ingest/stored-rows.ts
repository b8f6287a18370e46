import { row } from "../../math/matrix.js";
import type { Cell } from "../../store/rows.js";
import type { ImageTable } from "../table/image-table.js";

/** A row of a table of pictures with all of its columns. */
export interface StoredRow {
  readonly path: string;
  readonly id: string;
  readonly cells: Readonly<Record<string, Cell>>;
  readonly vector: Float32Array;
}

/** The rows that meet an SQL condition, which must be few. */
export async function storedRows({ table }: ImageTable, where: string): Promise<StoredRow[]> {
  const found: StoredRow[] = [];
  for await (const { columns, vectors } of table.scan({ where })) {
    const entries = Object.entries(columns);
    for (const [index, path] of ((columns.path ?? []) as readonly string[]).entries()) {
      const cells = Object.fromEntries(entries.map(([name, values]) => [name, values[index]!]));
      found.push({ path, id: cells.id as string, cells, vector: row(vectors!, index) });
    }
  }
  return found;
}
