import type { Dirent } from "node:fs";
import { mkdir, opendir, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { systemErrorCode } from "../errors.js";
import { type FilePath, filePathOf, joinPath, pathText } from "./file-path.js";
import { naturalOrder } from "./natural-order.js";

/** `special` is a named pipe, a socket or a device: to open one may wait for ever. */
type EntryKind = "file" | "folder" | "special";

/** Something in a folder. */
export interface FolderEntry {
  /** Its name in its folder, to be read. */
  readonly name: string;
  /** `folder/name`, to be read. */
  readonly path: string;
  /** The path that the system is asked for. */
  readonly file: FilePath;
  readonly kind: EntryKind;
}

/** A file that a search came upon. */
export interface FoundFile {
  /** Its path, to be read. */
  readonly path: string;
  /** The path that the system is asked for. */
  readonly file: FilePath;
}

/**
 * The files below `folder` whose names `keep` accepts, as `folder/...` with `/`, depth first in natural order.
 * Hidden files and folders are passed over. Links are followed; a real folder is entered once, so that a loop of
 * links ends. A folder that cannot be read is itself given, and so is a named pipe, so that whoever reads it reports it.
 *
 * Only the names in the folders on the way down are held, never the whole tree. One folder's names are held together, about
 * 0.2 kB each, for they are sorted.
 */
export async function* walk(
  folder: FilePath,
  keep: (name: string) => boolean,
  entered: Set<string> = new Set(),
): AsyncGenerator<FoundFile> {
  let entries: FolderEntry[] = [];
  try {
    const real = await realFolder(folder);
    if (!entered.has(real)) entries = await entriesOf(folder, keep);
    entered.add(real);
  } catch {
    yield { path: pathText(folder), file: folder };
  }
  for (const { path, file, kind } of entries) {
    if (kind === "folder") yield* walk(file, keep, entered);
    else yield { path, file };
  }
}

/**
 * Whether `folder`, or a folder in it, holds something that {@link walk} gives. Looks no further than the first, and sorts
 * nothing.
 */
export async function holdsFile(
  folder: FilePath,
  keep: (name: string) => boolean,
  entered: Set<string> = new Set(),
): Promise<boolean> {
  const folders: FilePath[] = [];
  try {
    const real = await realFolder(folder);
    if (entered.has(real)) return false;
    entered.add(real);
    for await (const { file, kind } of scan(folder, keep)) {
      if (kind !== "folder") return true;
      folders.push(file);
    }
  } catch {
    return true;
  }
  for (const file of folders) if (await holdsFile(file, keep, entered)) return true;
  return false;
}

/**
 * Whether all that is in `folder`, hidden files apart, has a name that `keep` accepts; none in one that cannot be read. Looks no further
 * than the first that has not, and sorts nothing.
 */
export async function holdsOnly(folder: FilePath, keep: (name: string) => boolean): Promise<boolean> {
  try {
    for await (const { name } of scan(folder, () => true)) if (!keep(name)) return false;
    return true;
  } catch {
    return false;
  }
}

/** The real path of a folder, as a text that is the same for no other. */
export async function realFolder(folder: FilePath): Promise<string> {
  return (await realpath(folder, { encoding: "buffer" })).toString("latin1");
}

/** The folders in `folder`, and what else has a name that `keep` accepts, in natural order; none that is hidden. */
export async function entriesOf(folder: FilePath, keep: (name: string) => boolean): Promise<FolderEntry[]> {
  const entries: FolderEntry[] = [];
  for await (const entry of scan(folder, keep)) entries.push(entry);
  return entries.sort((a, b) => naturalOrder(a.name, b.name));
}

/** The same in whatever order the file system has them, as they are read. */
async function* scan(folder: FilePath, keep: (name: string) => boolean): AsyncGenerator<FolderEntry> {
  for await (const [name, entry] of namesIn(folder)) {
    const text = pathText(name);
    if (text.startsWith(".")) continue;
    const file = joinPath(folder, name);
    const kind = await kindOf(entry, file);
    if (kind === "folder" || keep(text)) yield { name: text, path: pathText(file), file, kind };
  }
}

/** What Node.js puts in the place of bytes that are not UTF-8, and what may be in a name as well. */
const REPLACEMENT = "\uFFFD";

/** Names as text, which is fast; those that did not survive that come again as bytes. */
async function* namesIn(folder: FilePath): AsyncGenerator<[FilePath, Dirent]> {
  let damaged = typeof folder !== "string";
  if (typeof folder === "string") {
    for await (const entry of await opendir(folder, { bufferSize: 1024 })) {
      if (entry.name.includes(REPLACEMENT)) damaged = true;
      else yield [entry.name, entry];
    }
  }
  if (!damaged) return;
  // The types of Node.js know of no bytes here.
  const path = folder as string;
  for await (const entry of await opendir(path, { encoding: "buffer" as BufferEncoding, bufferSize: 1024 })) {
    const name = filePathOf(entry.name as unknown as Buffer);
    if (typeof folder !== "string" || pathText(name).includes(REPLACEMENT) || typeof name !== "string") {
      yield [name, entry];
    }
  }
}

async function kindOf(entry: Dirent, file: FilePath): Promise<EntryKind> {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "folder";
  if (!entry.isSymbolicLink()) return "special";
  // A link that leads nowhere is a file that does not exist, which reading it then says.
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) return "folder";
  return found === undefined || found.isFile() ? "file" : "special";
}

/** The files in `folder` whose names `keep` accepts, as paths in natural order; none in one that cannot be read. */
export async function filesIn(folder: string, keep: (name: string) => boolean): Promise<string[]> {
  const entries = await entriesOf(folder, keep).catch(() => []);
  return entries
    .filter(({ kind, file }) => kind === "file" && typeof file === "string")
    .map(({ path }) => path);
}

/** The folders in `folder` that `keep` accepts by name, in natural order; none in one that cannot be read. */
export async function foldersIn(folder: string, keep: (name: string) => boolean): Promise<FolderEntry[]> {
  const entries = await entriesOf(folder, () => false).catch(() => []);
  return entries.filter(({ name }) => keep(name));
}

/** Whether a regular file is at `path`. Nothing else is opened where one file is looked for beside another. */
export async function isFile(path: FilePath): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ?? false;
}

/**
 * Makes a folder and those above it, where they are not there yet. Rejects with the system's error where that cannot be.
 * In place of `mkdir` with `recursive`, which in Node.js 20 never ends where a folder that is there takes no others,
 * as `/proc` does.
 */
export async function makeFolder(path: string): Promise<void> {
  const first = await tryMakeFolder(path);
  if (first === undefined) return;
  if (systemErrorCode(first) !== "ENOENT" || dirname(path) === path) throw first;
  await makeFolder(dirname(path));
  const second = await tryMakeFolder(path);
  if (second !== undefined) throw second;
}

/** The error that kept the folder from being made, if any; that it is there already is none. */
async function tryMakeFolder(path: string): Promise<unknown> {
  try {
    await mkdir(path);
  } catch (error) {
    const isThere = systemErrorCode(error) === "EEXIST" && (await stat(path)).isDirectory();
    return isThere ? undefined : error;
  }
  return undefined;
}
