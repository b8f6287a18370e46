import { LONGEST_PATH } from "../files/file-path.js";
import { fileOrContent, isImageFile } from "../image/image-file.js";
import type { ImageSource } from "../image/source.js";
import type { ImageRow } from "../rows/dataset.js";

/** A picture, or a string or `file:` URL that names the file it is in. Text from strangers must not get here. */
export type ImageOrPath = string | URL | ImageSource;

/** A picture, whose id is then its path or its position; or a picture with an id of its own. */
export type ImageInput = ImageOrPath | (Omit<ImageRow, "image"> & { readonly image: ImageOrPath });

export function imageRow(input: ImageInput, position: number): ImageRow {
  const isRow = typeof input === "object" && input !== null && "image" in input;
  if (isRow) return { ...input, image: fileOrContent(input.image) as ImageSource };
  const image = fileOrContent(input) as ImageSource;
  return { id: isImageFile(image) && image.name.length <= LONGEST_PATH ? image.name : position, image };
}

export async function* imageRows(
  images: AsyncIterable<ImageInput> | Iterable<ImageInput>,
): AsyncGenerator<ImageRow> {
  let position = 0;
  for await (const image of images) yield imageRow(image, position++);
}
