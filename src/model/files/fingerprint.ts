import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { NearlabelError, reasonOf } from "../../errors.js";
import type { ModelSource } from "./source.js";

/**
 * `sha256:` and 64 hexadecimal digits over the names of files and the SHA-256 of each, in the order given. Of a hub
 * repository the hub tells most of these, so that a tower need not be here to be told from another.
 * @throws NearlabelError MODEL_FILE_INVALID, and as `source.fetch`
 */
export async function fingerprintFiles(source: ModelSource, paths: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths) {
    hash.update(`${path}\0${source.hashes.get(path) ?? (await hashOf(source, path))}\n`);
  }
  return `sha256:${hash.digest("hex")}`;
}

/** Streams, so that memory does not grow with the weights. */
async function hashOf({ folder, fetch }: ModelSource, path: string): Promise<string> {
  await fetch([path]);
  const file = join(folder, path);
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  } catch (cause) {
    throw new NearlabelError("MODEL_FILE_INVALID", `${file} cannot be read: ${reasonOf(cause)}.`, { cause });
  }
  return hash.digest("hex");
}
