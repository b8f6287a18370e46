import { isAbsolute, resolve } from "node:path";
import { isImageFile } from "../../image/image-file.js";
import { isObjectAddress } from "../../objects/address.js";
import type { Dataset, ImageRow } from "../../rows/dataset.js";

/** What a table calls the rows of a data set. */
export interface RowPaths {
  /** What the paths of rows begin with that are no files or objects of their own: their ids follow. */
  readonly prefix: string;
  of(row: Pick<ImageRow, "id" | "image" | "error">): string;
}

/**
 * A file by its path and an object by its address; other rows by `source#row`, where the row is its id in the data set, after the
 * split's name where the data set has several.
 *
 * @param source what tells the data set from all others: its path, made absolute, or its id on the hub
 */
export function rowPaths({ name, splits }: Pick<Dataset, "name" | "splits">, source: string): RowPaths {
  const prefix = `${source}#${splits === undefined ? "" : `${name.split("/").at(-1)}/`}`;
  return {
    prefix,
    of({ id, image, error }) {
      if (isImageFile(image)) return resolve(image.name);
      const isPlace = typeof id === "string" && (isObjectAddress(id) || (error && isAbsolute(id)));
      return isPlace ? (id as string) : `${prefix}${id}`;
    },
  };
}
