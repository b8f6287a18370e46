import { isAbsolute } from "node:path";
import { thumbnailJpeg } from "../../image/draw/thumbnail.js";
import { imageFile } from "../../image/image-file.js";
import type { ImageTable } from "../../images/table/image-table.js";
import type { StoredImage } from "../../images/table/stored-image.js";
import { RequestError } from "../problems/request-error.js";

/** The picture of a table with this content. @throws RequestError IMAGE_NOT_FOUND */
export async function storedImage(table: ImageTable, id: string): Promise<StoredImage> {
  if (/^[0-9a-f]{64}$/.test(id)) {
    for await (const image of table.images({ where: `id = '${id}'`, limit: 1 })) return image;
  }
  throw new RequestError("IMAGE_NOT_FOUND", `The table has no picture "${id.slice(0, 64)}".`);
}

/**
 * A stored picture as a small JPEG, its longest side at most `side` pixels; undefined where its file is gone or cannot be read, or is no file of this
 * machine.
 */
export async function storedThumbnail({ path }: StoredImage, side: number): Promise<Buffer | undefined> {
  if (!isAbsolute(path)) return undefined;
  return thumbnailJpeg(imageFile(path), side, { decode: "fast" }).catch(() => undefined);
}
