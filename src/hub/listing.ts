import { isError, NearlabelError } from "../errors.js";
import { cachedCommit, cachedListing, keepListing } from "./cache/stored-listing.js";
import { checkRepo, type HubRepo, isCommit, repoText } from "./protocol/repo.js";
import { checkedFile, malformed, type RepoFile, type RepoListing } from "./protocol/repo-file.js";
import { checkSettings, type HubSettings } from "./protocol/settings.js";
import { apiFetch, type Connection } from "./protocol/transport.js";

/**
 * Asks the hub which commit the revision of `repo` is. One request.
 * @throws NearlabelError HUB_NOT_FOUND, HUB_UNAUTHORISED, HUB_UNAVAILABLE, HUB_RESPONSE_INVALID
 */
export async function resolveCommit(repo: HubRepo, connection: Connection): Promise<string> {
  const { modelInfo, datasetInfo } = await import("@huggingface/hub");
  const commit = await asked(repo, async () => {
    const { endpoint } = connection.settings;
    const request = {
      name: repo.name,
      revision: repo.revision,
      hubUrl: endpoint,
      fetch: apiFetch(connection, repoText(repo)),
      additionalFields: ["sha" as const],
    };
    return (await (repo.type === "model" ? modelInfo(request) : datasetInfo(request))).sha;
  });
  if (typeof commit === "string" && isCommit(commit)) return commit;
  throw malformed(repo, `expected the 40 digits of a commit, got ${JSON.stringify(commit)}`);
}

/**
 * The files of `repo` at `commit`, by path: from the cache if it has the list, which never changes for a commit, else
 * from the hub, a request for each thousand files.
 * @throws NearlabelError as `resolveCommit`
 */
export async function listCommit(
  repo: HubRepo,
  commit: string,
  connection: Connection,
): Promise<RepoListing> {
  const known = await cachedListing(repo, commit, connection.settings);
  if (known) return known;
  const { listFiles } = await import("@huggingface/hub");
  const files = await asked(repo, async () => {
    const found: RepoFile[] = [];
    const { type, name } = repo;
    const request = { repo: { type, name }, revision: commit, hubUrl: connection.settings.endpoint };
    const entries = listFiles({ ...request, recursive: true, fetch: apiFetch(connection, repoText(repo)) });
    for await (const { type, path, size, oid, lfs, xetHash } of entries) {
      if (type === "file")
        found.push(checkedFile(repo, { path, size, blobId: oid, sha256: lfs?.oid, xetHash }));
    }
    return found.sort((a, b) => (a.path < b.path ? -1 : 1));
  });
  const listing = { commit, files };
  await keepListing(repo, listing, connection.settings);
  return listing;
}

/**
 * The files of a repository with their sizes, by path. Offline, from the cache.
 * @throws NearlabelError as `resolveCommit`, and HUB_OFFLINE
 */
export async function listRepoFiles(
  repo: HubRepo,
  settings: HubSettings,
  options: Omit<Connection, "settings"> = {},
): Promise<RepoListing> {
  checkRepo(repo);
  checkSettings(settings);
  const connection = { settings, ...options };
  if (!settings.offline) return listCommit(repo, await resolveCommit(repo, connection), connection);
  const commit = await cachedCommit(repo, settings);
  const listing = commit && (await cachedListing(repo, commit, settings));
  if (listing) return listing;
  throw new NearlabelError(
    "HUB_OFFLINE",
    `The list of files of ${repoText(repo)} is not in ${settings.cacheDir}, and the hub is not asked because ` +
      "HF_HUB_OFFLINE is set. Unset it to download.",
  );
}

/** What `@huggingface/hub` makes of an answer that is JSON but not the hub's is reported as such. */
async function asked<T>(repo: HubRepo, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (isError(error) && (error.name === "SyntaxError" || error.name === "TypeError"))
      throw malformed(repo, error.message, error);
    throw error;
  }
}
