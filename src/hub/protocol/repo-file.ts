import { NearlabelError } from "../../errors.js";
import { type HubRepo, repoText } from "./repo.js";

/** A file of a repository, as the hub describes it. */
export interface RepoFile {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Git's name of the blob: the SHA-1 of the file, or of the pointer to it where `sha256` is given. */
  readonly blobId: string;
  /** SHA-256 of the content, of files that the hub keeps outside git (LFS, Xet). */
  readonly sha256?: string;
  readonly xetHash?: string;
}

/** The files of a repository at one commit. */
export interface RepoListing {
  readonly commit: string;
  readonly files: readonly RepoFile[];
}

/** The name of the content in the cache, and its hash: 64 hexadecimal digits are SHA-256, 40 are git's SHA-1. */
export function etagOf(file: RepoFile): string {
  return file.sha256 ?? file.blobId;
}

/** Hashes become file names, and sizes decide what is whole: anything else is refused. */
export function checkedFile(
  repo: HubRepo,
  file: { path: unknown; size: unknown; blobId: unknown; sha256: unknown; xetHash: unknown },
): RepoFile {
  const { path, size, blobId, sha256, xetHash } = file;
  const whole = typeof size === "number" && Number.isSafeInteger(size) && size >= 0;
  if (
    typeof path === "string" &&
    whole &&
    isHash(blobId, 40) &&
    (sha256 === undefined || isHash(sha256, 64))
  ) {
    return { path, size, blobId, ...(sha256 && { sha256 }), ...(isHash(xetHash, 64) && { xetHash }) };
  }
  throw malformed(repo, `expected path, size and hash of a file, got ${JSON.stringify(file)}`);
}

function isHash(value: unknown, digits: number): value is string {
  return typeof value === "string" && value.length === digits && /^[0-9a-f]+$/.test(value);
}

/** For an answer that is JSON but not the hub's. */
export function malformed(repo: HubRepo, detail: string, cause?: unknown): NearlabelError {
  return new NearlabelError(
    "HUB_RESPONSE_INVALID",
    `The answer about ${repoText(repo)} is not the hub's: ${detail}. Check HF_ENDPOINT and the proxy.`,
    { cause },
  );
}
