import type { Table } from "../../store/table.js";
import type { ImageTable } from "../table/image-table.js";
import { openImageTable } from "../table/open.js";
import { imageOfCells, SHOWN_COLUMNS } from "../table/stored-image.js";
import { conditionOf } from "./filter.js";
import type { Found, NearestOptions } from "./nearest.js";

/** The pictures nearest to a direction, in one version of the table. */
export async function nearestInTable(
  table: ImageTable,
  direction: Float32Array,
  options: NearestOptions,
): Promise<Found> {
  const { where, version } = options;
  // By itself first, so that the message shows what was written and not what it became a part of.
  if (where !== undefined) await table.table.checkFilter(where);
  if (version !== undefined) return nearestAt(table, version, direction, options);
  const before = await table.table.version();
  const found = await nearest(table.table, direction, options);
  // A write came in between: what was read may be of either side of it.
  if ((await table.table.version()) !== before) return nearestAt(table, before, direction, options);
  return { ...found, version: before };
}

async function nearestAt(
  { table: { uri } }: ImageTable,
  version: number,
  direction: Float32Array,
  options: NearestOptions,
): Promise<Found> {
  await using earlier = await openImageTable(uri, { version });
  return { ...(await nearest(earlier.table, direction, options)), version };
}

async function nearest(
  table: Table,
  direction: Float32Array,
  options: NearestOptions,
): Promise<Omit<Found, "version">> {
  const { k, offset, minSimilarity, exact } = options;
  const { columns, rows } = await table.description();
  const named = Object.keys(columns).filter((name) => SHOWN_COLUMNS.includes(name) || !HIDDEN.has(name));
  const where = conditionOf(options);
  const searched = { k, offset, where, minSimilarity, exact, columns: named, vectors: true };
  const [found = []] = await table.search([direction], searched);
  const near = found.map(({ cells, vector, similarity }) => ({
    image: imageOfCells(cells),
    vector: vector!,
    similarity,
  }));
  return { near, pictures: rows };
}

/** Columns that are for the table's own use. */
const HIDDEN = new Set(["embedder", "checksum"]);
