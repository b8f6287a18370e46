import { basename } from "node:path";
import { type ImageFile, imageFile } from "../../image/image-file.js";
import type { ImageTable } from "../../images/table/image-table.js";
import type { StoredImage } from "../../images/table/stored-image.js";
import { sqlIn } from "../../store/filter.js";
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

/** The file of the picture with this id. @throws RequestError IMAGE_NOT_FOUND where there is none, or it is no file of its own, or has changed */
export async function fileOf({ table }: ImageTable, id: string): Promise<ImageFile> {
  const { columns } = await table.read({ columns: ["path"], where: sqlIn("id", [id]) });
  const paths = (columns.path ?? []) as readonly string[];
  const path = paths.find((each) => !/^\w+:\/\//.test(each) && !each.includes("#"));
  if (path !== undefined) return imageFile(path);
  throw new RequestError("IMAGE_NOT_FOUND", `The table has no file of a picture ${id.slice(0, 12)}….`);
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
