import { join } from "node:path";
import { NearlabelError } from "../../errors.js";
import { naturalOrder } from "../../files/natural-order.js";
import { filesIn } from "../../hub/cache/snapshot.js";
import { cachedListing } from "../../hub/cache/stored-listing.js";
import { type DownloadOptions, download } from "../../hub/download.js";
import type { HubOptions } from "../../hub/options.js";
import { type HubRepo, parseRepoId, repoText } from "../../hub/protocol/repo.js";
import { type HubSettings, hubSettingsFromEnvironment } from "../../hub/protocol/settings.js";
import type { Dataset, DatasetOptions } from "../../rows/dataset.js";
import { chooseShards, openParquet } from "./parquet.js";

/**
 * The data set that the hub has under `id`. Downloads its card, and of its Parquet files those of the chosen
 * configuration and split that the cache does not have.
 *
 * @throws NearlabelError DATASET_INVALID for a data set without Parquet files, and as `openParquet` and `download`
 */
export async function openHubDataset(
  id: string,
  options: DatasetOptions & HubOptions = {},
): Promise<Dataset> {
  const repo = parseRepoId(id, "dataset");
  try {
    return await openRepo(repo, options);
  } catch (error) {
    if (error instanceof NearlabelError && error.code.startsWith("HUB_")) throw lookedFor(id, error);
    throw error;
  }
}

async function openRepo(repo: HubRepo, options: DatasetOptions & HubOptions): Promise<Dataset> {
  // As for models: where the cache is and which token to use are settled there for all programs that share it.
  const { hub = hubSettingsFromEnvironment(process.env), onDownload, onRetry, onNotice, signal } = options;
  const downloading: DownloadOptions = { onRetry, signal };
  const { folder, commit } = await download(repo, isCard, hub, { ...downloading, onNotice });
  const paths = await parquetPaths(repo, commit, folder, hub);
  const chosen = await chooseShards(folder, paths, options, repoText(repo));
  const pinned = { ...repo, revision: commit };
  const inRepo = chosen.paths.map((path) => path.slice(folder.length + 1).replaceAll("\\", "/"));
  await download(pinned, inRepo, hub, { ...downloading, onProgress: onDownload });
  const { config, split, splits } = chosen;
  const dataset = await openParquet(folder, chosen.paths, { ...options, config, split, within: folder });
  return { ...dataset, name: `${repo.name}/${split}`, splits };
}

/** The file that says most of the data set and is small; every repository has one of these. */
function isCard(path: string, _: number, paths: readonly string[]): boolean {
  return path === (["README.md", ".gitattributes"].find((name) => paths.includes(name)) ?? paths[0]);
}

/** Paths of all Parquet files of the repository, as they are or would be in the snapshot `folder`. */
async function parquetPaths(
  repo: HubRepo,
  commit: string,
  folder: string,
  settings: HubSettings,
): Promise<string[]> {
  const listing = await cachedListing(repo, commit, settings);
  const paths = listing?.files.map(({ path }) => path) ?? (await filesIn(folder));
  const parquet = paths.filter((path) => /\.parquet$/i.test(path)).sort(naturalOrder);
  if (parquet.length > 0) return parquet.map((path) => join(folder, path));
  throw new NearlabelError(
    "DATASET_INVALID",
    `${repoText(repo)} has no Parquet files. The hub makes them of many data sets, in another revision: try ` +
      `"${repo.name}@refs/convert/parquet".`,
  );
}

function lookedFor(id: string, error: NearlabelError): NearlabelError {
  return new NearlabelError(
    error.code,
    `There is no file or folder ${id}, so the data set was looked for on the hub. ${error.message}`,
    { cause: error },
  );
}
