import { randomUUID } from "node:crypto";
import { copyFile, readdir, rename, rm, stat, symlink } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { listed, NearlabelError, systemErrorCode } from "../../errors.js";
import { makeFolder } from "../../files/folders.js";
import { checkRepo, type HubRepo, repoText } from "../protocol/repo.js";
import type { RepoFile, RepoListing } from "../protocol/repo-file.js";
import type { HubSettings } from "../protocol/settings.js";
import { repoFolders, snapshotPath } from "./layout.js";
import { cachedCommit, cachedListing } from "./stored-listing.js";

/** Which files of a repository: paths, or a rule, which is told of all paths. */
export type FileSelection =
  | readonly string[]
  | ((path: string, position: number, paths: readonly string[]) => boolean);

/** Files of a repository at one commit, on this machine. */
export interface Snapshot {
  /** Holds the files under their paths in the repository. */
  readonly folder: string;
  readonly commit: string;
  /** Paths of the files that were selected. */
  readonly files: readonly string[];
}

/**
 * Finds the files of `repo` in the cache, whoever downloaded them, and asks nobody. Undefined unless every selected file
 * is there. Which files a rule selects is known from the list of files, where the cache has it; else the rule selects
 * among those that the snapshot holds. Without a selection, the answer is what is there.
 * @throws NearlabelError OPTION_INVALID
 */
export async function cachedSnapshot(
  repo: HubRepo,
  settings: HubSettings,
  files?: FileSelection,
): Promise<Snapshot | undefined> {
  return (await searchCache(repo, settings, files)).snapshot;
}

/** What the cache has of the selected files, and what it lacks. */
export interface CacheSearch {
  readonly snapshot: Snapshot | undefined;
  /** Selected files that were there once: a link is left of them, whose content was deleted. */
  readonly gone: readonly string[];
}

/** As `cachedSnapshot`, and says what is gone. @throws NearlabelError OPTION_INVALID */
export async function searchCache(
  repo: HubRepo,
  settings: HubSettings,
  files?: FileSelection,
): Promise<CacheSearch> {
  checkRepo(repo);
  const commit = await cachedCommit(repo, settings);
  if (commit === undefined) return { snapshot: undefined, gone: [] };
  const folder = join(repoFolders(settings.cacheDir, repo).snapshots, commit);
  const listing = await cachedListing(repo, commit, settings);
  const sizes = new Map(listing?.files.map(({ path, size }) => [path, size]));
  const paths = await filesIn(folder);
  const here = new Set<string>();
  for (const path of paths) {
    if (await isPresent(folder, path, sizes.get(path))) here.add(path);
  }
  const known = listing?.files.map(({ path }) => path) ?? paths;
  const selected =
    files === undefined ? [...here] : typeof files === "function" ? known.filter(files) : files;
  const missing = selected.filter((path) => !here.has(path));
  const gone = missing.filter((path) => paths.includes(path));
  const isComplete = selected.length > 0 && missing.length === 0;
  return { snapshot: isComplete ? { folder, commit, files: selected } : undefined, gone };
}

/** A file cut short, by whatever means, is not there. */
export async function isPresent(folder: string, path: string, size: number | undefined): Promise<boolean> {
  const found = await stat(snapshotPath(folder, path)).catch(() => undefined);
  return found?.isFile() === true && (size === undefined || found.size === size);
}

/** Paths of the files below `folder`, with slashes, in order; links count as what they are, not what they lead to. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

/** The selected files of `listing`, which must have each that is named. @throws NearlabelError HUB_NOT_FOUND */
export function selectFiles(repo: HubRepo, listing: RepoListing, files: FileSelection): RepoFile[] {
  const byPath = new Map(listing.files.map((file) => [file.path, file]));
  const paths = typeof files === "function" ? [...byPath.keys()].filter(files) : [...new Set(files)];
  const missing = paths.filter((path) => !byPath.has(path));
  if (missing.length === 0 && paths.length > 0) return paths.map((path) => byPath.get(path)!);
  const lacks = missing.length > 0 ? `no ${listed(missing)}` : "no file that is asked for";
  throw new NearlabelError(
    "HUB_NOT_FOUND",
    `${repoText(repo)} has ${lacks}. It has: ${listed([...byPath.keys()])}.`,
  );
}

/** Puts `blob` into a snapshot as `pointer`: a relative link, or a copy on a system that makes no links. */
export async function linkBlob(blob: string, pointer: string): Promise<void> {
  await makeFolder(dirname(pointer));
  const temporary = `${pointer}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    await symlink(relative(dirname(pointer), blob), temporary);
  } catch (error) {
    if (!["EPERM", "EACCES", "ENOSYS", "ENOTSUP", "UNKNOWN"].includes(systemErrorCode(error) ?? ""))
      throw error;
    await copyFile(blob, temporary);
  }
  await rename(temporary, pointer).catch(async (error: unknown) => {
    await rm(temporary, { force: true });
    throw error;
  });
}
