import { type Dirent, existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { NearlabelError } from "../../errors.js";
import { packagePath } from "../../files/package-files.js";
import type { FileSelection } from "../../hub/cache/snapshot.js";
import type { DownloadOptions } from "../../hub/download.js";
import type { HubOptions } from "../../hub/options.js";
import { type HubRepo, isRepoId, parseRepoId, repoText } from "../../hub/protocol/repo.js";
import { BUILT_IN } from "../built-in.js";
import { exportOf } from "./catalog.js";
import { layoutsText } from "./layouts.js";

/** Where the files of a model are, and which it has. */
export interface ModelSource {
  readonly folder: string;
  /** From the folder, with slashes; of a hub repository also those that were not downloaded. */
  readonly paths: readonly string[];
  /** SHA-256 by path, of files whose hash is known without reading them. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Sees to it that files are in the folder. @throws NearlabelError as `download` */
  fetch(paths: readonly string[], signal?: AbortSignal): Promise<void>;
}

/** Chooses the files to bring here at once, of all that the model has. */
export type Needed = (paths: readonly string[]) => readonly string[];

/**
 * Finds what `id` names: the built-in model, a folder, or a repository of the hub, itself or by the id that its model was
 * published under. A folder comes before a repository of the same name.
 * @throws NearlabelError MODEL_NOT_FOUND, OPTION_INVALID, and as `download`
 */
export async function openSource(id: string, needed: Needed, options: HubOptions): Promise<ModelSource> {
  if (id === BUILT_IN) return openFolder(packagePath("models/mini"));
  if (existsSync(id) || !isRepoId(id)) return openFolder(id);
  const repo = repoOf(id);
  try {
    return await openRepo(repo, needed, options);
  } catch (error) {
    if (error instanceof NearlabelError && error.code.startsWith("HUB_")) throw lookedFor(id, repo, error);
    throw error;
  }
}

/** The repository with the ONNX export of the model that `id` names. @throws NearlabelError OPTION_INVALID */
export function repoOf(id: string): HubRepo {
  const [name = "", revision] = id.split(/@(.*)/);
  const exported = exportOf(name);
  if (exported !== undefined && revision !== undefined) {
    throw new NearlabelError(
      "OPTION_INVALID",
      `${name} has its ONNX export in another repository, ${exported}, which knows nothing of its revisions: expected ` +
        `"${name}" or "${exported}@revision", got "${id}".`,
    );
  }
  return parseRepoId(exported ?? id);
}

async function openFolder(folder: string): Promise<ModelSource> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) throw notFound(folder, found ? "is a file" : "is not there");
  return { folder, paths: await pathsIn(folder), hashes: new Map(), fetch: async () => {} };
}

/** Files of the folder and of the folders in it: no layout is deeper. A link that leads nowhere is no file. */
async function pathsIn(folder: string, levels = 1): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);
  const paths = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    const found = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry;
    if (found?.isFile()) return [entry.name];
    if (!found?.isDirectory() || levels === 0) return [];
    return (await pathsIn(path, levels - 1)).map((inner) => `${entry.name}/${inner}`);
  });
  return (await Promise.all(paths)).flat();
}

function notFound(folder: string, got: string): NearlabelError {
  return new NearlabelError(
    "MODEL_NOT_FOUND",
    `No model "${folder}": expected "mini", the built-in model, a model folder, or a hub id such as ` +
      `"Xenova/clip-vit-base-patch32", but ${folder} ${got}. ${layoutsText}`,
  );
}

async function openRepo(repo: HubRepo, needed: Needed, options: HubOptions): Promise<ModelSource> {
  // Not loaded for the models that are here, which are most.
  const [{ download }, { hubSettingsFromEnvironment }, { filesIn }, { cachedListing }] = await Promise.all([
    import("../../hub/download.js"),
    import("../../hub/protocol/settings.js"),
    import("../../hub/cache/snapshot.js"),
    import("../../hub/cache/stored-listing.js"),
  ]);
  // The one place where the library reads the environment: where the cache is and which token to use are settled there
  // for all programs that share it.
  const { hub = hubSettingsFromEnvironment(process.env), onDownload, onRetry, onNotice, signal } = options;
  const downloading: DownloadOptions = { onProgress: onDownload, onRetry };
  const selection = selectionOf(needed);
  const { folder, commit } = await download(repo, selection, hub, { ...downloading, onNotice, signal });
  const listing = await cachedListing(repo, commit, hub);
  const pinned = { ...repo, revision: commit };
  return {
    folder,
    paths: listing?.files.map(({ path }) => path) ?? (await filesIn(folder)),
    hashes: new Map(listing?.files.flatMap(({ path, sha256 }) => (sha256 ? [[path, sha256]] : []))),
    // Not with the signal of the load, which ends with it.
    async fetch(paths, signal) {
      if (paths.length > 0) await download(pinned, paths, hub, { ...downloading, signal });
    },
  };
}

/**
 * Where the files make no model, config.json alone is fetched: what is missing is told afterwards, when it is certain
 * that the files are the newest.
 */
function selectionOf(needed: Needed): FileSelection {
  let chosen: { from: readonly string[]; paths: ReadonlySet<string> } | undefined;
  const choose = (paths: readonly string[]): readonly string[] => {
    try {
      return needed(paths);
    } catch (error) {
      if (error instanceof NearlabelError && error.code === "MODEL_FILE_MISSING") return ["config.json"];
      throw error;
    }
  };
  return (path, _, paths) => {
    if (chosen?.from !== paths) chosen = { from: paths, paths: new Set(choose(paths)) };
    return chosen.paths.has(path);
  };
}

function lookedFor(id: string, repo: HubRepo, error: NearlabelError): NearlabelError {
  const where = exportOf(id) === undefined ? "on the hub" : `on the hub, as ${repoText(repo)}`;
  return new NearlabelError(
    error.code,
    `There is no folder ${id}, so the model was looked for ${where}. ${error.message}`,
    { cause: error },
  );
}
