import { opendir, realpath, stat } from "node:fs/promises";
import { isAbsolute, sep } from "node:path";
import { NearlabelError } from "../../errors.js";
import { naturalOrder } from "../../files/natural-order.js";

/** A picture file: `id` is what a result calls it, `path` is where it is read from. */
export interface Picture {
  readonly id: string;
  readonly path: string;
}

/**
 * Names that are taken for pictures in a folder or a glob. BMP and HEIC cannot be decoded and are listed all the
 * same: an error for each is better than a picture that is passed over without a word.
 */
export const PICTURE_EXTENSIONS: readonly string[] =
  "jpg jpeg jpe jfif png webp gif tif tiff avif bmp heic heif".split(" ");

const PICTURE_NAME = new RegExp(`\\.(${PICTURE_EXTENSIONS.join("|")})$`, "i");

/** Whether a file of this name is taken for a picture. */
export function isPicture(name: string): boolean {
  return PICTURE_NAME.test(name);
}

/**
 * The pictures that `inputs` name, in the order of the inputs. An input is a file, given on as it is whatever its
 * name and whether or not it exists; a folder, searched with all its folders in natural order; or a glob, where no
 * file of that very name exists. A file that two inputs name comes twice.
 *
 * Throws `INPUT_EMPTY`, before the first picture, for a folder or glob that holds none.
 */
export async function* listPictures(inputs: readonly string[]): AsyncGenerator<Picture> {
  const listings: (Iterable<string> | AsyncIterable<string>)[] = [];
  for (const input of inputs) listings.push(await picturesOf(input));
  for (const paths of listings) {
    for await (const path of paths) yield { id: path, path };
  }
}

async function picturesOf(input: string): Promise<Iterable<string> | AsyncIterable<string>> {
  const found = await stat(input).catch(() => undefined);
  if (found?.isDirectory()) {
    if (!(await holdsFile(input, isPicture))) throw emptyInput(`folder "${input}"`);
    return walk(input, isPicture);
  }
  return found ? [input] : await picturesMatching(input);
}

/** What makes a glob. Round brackets alone do not: `photo (1).jpg` is a name. */
const GLOB = /[*?[{]|[!@+]\(/;

/** The pictures that a glob matches; for anything but a glob the input itself, which does not exist. */
async function picturesMatching(input: string): Promise<string[]> {
  if (!GLOB.test(input)) return [input];
  const { glob } = await import("tinyglobby");
  // On Windows `\` separates folders; elsewhere it takes the next character literally.
  const pattern = sep === "\\" ? input.replaceAll("\\", "/") : input;
  const paths = await glob(pattern, { absolute: isAbsolute(pattern), expandDirectories: false });
  const pictures = paths.filter(isPicture).sort(naturalOrder);
  if (pictures.length === 0) throw emptyInput(`glob "${input}"`);
  return pictures;
}

function emptyInput(input: string): NearlabelError {
  return new NearlabelError(
    "INPUT_EMPTY",
    `No picture in the ${input}. Expected files named .${PICTURE_EXTENSIONS.join(", .")}. Check the path, or name the files one by one.`,
  );
}

/**
 * Whether `folder`, or a folder in it, holds a file whose name `keep` accepts, or a folder that cannot be read. Looks no
 * further than the first, and sorts nothing.
 */
export async function holdsFile(
  folder: string,
  keep: (name: string) => boolean,
  entered: Set<string> = new Set(),
): Promise<boolean> {
  const folders: string[] = [];
  try {
    const real = await realpath(folder);
    if (entered.has(real)) return false;
    entered.add(real);
    for await (const { path, isFolder } of scan(folder, keep)) {
      if (!isFolder) return true;
      folders.push(path);
    }
  } catch {
    return true;
  }
  for (const path of folders) if (await holdsFile(path, keep, entered)) return true;
  return false;
}

/**
 * The files below `folder` whose names `keep` accepts, as `folder/...` with `/`, depth first in natural order.
 * Hidden files and folders are passed over. Links are followed; a real folder is entered once, so that a loop of
 * links ends. A folder that cannot be read is itself given, so that whoever reads it reports it.
 *
 * Only the names in the folders on the way down are held, never the whole tree. One folder's names are held together, about
 * 0.2 kB each, for they are sorted.
 */
export async function* walk(
  folder: string,
  keep: (name: string) => boolean,
  entered: Set<string> = new Set(),
): AsyncGenerator<string> {
  const entries = await enter(folder, keep, entered);
  if (!entries) yield folder;
  for (const { path, isFolder } of entries ?? []) {
    if (isFolder) yield* walk(path, keep, entered);
    else yield path;
  }
}

async function enter(
  folder: string,
  keep: (name: string) => boolean,
  entered: Set<string>,
): Promise<FolderEntry[] | undefined> {
  try {
    const real = await realpath(folder);
    if (entered.has(real)) return [];
    entered.add(real);
    return await entriesOf(folder, keep);
  } catch {
    return undefined;
  }
}

/** A file or folder: its name in its folder, and its path as `folder/name`. */
export interface FolderEntry {
  readonly name: string;
  readonly path: string;
  readonly isFolder: boolean;
}

/** The folders in `folder`, and the files whose names `keep` accepts, in natural order; none that is hidden. */
export async function entriesOf(folder: string, keep: (name: string) => boolean): Promise<FolderEntry[]> {
  const entries: FolderEntry[] = [];
  for await (const entry of scan(folder, keep)) entries.push(entry);
  return entries.sort((a, b) => naturalOrder(a.name, b.name));
}

/** The same in whatever order the file system has them, as they are read. */
async function* scan(folder: string, keep: (name: string) => boolean): AsyncGenerator<FolderEntry> {
  const parent = folder.endsWith("/") || folder.endsWith(sep) ? folder : `${folder}/`;
  for await (const entry of await opendir(folder, { bufferSize: 1024 })) {
    if (entry.name.startsWith(".")) continue;
    const path = parent + entry.name;
    const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (await isDirectory(path)));
    if (isFolder || keep(entry.name)) yield { name: entry.name, path, isFolder };
  }
}

/** The files in `folder` whose names `keep` accepts, as paths in natural order; none in one that cannot be read. */
export async function filesIn(folder: string, keep: (name: string) => boolean): Promise<string[]> {
  const entries = await entriesOf(folder, keep).catch(() => []);
  return entries.filter(({ isFolder }) => !isFolder).map(({ path }) => path);
}

/** The folders in `folder` that `keep` accepts by name, in natural order; none in one that cannot be read. */
export async function foldersIn(folder: string, keep: (name: string) => boolean): Promise<FolderEntry[]> {
  const entries = await entriesOf(folder, () => false).catch(() => []);
  return entries.filter(({ name }) => keep(name));
}

async function isDirectory(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}
