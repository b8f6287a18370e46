import { readdir, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { NearlabelError, reasonOf, systemErrorCode } from "../errors.js";
import { MODEL_KEY, modelFolder, openDatabase } from "./embedding-cache.js";

/** The embeddings of one model in a cache. */
export interface CachedModel {
  /** `sha256:` and 64 hexadecimal digits. */
  readonly fingerprint: string;
  /** What the one who filled the cache called it. */
  readonly model?: string;
  /** Size on disk. */
  readonly bytes: number;
  /** Number of embeddings; absent with an `error`. */
  readonly entries?: number;
  /** What keeps its embeddings from being read. */
  readonly error?: NearlabelError;
}

/** What LMDB keeps in the folder of an environment. */
const FILES = ["data.mdb", "lock.mdb"];

/** The models whose embeddings the cache in `folder` holds; none where there is no such folder. */
export async function listCachedModels(folder: string): Promise<CachedModel[]> {
  const fingerprints = (await namesIn(folder))
    .filter((name) => /^[0-9a-f]{64}$/.test(name))
    .sort()
    .map((digits) => `sha256:${digits}`);
  const models: CachedModel[] = [];
  for (const fingerprint of fingerprints) models.push(await readModel(folder, fingerprint));
  return models;
}

/**
 * Deletes the embeddings of a model, and nothing else: not the folder itself, nor files in it that are not the cache's.
 * A program that has them open goes on with what it has, and writes into the void.
 * @throws NearlabelError WRITE_FAILED
 */
export async function clearCachedModel(folder: string, fingerprint: string): Promise<void> {
  const path = modelFolder(folder, fingerprint);
  try {
    for (const file of FILES) await rm(join(path, file), { force: true });
    await rmdir(path);
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (code === "ENOENT" || code === "ENOTEMPTY") return;
    throw new NearlabelError(
      "WRITE_FAILED",
      `${path} cannot be deleted: ${reasonOf(cause)}. Check who may write there, and that no program uses it.`,
      { cause },
    );
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (systemErrorCode(cause) === "ENOENT") return [];
    throw new NearlabelError(
      "CACHE_INVALID",
      `${folder} cannot be read as an embedding cache: ${reasonOf(cause)}.`,
      {
        cause,
      },
    );
  }
}

async function readModel(folder: string, fingerprint: string): Promise<CachedModel> {
  const path = modelFolder(folder, fingerprint);
  const sizes = await Promise.all(FILES.map((file) => sizeOf(join(path, file))));
  const found = { fingerprint, bytes: sizes.reduce((sum, size) => sum + size) };
  try {
    return { ...found, ...(await readEntries(path)) };
  } catch (error) {
    if (!(error instanceof NearlabelError)) throw error;
    return { ...found, error };
  }
}

async function readEntries(path: string): Promise<Pick<CachedModel, "model" | "entries">> {
  const database = await openDatabase(path);
  try {
    const model = database.get(MODEL_KEY)?.toString();
    const { entryCount } = database.getStats() as { entryCount: number };
    return model === undefined ? { entries: entryCount } : { model, entries: entryCount - 1 };
  } finally {
    await database.close();
  }
}

/** In bytes; 0 for a file that is not there. */
async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return 0;
    throw error;
  }
}
