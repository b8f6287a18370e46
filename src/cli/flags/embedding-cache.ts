import { homedir } from "node:os";
import { join } from "node:path";
import { openEmbeddingCache } from "../../embeddings/embedding-cache.js";
import type { EmbeddingCache } from "../../encoder/embedding-cache.js";
import type { Encoder } from "../../encoder/encoder.js";
import { NearlabelError } from "../../errors.js";
import { type Terminal, writeLine } from "../terminal/terminal.js";

/**
 * Where embeddings are kept: `NEARLABEL_CACHE`, or a folder among the caches of this platform's programs
 * (XDG Base Directory Specification on Linux).
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  if (env.NEARLABEL_CACHE) return env.NEARLABEL_CACHE;
  const home = env.HOME || env.USERPROFILE || homedir();
  if (platform === "win32")
    return join(env.LOCALAPPDATA || join(home, "AppData", "Local"), "nearlabel", "cache");
  if (platform === "darwin") return join(home, "Library", "Caches", "nearlabel");
  return join(env.XDG_CACHE_HOME || join(home, ".cache"), "nearlabel");
}

/**
 * The cache of `model`'s embeddings, or undefined where it cannot be used. A cache that fails stops no run: stderr is
 * told once, and the embeddings are computed.
 */
export async function openCliCache(
  { identity, dimension }: Pick<Encoder, "identity" | "dimension">,
  { stderr }: Pick<Terminal, "stderr">,
): Promise<EmbeddingCache | undefined> {
  const tell = (error: unknown) => {
    if (!(error instanceof NearlabelError)) throw error;
    writeLine(stderr, `${error.message} The run goes on without it.`);
    return undefined;
  };
  const space = {
    model: identity.id,
    fingerprint: await identity.fingerprint(),
    dimension,
    variant: identity.pictures,
  };
  const cache = await openEmbeddingCache(cacheFolder(), space).catch(tell);
  return cache && { ...cache, close: () => cache.close().catch(tell) };
}
