import { isAbsolute } from "node:path";
import { mapAhead } from "../../encoder/rows/map-ahead.js";
import { fileRow } from "../../rows/picture-row.js";
import { sqlIn } from "../../store/filter.js";
import type { ImageTable } from "../table/image-table.js";
import { tablePictures, type WantedPicture } from "../table/table-pictures.js";
import type { Incoming, IngestSource } from "./incoming.js";

/** Files that are asked for their version at the same time. */
const AHEAD = 16;
/** Rows of data sets that are read together. */
const ROWS_AT_ONCE = 64;

/**
 * Pictures under the very paths that a table has for them: files as they are now, others where they are still what was embedded. Nothing of
 * the table is taken for gone by it.
 */
export function listedSource(table: ImageTable, paths: readonly string[]): IngestSource {
  const isFile = (path: string) => isAbsolute(path) && !path.includes("#");
  const files = paths.filter(isFile);
  const others = paths.filter((path) => !isFile(path));
  return {
    async *pictures() {
      yield* mapAhead(each(files), incoming, { ahead: AHEAD });
      yield* storedElsewhere(table, others);
    },
    count: async () => paths.length,
    owns: () => false,
    isThere: async () => true,
    paired: () => [],
  };
}

async function* each(paths: readonly string[]): AsyncGenerator<string> {
  yield* paths;
}

async function incoming(path: string): Promise<Incoming> {
  const { image, version } = await fileRow(path, path, undefined);
  return { path, image, isListed: true, ...(version && { version }) };
}

async function* storedElsewhere(table: ImageTable, paths: readonly string[]): AsyncGenerator<Incoming> {
  const pictures = tablePictures(table);
  for (let at = 0; at < paths.length; at += ROWS_AT_ONCE) {
    const { columns } = await table.table.read({
      columns: ["path", "id", "width", "bytes", "modified"],
      where: sqlIn("path", paths.slice(at, at + ROWS_AT_ONCE)),
    });
    const rows = (columns.path ?? []).map((path, row) => ({
      ...({
        path,
        id: columns.id![row],
        width: columns.width![row],
        bytes: columns.bytes![row],
      } as WantedPicture),
      modified: columns.modified![row] as Date | null,
    }));
    const byPath = new Map(rows.map((row) => [row.path, row]));
    for await (const { path, image } of pictures.read(rows)) {
      const { bytes, modified } = byPath.get(path)!;
      const version = modified && { version: { bytes: bytes ?? 0, modified: modified.getTime() } };
      if (image) yield { path, image, ...version };
    }
  }
}
