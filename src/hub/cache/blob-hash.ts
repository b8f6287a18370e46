import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";

/**
 * Whether the content of `file` is the one named `etag`: SHA-256 where that has 64 digits, else the name that git
 * gives a blob, the SHA-1 of `blob <size>\0` and the content.
 */
export async function hasHash(file: string, etag: string, signal?: AbortSignal): Promise<boolean> {
  const hash = createHash(etag.length === 64 ? "sha256" : "sha1");
  if (etag.length !== 64) hash.update(`blob ${(await stat(file)).size}\0`);
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash, signal ? { signal } : {});
  return hash.digest("hex") === etag;
}
