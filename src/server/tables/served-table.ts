import { basename } from "node:path";
import type { ImageTable } from "../../images/table/image-table.js";
import type { StoredImage } from "../../images/table/stored-image.js";
import { row } from "../../math/matrix.js";
import { sqlIn } from "../../store/filter.js";
import { VECTOR } from "../../store/shape.js";
import { RequestError, toldAs } from "../problems/request-error.js";
import type { Service } from "../service.js";

/** @throws RequestError TABLE_NOT_FOUND */
export function tableOf({ tables }: Service, name?: string): ImageTable {
  const found = name === undefined ? [...tables.values()][0] : tables.get(name);
  if (found) return found;
  if (tables.size === 0)
    throw new RequestError(
      "TABLE_NOT_FOUND",
      "The server has no tables. Whoever runs it can give it one with --table.",
    );
  throw new RequestError(
    "TABLE_NOT_FOUND",
    `The server has no table "${name}": it has ${[...tables.keys()].join(", ")}.`,
  );
}

/** What `work` gives; what was wrong with the request is told without the place of the table. */
export async function aboutTable<T>({ place }: ImageTable, work: () => Promise<T>): Promise<T> {
  return toldAs("The table", place, work);
}

/** @throws RequestError TABLE_NOT_FOUND for a version that the table has not, or not any more */
export async function expectVersion(table: ImageTable, version: number | undefined): Promise<void> {
  if (version === undefined || version === (await table.table.version())) return;
  const versions = await table.versions();
  if (versions.some((each) => each.version === version)) return;
  throw new RequestError(
    "TABLE_NOT_FOUND",
    `The table has no version ${version}, or not any more. Without version it is searched as it is.`,
  );
}

/** The name of the model that a table's pictures were embedded with, of those that the server has. @throws RequestError MODEL_NOT_FOUND */
export async function modelOfTable({ models }: Service, table: ImageTable): Promise<string> {
  for (const [name, { identity }] of models) {
    if ((await identity.fingerprint()) === table.info.fingerprint) return name;
  }
  throw new RequestError(
    "MODEL_NOT_FOUND",
    "The server has not the model that the table's pictures were embedded with.",
  );
}

/** The embedding that is stored of the picture with this id, and how many rows hold it. @throws RequestError IMAGE_NOT_FOUND */
export async function vectorOf(
  { table }: ImageTable,
  id: string,
): Promise<{ vector: Float32Array; rows: number }> {
  const { vectors } = await table.read({ columns: [VECTOR], where: sqlIn("id", [id]) });
  if (vectors && vectors.rows > 0) return { vector: row(vectors, 0), rows: vectors.rows };
  throw new RequestError("IMAGE_NOT_FOUND", `The table has no picture ${id.slice(0, 12)}….`);
}

/** A stored picture as clients see it: by its name in place of its path. */
export function shownImage({ path, modified, taken, columns, ...image }: StoredImage) {
  return {
    ...image,
    name: basename(path.replaceAll("\\", "/")),
    modified: modified?.toISOString() ?? null,
    taken: taken?.toISOString() ?? null,
    columns: JSON.parse(
      JSON.stringify(columns, (_, value) => (typeof value === "bigint" ? Number(value) : value)),
    ),
  };
}
