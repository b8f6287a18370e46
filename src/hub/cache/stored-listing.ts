import { randomUUID } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolder } from "../../files/folders.js";
import { type HubRepo, isCommit } from "../protocol/repo.js";
import { checkedFile, type RepoListing } from "../protocol/repo-file.js";
import type { HubSettings } from "../protocol/settings.js";
import { repoFolders } from "./layout.js";

/** The commit that the revision of `repo` was when the hub was last asked. */
export async function cachedCommit(repo: HubRepo, { cacheDir }: HubSettings): Promise<string | undefined> {
  if (isCommit(repo.revision)) return repo.revision;
  const text = await readFile(join(repoFolders(cacheDir, repo).refs, repo.revision), "utf8").catch(() => "");
  return isCommit(text.trim()) ? text.trim() : undefined;
}

/** The format of huggingface_hub's `_tree_cache.py`, version 1. */
interface StoredFile {
  size: number;
  blob_id: string;
  lfs_sha256?: string;
  lfs_size?: number;
  xet_hash?: string;
}

/** The list of files of a commit as the cache has it; one that cannot be read counts as none. */
export async function cachedListing(
  repo: HubRepo,
  commit: string,
  { cacheDir }: HubSettings,
): Promise<RepoListing | undefined> {
  const text = await readFile(join(repoFolders(cacheDir, repo).trees, `${commit}.json`), "utf8").catch(
    () => "",
  );
  try {
    const stored: { format_version: number; files: Record<string, StoredFile> } = JSON.parse(text);
    if (stored.format_version !== 1) return undefined;
    const files = Object.entries(stored.files).map(
      ([path, { size, blob_id, lfs_sha256, lfs_size, xet_hash }]) =>
        checkedFile(repo, {
          path,
          size: lfs_size ?? size,
          blobId: blob_id,
          sha256: lfs_sha256,
          xetHash: xet_hash,
        }),
    );
    return { commit, files };
  } catch {
    return undefined;
  }
}

/** Keeps the list for the next time, and for Python. */
export async function keepListing(
  repo: HubRepo,
  { commit, files }: RepoListing,
  { cacheDir }: HubSettings,
): Promise<void> {
  const stored = files.map(({ path, size, blobId, sha256, xetHash }): [string, StoredFile] => [
    path,
    {
      size,
      blob_id: blobId,
      ...(sha256 && { lfs_sha256: sha256, lfs_size: size }),
      ...(xetHash && { xet_hash: xetHash }),
    },
  ]);
  const text = JSON.stringify({ format_version: 1, files: Object.fromEntries(stored) }, null, 1);
  // The list is kept to save a request; a cache that cannot be written may still hold every file.
  await replaceFile(join(repoFolders(cacheDir, repo).trees, `${commit}.json`), text).catch(() => {});
}

/** Writes beside and renames, so that nobody reads a half. */
export async function replaceFile(file: string, text: string): Promise<void> {
  await makeFolder(dirname(file));
  const temporary = `${file}.${randomUUID().slice(0, 8)}.tmp`;
  await writeFile(temporary, text);
  await rename(temporary, file);
}
