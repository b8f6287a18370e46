import { NearlabelError } from "../../errors.js";
import type { ImageTable } from "../table/image-table.js";
import type { IngestSource } from "./incoming.js";
import { isThere } from "./is-there.js";
import type { KnownPictures } from "./known-pictures.js";

/** Files that are looked for at once. */
const LOOKED_AT = 1000;
/** Rows that are taken out in one write. */
const REMOVED_ROWS = 1000;

/**
 * Takes out the rows of a source whose pictures are gone, and returns their number. Files are looked for once more: what was
 * excluded, or came since, is there.
 *
 * @throws NearlabelError `INPUT_EMPTY` where the source is not there or holds nothing, as that of a disk that is not mounted
 */
export async function prune(
  table: ImageTable,
  source: IngestSource,
  known: KnownPictures,
  cameAny: boolean,
): Promise<number> {
  const gone = await goneFrom(table, source, known);
  const failures = (await table.failures()).map(({ path }) => path);
  const forgotten: string[] = [];
  for (let at = 0; at < failures.length; at += LOOKED_AT)
    forgotten.push(...(await onlyGone(failures.slice(at, at + LOOKED_AT), source, known)));
  if (gone.length + forgotten.length === 0) return 0;
  if (!cameAny || !(await source.isThere())) throw nothingThere(gone.length);
  for (let at = 0; at < gone.length; at += REMOVED_ROWS)
    await table.remove(gone.slice(at, at + REMOVED_ROWS));
  await table.failed.remove(forgotten);
  return gone.length;
}

async function goneFrom(table: ImageTable, source: IngestSource, known: KnownPictures): Promise<string[]> {
  const gone: string[] = [];
  for await (const { columns } of table.table.scan({ columns: ["path"] })) {
    gone.push(...(await onlyGone((columns.path ?? []) as readonly string[], source, known)));
  }
  return gone;
}

async function onlyGone(
  paths: readonly string[],
  source: IngestSource,
  known: KnownPictures,
): Promise<string[]> {
  const unseen = paths.filter((path) => source.owns(path) && !known.wasSeen(path));
  const there = await Promise.all(unseen.map(isThere));
  return unseen.filter((_, index) => !there[index]);
}

function nothingThere(rows: number): NearlabelError {
  return new NearlabelError(
    "INPUT_EMPTY",
    `Nothing was pruned: there is no picture where ${rows} of the table came from, as when a disk is not mounted. If they are gone for good, take them out with nearlabel images remove.`,
  );
}
