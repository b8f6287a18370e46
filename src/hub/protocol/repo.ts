import { NearlabelError } from "../../errors.js";

export type HubRepoType = "model" | "dataset";

/** A repository on the hub, at a revision. */
export interface HubRepo {
  readonly type: HubRepoType;
  /** `owner/name`, or `name` alone for the oldest repositories. */
  readonly name: string;
  /** A branch, a tag, or a commit. */
  readonly revision: string;
}

/** Longest name that the hub takes, owner and slash included. */
const longestName = 96;
const namePart = /^(?![-.])[A-Za-z0-9._-]+(?<![-.])$/;
const commitPattern = /^[0-9a-f]{40}$/;
/** What git allows in no branch or tag name (git-check-ref-format), and a first character that reads as an option. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const revisionFault = /[\u0000-\u0020\u007f~^:?*[\\]|@\{|\.\.|\/\/|^[-/.]|\/\.|[/.]$|\.lock(?:\/|$)/;

/** Whether `id` can be `owner/name` or `owner/name@revision`. A path that starts with `.` or `~` cannot. */
export function isRepoId(id: string): boolean {
  return /^[^./\\~@:][^/\\@:]*\/[^./\\@][^/\\@]*(?:@.+)?$/.test(id);
}

/** Endings of files that hold data: a name with one is a path, though it may look like a hub id. */
const DATA_FILE = /\.(?:parquet|arrow|csv|tsv|jsonl?|txt|tar|t?gz|zip|npy|npz|bin)$/i;

/** Whether `id` can name a data set: as `isRepoId`, or the same after `datasets/`. */
export function isDatasetId(id: string): boolean {
  return isRepoId(id.replace(/^datasets\//, "")) && !DATA_FILE.test(id);
}

/**
 * Reads `owner/name`, `owner/name@revision`, or the same after `datasets/`. The revision is `main` by default and
 * may hold slashes.
 * @throws NearlabelError OPTION_INVALID
 */
export function parseRepoId(text: string, type: HubRepoType = "model"): HubRepo {
  const at = text.indexOf("@");
  const path = at < 0 ? text : text.slice(0, at);
  const revision = at < 0 ? "main" : text.slice(at + 1);
  const isDataset = path.startsWith("datasets/");
  const repo = {
    type: isDataset ? "dataset" : type,
    name: isDataset ? path.slice("datasets/".length) : path,
    revision,
  } as const;
  checkRepo(repo);
  return repo;
}

/**
 * Everything on disk is named after a repo, so no name may lead out of the cache.
 * @throws NearlabelError OPTION_INVALID
 */
export function checkRepo(repo: HubRepo): void {
  const parts = repo.name.split("/");
  const valid = parts.length <= 2 && parts.every((part) => namePart.test(part));
  if (!valid || repo.name.length > longestName || /--|\.\.|\.git$/.test(repo.name)) {
    throw new NearlabelError(
      "OPTION_INVALID",
      `Expected a hub repository such as "owner/name" or "owner/name@revision", got "${repo.name}". Names hold ` +
        `letters, digits, "-", "_" and ".", at most ${longestName} in all.`,
    );
  }
  if (repo.revision === "" || repo.revision === "@" || revisionFault.test(repo.revision)) {
    throw new NearlabelError(
      "OPTION_INVALID",
      `Expected a branch, a tag or a commit as the revision of ${repo.name}, got "${repo.revision}".`,
    );
  }
}

export function isCommit(revision: string): boolean {
  return commitPattern.test(revision);
}

/** `datasets/owner/name@revision`: the repo as messages call it, and as `parseRepoId` reads it back. */
export function repoText({ type, name, revision }: HubRepo): string {
  return `${type === "dataset" ? "datasets/" : ""}${name}@${revision}`;
}
