import { readdir, readFile, readlink, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { systemErrorCode } from "../../errors.js";
import { checkRepo, type HubRepo, type HubRepoType } from "../protocol/repo.js";
import { etagOf } from "../protocol/repo-file.js";
import type { HubSettings } from "../protocol/settings.js";
import { hasHash } from "./blob-hash.js";
import { type RepoFolders, repoFolders, repoOfFolder, writingCache } from "./layout.js";
import { quantizedFiles } from "./quantized.js";
import { filesIn } from "./snapshot.js";
import { cachedListing } from "./stored-listing.js";

export interface CachedRevision {
  readonly commit: string;
  /** Branches and tags that were at this commit when last asked. */
  readonly refs: readonly string[];
  readonly folder: string;
  readonly files: number;
  /** In bytes; revisions share what is the same in both. */
  readonly bytes: number;
}

export interface CachedRepo {
  readonly type: HubRepoType;
  readonly name: string;
  readonly folder: string;
  /** On disk, each content once. */
  readonly bytes: number;
  /** Of downloads that were broken off; not in `bytes`. */
  readonly incompleteBytes: number;
  readonly revisions: readonly CachedRevision[];
}

/** Models and data sets in the cache, by folder name. Nothing is asked of the hub. */
export async function listCached({ cacheDir }: HubSettings): Promise<CachedRepo[]> {
  const repos: CachedRepo[] = [];
  for (const folder of (await namesIn(cacheDir)).sort()) {
    const found = repoOfFolder(folder);
    if (found) repos.push(await measureRepo({ ...found, revision: "main" }, cacheDir));
  }
  return repos;
}

async function measureRepo(repo: HubRepo, cacheDir: string): Promise<CachedRepo> {
  const folders = repoFolders(cacheDir, repo);
  const refs = await refsByCommit(folders.refs);
  const contents = new Map<string, number>();
  const revisions: CachedRevision[] = [];
  for (const commit of (await namesIn(folders.snapshots)).sort()) {
    const folder = join(folders.snapshots, commit);
    const own = new Map<string, number>();
    const paths = await filesIn(folder);
    for (const path of paths) own.set(await contentOf(join(folder, path)), await sizeOf(join(folder, path)));
    for (const [content, size] of own) contents.set(content, size);
    revisions.push({
      commit,
      refs: refs.get(commit) ?? [],
      folder,
      files: paths.length,
      bytes: sum(own.values()),
    });
  }
  let incompleteBytes = 0;
  for (const name of await namesIn(folders.blobs)) {
    if (name.endsWith(".incomplete")) incompleteBytes += await sizeOf(join(folders.blobs, name));
    else contents.set(join(folders.blobs, name), await sizeOf(join(folders.blobs, name)));
  }
  for (const { file } of await quantizedFiles(folders)) contents.set(file, await sizeOf(file));
  const { type, name } = repo;
  return { type, name, folder: folders.root, bytes: sum(contents.values()), incompleteBytes, revisions };
}

async function refsByCommit(folder: string): Promise<Map<string, string[]>> {
  const refs = new Map<string, string[]>();
  for (const ref of await filesIn(folder)) {
    const commit = (await readFile(join(folder, ref), "utf8")).trim();
    refs.set(commit, [...(refs.get(commit) ?? []), ref]);
  }
  return refs;
}

/**
 * Takes a repo, with all its revisions, out of the cache. Returns false where the cache did not have it.
 * @throws NearlabelError WRITE_FAILED, OPTION_INVALID
 */
export async function removeCached(repo: HubRepo, { cacheDir }: HubSettings): Promise<boolean> {
  checkRepo(repo);
  const { root, locks } = repoFolders(cacheDir, repo);
  const isThere = await stat(root).then(
    () => true,
    () => false,
  );
  await writingCache(root, async () => {
    await rm(root, { recursive: true, force: true });
    await rm(locks, { recursive: true, force: true });
  });
  return isThere;
}

export interface BrokenContent {
  /** The file that is not what its name or the list of files says, or is not there. */
  readonly path: string;
  /** Files of snapshots that lead to it. */
  readonly usedBy: readonly string[];
  readonly reason: "missing" | "hash";
}

export interface Verification {
  /** Contents whose hash was computed. */
  readonly checked: number;
  /** Contents of which the cache has no hash; only copies made without links, on some systems. */
  readonly unknown: readonly string[];
  readonly broken: readonly BrokenContent[];
}

/**
 * Computes the hash of every content of a repo in the cache, in all its revisions. With `remove`, what is broken is
 * deleted, so that the next download fetches it again.
 * @throws NearlabelError WRITE_FAILED, OPTION_INVALID
 */
export async function verifyCached(
  repo: HubRepo,
  settings: HubSettings,
  { remove = false, signal }: { remove?: boolean; signal?: AbortSignal } = {},
): Promise<Verification> {
  checkRepo(repo);
  const folders = repoFolders(settings.cacheDir, repo);
  const contents = await contentsOf(repo, folders, settings);
  const unknown: string[] = [];
  const broken: BrokenContent[] = [];
  for (const [path, { etag, usedBy }] of contents) {
    const reason = await faultOf(path, etag, signal);
    if (reason === "unknown") unknown.push(path);
    else if (reason) broken.push({ path, usedBy, reason });
  }
  if (remove) {
    const paths = broken.flatMap(({ path, usedBy }) => [path, ...usedBy]);
    for (const path of paths) await writingCache(path, () => rm(path, { force: true }));
  }
  return { checked: contents.size - unknown.length - missingIn(broken), unknown, broken };
}

function missingIn(broken: readonly BrokenContent[]): number {
  return broken.filter(({ reason }) => reason === "missing").length;
}

async function faultOf(
  path: string,
  etag: string | undefined,
  signal: AbortSignal | undefined,
): Promise<"unknown" | "missing" | "hash" | undefined> {
  try {
    await stat(path);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return "missing";
    throw error;
  }
  if (etag === undefined) return "unknown";
  return (await hasHash(path, etag, signal)) ? undefined : "hash";
}

interface Content {
  etag: string | undefined;
  usedBy: string[];
}

/** Every content of a repo: its blobs, and the files of snapshots, which lead to blobs or are copies. */
async function contentsOf(
  repo: HubRepo,
  folders: RepoFolders,
  settings: HubSettings,
): Promise<Map<string, Content>> {
  const contents = new Map<string, Content>();
  const add = (path: string, etag: string | undefined): Content => {
    const content = contents.get(path) ?? { etag: undefined, usedBy: [] };
    content.etag ??= etag;
    contents.set(path, content);
    return content;
  };
  for (const name of await namesIn(folders.blobs)) {
    if (isEtag(name)) add(join(folders.blobs, name), name);
  }
  for (const { file, sha256 } of await quantizedFiles(folders)) add(file, sha256);
  for (const commit of await namesIn(folders.snapshots)) {
    const folder = join(folders.snapshots, commit);
    const listing = await cachedListing(repo, commit, settings);
    const etags = new Map(listing?.files.map((file) => [file.path, etagOf(file)]));
    for (const path of await filesIn(folder)) {
      const file = join(folder, path);
      add(await contentOf(file), etags.get(path)).usedBy.push(file);
    }
  }
  return contents;
}

function isEtag(name: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(name);
}

/** What `file` of a snapshot leads to in one step, there or not, or `file` itself where it is no link. */
async function contentOf(file: string): Promise<string> {
  try {
    return resolve(dirname(file), await readlink(file));
  } catch {
    return file;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  });
}

/** A link that leads nowhere has the size 0. */
async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

function sum(sizes: Iterable<number>): number {
  let total = 0;
  for (const size of sizes) total += size;
  return total;
}
