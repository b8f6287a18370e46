import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { listed, NearlabelError } from "../errors.js";
import { makeFolder } from "../files/folders.js";
import { fetchBlob } from "./cache/blob.js";
import { type RepoFolders, repoFolders, snapshotPath, writingCache } from "./cache/layout.js";
import {
  type FileSelection,
  isPresent,
  linkBlob,
  type Snapshot,
  searchCache,
  selectFiles,
} from "./cache/snapshot.js";
import { cachedCommit, cachedListing, replaceFile } from "./cache/stored-listing.js";
import { listCommit, resolveCommit } from "./listing.js";
import type { HubNotice } from "./options.js";
import { type HubProgress, trackProgress } from "./progress.js";
import { RevisionNotFound } from "./protocol/failure.js";
import { type HubRepo, isCommit, repoText } from "./protocol/repo.js";
import { etagOf, type RepoFile, type RepoListing } from "./protocol/repo-file.js";
import { checkSettings, type HubSettings } from "./protocol/settings.js";
import type { Connection } from "./protocol/transport.js";

export interface DownloadOptions extends Omit<Connection, "settings"> {
  /** Told of every piece that came. */
  readonly onProgress?: ((progress: HubProgress) => void) | undefined;
  /** Told where the cache is the answer in place of a hub that does not give one. */
  readonly onNotice?: ((notice: HubNotice) => void) | undefined;
}

export interface DownloadedSnapshot extends Snapshot {
  /** False where the hub was not asked or did not answer, so that the revision may have moved on since. */
  readonly current: boolean;
}

/** Files fetched at the same time. */
const parallelFiles = 4;

/**
 * Brings the selected files of `repo` into the cache and returns the folder that holds them. A file that the cache has
 * is not asked for again; with a commit as the revision and paths as `files`, nothing is. Where the hub cannot be
 * reached or refuses, and the cache has all that is needed, that is the answer, but not where the hub says that it has no
 * such revision; so it is with Python's huggingface_hub. What an abort or a failure leaves is gone on with
 * by the next call.
 * @throws NearlabelError HUB_OFFLINE, HUB_NOT_FOUND, HUB_UNAUTHORISED, HUB_UNAVAILABLE, HUB_RESPONSE_INVALID,
 * HUB_CORRUPT, WRITE_FAILED, OPTION_INVALID; and the reason of `signal` when aborted
 */
export async function download(
  repo: HubRepo,
  files: FileSelection,
  settings: HubSettings,
  options: DownloadOptions = {},
): Promise<DownloadedSnapshot> {
  checkSettings(settings);
  const { snapshot: cached, gone } = await searchCache(repo, settings, files);
  if (cached && (await isFinal(repo, files, settings))) return { ...cached, current: true };
  if (settings.offline) {
    if (cached) return { ...cached, current: false };
    throw notCached(repo, files, gone, settings);
  }
  // With something to fall back on, one try decides.
  const connection = { ...options, settings: cached ? { ...settings, retries: 0 } : settings };
  let listing: RepoListing;
  try {
    listing = await listCommit(repo, await resolveCommit(repo, connection), connection);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!cached || !(error instanceof NearlabelError) || !leavesTheCache(error)) throw error;
    options.onNotice?.({
      code: "HUB_CACHE_USED",
      message: `${repoText(repo)} is taken from the cache, as it was when last downloaded. ${error.message}`,
    });
    return { ...cached, current: false };
  }
  return fetchListing(repo, listing, files, { ...options, settings }, options.onProgress);
}

/** Whether the hub could add nothing: a commit does not change, and the files it has are known. */
async function isFinal(repo: HubRepo, files: FileSelection, settings: HubSettings): Promise<boolean> {
  if (!isCommit(repo.revision)) return false;
  return typeof files !== "function" || (await cachedListing(repo, repo.revision, settings)) !== undefined;
}

/** Whether what the cache has may be used in spite of `error`. */
function leavesTheCache(error: NearlabelError): boolean {
  return error.code.startsWith("HUB_") && !(error instanceof RevisionNotFound);
}

function notCached(
  repo: HubRepo,
  files: FileSelection,
  gone: readonly string[],
  { cacheDir }: HubSettings,
): NearlabelError {
  const wanted = typeof files === "function" ? "the files asked for" : files.join(", ");
  const lost = gone.length > 0 ? ` (the content of ${listed(gone)} is gone from the cache or cut short)` : "";
  return new NearlabelError(
    "HUB_OFFLINE",
    `${repoText(repo)} is not in ${cacheDir} with ${wanted}${lost}, and the hub is not asked because HF_HUB_OFFLINE is ` +
      "set. Unset it to download.",
  );
}

async function fetchListing(
  repo: HubRepo,
  listing: RepoListing,
  files: FileSelection,
  connection: Connection,
  onProgress: DownloadOptions["onProgress"],
): Promise<DownloadedSnapshot> {
  const { cacheDir } = connection.settings;
  const { commit } = listing;
  const folders = repoFolders(cacheDir, repo);
  const folder = join(folders.snapshots, commit);
  const selected = selectFiles(repo, listing, files);
  const missing: RepoFile[] = [];
  for (const file of selected) {
    if (!(await isPresent(folder, file.path, file.size))) missing.push(file);
  }
  if (missing.length > 0)
    await fetchFiles({ ...repo, revision: commit }, folders, missing, connection, onProgress);
  // Last, so that the revision leads to the old files until the new ones are all there.
  const kept = keepRevision(repo, commit, folders, connection.settings);
  // A cache that cannot be written may hold all that is needed.
  await (missing.length > 0 ? kept : kept.catch(() => {}));
  return { folder, commit, files: selected.map(({ path }) => path), current: true };
}

/** Fetches several files at a time. The first that fails stops the others; what they have stays. */
async function fetchFiles(
  repo: HubRepo,
  folders: RepoFolders,
  files: readonly RepoFile[],
  connection: Connection,
  onProgress: DownloadOptions["onProgress"],
): Promise<void> {
  await prepareCache(folders, connection.settings);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const report = trackProgress(total, onProgress);
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, ...(connection.signal ? [connection.signal] : [])]);
  const queue = files.values();
  const fetchNext = async () => {
    for (const file of queue) {
      signal.throwIfAborted();
      await fetchFile(repo, folders, file, { ...connection, signal }, (bytes) => report(file.path, bytes));
    }
  };
  const workers = Array.from({ length: parallelFiles }, () =>
    fetchNext().catch((error) => failed.abort(error)),
  );
  await Promise.all(workers);
  connection.signal?.throwIfAborted();
  failed.signal.throwIfAborted();
}

async function fetchFile(
  repo: HubRepo,
  folders: RepoFolders,
  file: RepoFile,
  connection: Connection,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const pointer = snapshotPath(join(folders.snapshots, repo.revision), file.path);
  const etag = etagOf(file);
  const blob = join(folders.blobs, etag);
  const prefix = repo.type === "dataset" ? "datasets/" : "";
  const path = file.path.split("/").map(encodeURIComponent).join("/");
  const url = `${connection.settings.endpoint}/${prefix}${repo.name}/resolve/${repo.revision}/${path}`;
  // Not Python's `<etag>.lock`, which may lie there unlocked for ever.
  const lock = join(folders.locks, `${etag}.nearlabel.lock`);
  await fetchBlob({ file, url, blob, lock, what: `${file.path} of ${repoText(repo)}` }, connection, onBytes);
  await writingCache(pointer, () => linkBlob(blob, pointer));
}

/** Marks the folder as a cache for programs that make backups (bford.info/cachedir), as Python does. */
const cacheTag =
  "Signature: 8a477f597d28d172789f06886806bc55\n# A cache of files from the Hugging Face hub.\n";

async function prepareCache(folders: RepoFolders, { cacheDir }: HubSettings): Promise<void> {
  await writingCache(folders.snapshots, () => makeFolder(folders.snapshots));
  await writeFile(join(cacheDir, "CACHEDIR.TAG"), cacheTag, { flag: "wx" }).catch(() => {});
}

async function keepRevision(
  repo: HubRepo,
  commit: string,
  folders: RepoFolders,
  settings: HubSettings,
): Promise<void> {
  if ((await cachedCommit(repo, settings)) === commit) return;
  const ref = join(folders.refs, repo.revision);
  await writingCache(ref, () => replaceFile(ref, commit));
}
