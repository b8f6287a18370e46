import { join } from "node:path";
import { NearlabelError } from "../../errors.js";
import { writing } from "../../files/disk.js";
import type { HubRepo, HubRepoType } from "../protocol/repo.js";

/**
 * Where the cache keeps what, as Python's huggingface_hub lays it out:
 *
 *     models--owner--name/blobs/<etag>             the contents, each once
 *                         snapshots/<commit>/...   the files, as links to blobs
 *                         refs/<branch or tag>     the commit that it was when last asked
 *                         trees/<commit>.json      the list of files of a commit
 *                         quantized/<commit>/      weights that nearlabel made of them; Python passes over this
 *     .locks/models--owner--name/                  who is downloading what
 */
export interface RepoFolders {
  readonly root: string;
  readonly blobs: string;
  readonly snapshots: string;
  readonly refs: string;
  readonly trees: string;
  readonly quantized: string;
  readonly locks: string;
}

export function repoFolders(cacheDir: string, { type, name }: HubRepo): RepoFolders {
  const folder = [`${type}s`, ...name.split("/")].join("--");
  const root = join(cacheDir, folder);
  return {
    root,
    blobs: join(root, "blobs"),
    snapshots: join(root, "snapshots"),
    refs: join(root, "refs"),
    trees: join(root, "trees"),
    quantized: join(root, "quantized"),
    locks: join(cacheDir, ".locks", folder),
  };
}

/** The repo that a folder of the cache holds, or undefined for another kind of folder. */
export function repoOfFolder(folder: string): { type: HubRepoType; name: string } | undefined {
  const match = /^(model|dataset)s--(.+)$/.exec(folder);
  return match ? { type: match[1] as HubRepoType, name: match[2]!.replace("--", "/") } : undefined;
}

/** What to do where the cache cannot be written. */
export const cacheRemedy = {
  otherwise: "set HF_HUB_CACHE to another folder",
  kept: "What came so far is kept.",
} as const;

/** Does `work`, whose system errors mean that `path` of the cache cannot be written. @throws NearlabelError WRITE_FAILED */
export function writingCache<T>(path: string, work: () => Promise<T>): Promise<T> {
  return writing(path, work, cacheRemedy);
}

/** What Windows reads as a folder or a drive, and what no system takes. */
const unsafeText = /\\|^[A-Za-z]:|\0/;

/**
 * A file's path in a snapshot. Paths come from the hub and are joined to a folder, so one that leads out of it, under
 * the rules of any system, is refused.
 * @throws NearlabelError HUB_RESPONSE_INVALID
 */
export function snapshotPath(snapshot: string, path: string): string {
  const parts = path.split("/");
  const unsafe = parts.some((part) => part === "" || part === "." || part === ".." || unsafeText.test(part));
  if (!unsafe) return join(snapshot, ...parts);
  throw new NearlabelError(
    "HUB_RESPONSE_INVALID",
    `The hub lists a file with the path "${path}", which could lead out of the cache. It was not downloaded.`,
  );
}
