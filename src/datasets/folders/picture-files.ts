import { stat } from "node:fs/promises";
import { NearlabelError } from "../../errors.js";
import { type FilePath, pathText } from "../../files/file-path.js";
import { type FoundFile, holdsFile, walk } from "../../files/folders.js";
import { globFiles, isGlob } from "../../files/glob.js";

/**
 * Names that are taken for pictures in a folder or a glob. BMP cannot be decoded, and HEIC not everywhere; they are listed all the
 * same: an error for each is better than a picture that is passed over without a word.
 */
export const PICTURE_EXTENSIONS: readonly string[] =
  "jpg jpeg jpe jfif png webp gif tif tiff avif bmp heic heif".split(" ");

const PICTURE_NAME = new RegExp(`\\.(${PICTURE_EXTENSIONS.join("|")})$`, "i");

/** Whether a file of this name is taken for a picture. */
export function isPicture(name: string): boolean {
  return PICTURE_NAME.test(name);
}

/** A picture file that an input names. */
export interface ListedPicture extends FoundFile {
  /** Whether an input is this very file: somebody who names a pipe wants it to be read. */
  readonly isNamed: boolean;
}

/**
 * The pictures that `inputs` name, in the order of the inputs. An input is a file, given on as it is whatever its
 * name and whether or not it exists; a folder, searched with all its folders in natural order; or a glob, where no
 * file of that very name exists. A file that two inputs name comes twice.
 *
 * Throws `INPUT_EMPTY`, before the first picture, for a folder or glob that holds none.
 */
export async function* listPictures(inputs: readonly FilePath[]): AsyncGenerator<ListedPicture> {
  const listings: (Iterable<ListedPicture> | AsyncIterable<ListedPicture>)[] = [];
  for (const input of inputs) listings.push(await picturesOf(input));
  for (const pictures of listings) yield* pictures;
}

async function picturesOf(input: FilePath): Promise<Iterable<ListedPicture> | AsyncIterable<ListedPicture>> {
  const found = await stat(input).catch(() => undefined);
  if (found?.isDirectory()) {
    if (!(await holdsFile(input, isPicture))) throw emptyInput(`folder "${pathText(input)}"`);
    return come(walk(input, isPicture));
  }
  if (found || typeof input !== "string" || !isGlob(input)) {
    return [{ path: pathText(input), file: input, isNamed: true }];
  }
  const pictures = await globFiles(input, isPicture);
  if (pictures.length === 0) throw emptyInput(`glob "${input}"`);
  return come(pictures);
}

/** Files that a search came upon. */
async function* come(files: AsyncIterable<FoundFile> | Iterable<FoundFile>): AsyncGenerator<ListedPicture> {
  for await (const file of files) yield { ...file, isNamed: false };
}

function emptyInput(input: string): NearlabelError {
  return new NearlabelError(
    "INPUT_EMPTY",
    `No picture in the ${input}. Expected files named .${PICTURE_EXTENSIONS.join(", .")}. Check the path, or name the files one by one.`,
  );
}
