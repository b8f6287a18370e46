import { type Dirent, existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { NearlabelError } from "../../errors.js";
import { packagePath } from "../../files/package-files.js";
import type { FileSelection } from "../../hub/cache/snapshot.js";
import type { DownloadOptions } from "../../hub/download.js";
import type { HubOptions } from "../../hub/options.js";
import { type HubRepo, isRepoId, parseRepoId, repoText } from "../../hub/protocol/repo.js";
import type { RepoListing } from "../../hub/protocol/repo-file.js";
import { BUILT_IN } from "../built-in.js";
import type { FileRecord } from "../quantized/proof.js";
import { type FoundQuantized, findQuantized, type QuantizedFiles } from "../quantized/quantized-files.js";
import { exportOf } from "./catalog.js";
import { layoutsText } from "./layouts.js";

/** Where the files of a model are, and which it has. */
export interface ModelSource {
  readonly folder: string;
  /** From the folder, with slashes; of a hub repository also those that were not downloaded. */
  readonly paths: readonly string[];
  /** SHA-256 by path, of files whose hash is known without reading them. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Quantised weights that were made here, or what is wrong with them, where they were looked for. */
  readonly made: FoundQuantized | undefined;
  /** Where weights that are made of these go; undefined for the built-in model, whose folder is the package's. */
  readonly quantizedFolder: string | undefined;
  /** Sees to it that files are in the folder. @throws NearlabelError as `download` */
  fetch(paths: readonly string[], signal?: AbortSignal): Promise<void>;
}

/** Which files are wanted of a model. */
export interface Wanted {
  /** Chooses the files to bring here at once, of all that the model has. */
  needed(paths: readonly string[], made: QuantizedFiles | undefined): readonly string[];
  /** Whether quantised weights that were made here would do. */
  readonly made: boolean;
}

/**
 * Finds what `id` names: the built-in model, a folder, or a repository of the hub, itself or by the id that its model was
 * published under. A folder comes before a repository of the same name.
 * @throws NearlabelError MODEL_NOT_FOUND, OPTION_INVALID, and as `download`
 */
export async function openSource(id: string, wanted: Wanted, options: HubOptions): Promise<ModelSource> {
  if (id === BUILT_IN) return openFolder(builtInFolder(), wanted);
  if (existsSync(id) || !isRepoId(id)) return openFolder(id, wanted);
  const repo = repoOf(id);
  try {
    return await openRepo(repo, wanted, options);
  } catch (error) {
    if (error instanceof NearlabelError && error.code.startsWith("HUB_")) throw lookedFor(id, repo, error);
    throw error;
  }
}

function builtInFolder(): string {
  return packagePath("models/mini");
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

async function openFolder(folder: string, wanted: Wanted): Promise<ModelSource> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) throw notFound(folder, found ? "is a file" : "is not there");
  const made = wanted.made ? await findQuantized(folder, sizeIn(folder)) : undefined;
  return {
    folder,
    paths: await pathsIn(folder),
    hashes: new Map(),
    made,
    quantizedFolder: folder === builtInFolder() ? undefined : folder,
    fetch: async () => {},
  };
}

/** Whether a file has the size that it had; where it is not there, nothing speaks against it. */
function sizeIn(folder: string) {
  return async ({ path, bytes }: FileRecord) => {
    const found = await stat(join(folder, path)).catch(() => undefined);
    return found && found.size === bytes;
  };
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

async function openRepo(repo: HubRepo, wanted: Wanted, options: HubOptions): Promise<ModelSource> {
  // Not loaded for the models that are here, which are most.
  const [
    { download },
    { hubSettingsFromEnvironment },
    { filesIn },
    { cachedCommit, cachedListing },
    { repoFolders },
  ] = await Promise.all([
    import("../../hub/download.js"),
    import("../../hub/protocol/settings.js"),
    import("../../hub/cache/snapshot.js"),
    import("../../hub/cache/stored-listing.js"),
    import("../../hub/cache/layout.js"),
  ]);
  // The one place where the library reads the environment: where the cache is and which token to use are settled there
  // for all programs that share it.
  const { hub = hubSettingsFromEnvironment(process.env), onDownload, onRetry, onNotice, signal } = options;
  const downloading: DownloadOptions = { onProgress: onDownload, onRetry };
  const folderAt = (commit: string) => join(repoFolders(hub.cacheDir, repo).quantized, commit);
  const madeAt = async (commit: string | undefined) => {
    if (!wanted.made || commit === undefined) return undefined;
    const hashes = hashesIn(await cachedListing(repo, commit, hub));
    return findQuantized(folderAt(commit), async ({ path, sha256 }) =>
      hashes.has(path) ? hashes.get(path) === sha256 : undefined,
    );
  };
  const bring = (made: FoundQuantized | undefined) =>
    download(
      repo,
      selectionOf((paths) => wanted.needed(paths, made?.quantized)),
      hub,
      {
        ...downloading,
        onNotice,
        signal,
      },
    );
  const before = await cachedCommit(repo, hub);
  let made = await madeAt(before);
  let { folder, commit } = await bring(made);
  if (commit !== before && wanted.made) {
    // The revision has moved on, and what was made belongs to the one before.
    made = await madeAt(commit);
    ({ folder, commit } = await bring(made));
  }
  const listing = await cachedListing(repo, commit, hub);
  const pinned = { ...repo, revision: commit };
  return {
    folder,
    paths: listing?.files.map(({ path }) => path) ?? (await filesIn(folder)),
    hashes: new Map([...hashesIn(listing), ...hashesOf(made)]),
    made,
    quantizedFolder: folderAt(commit),
    // Not with the signal of the load, which ends with it.
    async fetch(paths, signal) {
      if (paths.length > 0) await download(pinned, paths, hub, { ...downloading, signal });
    },
  };
}

function hashesIn(listing: RepoListing | undefined): Map<string, string> {
  return new Map(listing?.files.flatMap(({ path, sha256 }) => (sha256 ? [[path, sha256]] : [])));
}

function hashesOf(made: FoundQuantized | undefined): [string, string][] {
  return made?.quantized?.proof.files.map(({ path, sha256 }) => [path, sha256]) ?? [];
}

/**
 * Where the files make no model, config.json alone is fetched: what is missing is told afterwards, when it is certain
 * that the files are the newest.
 */
function selectionOf(needed: (paths: readonly string[]) => readonly string[]): FileSelection {
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
