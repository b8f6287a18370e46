/** `nearlabel/hub`: files of the Hugging Face hub, in the cache that Python uses. docs/hub.md tells more. */
export {
  type BrokenContent,
  type CachedRepo,
  type CachedRevision,
  listCached,
  removeCached,
  type Verification,
  verifyCached,
} from "./cache/inventory.js";
export { cachedSnapshot, type FileSelection, type Snapshot } from "./cache/snapshot.js";
export { type DownloadedSnapshot, type DownloadOptions, download } from "./download.js";
export { listRepoFiles } from "./listing.js";
export type { HubNotice } from "./options.js";
export type { HubProgress } from "./progress.js";
export { type HubRepo, type HubRepoType, parseRepoId } from "./protocol/repo.js";
export type { RepoFile, RepoListing } from "./protocol/repo-file.js";
export { type HubSettings, hubSettingsFromEnvironment } from "./protocol/settings.js";
export type { Connection, HubRetry } from "./protocol/transport.js";
