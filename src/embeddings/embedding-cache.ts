import { join } from "node:path";
import { crc32 } from "node:zlib";
import { requireOptions } from "../arguments.js";
import type { Embedding } from "../encoder/embedding-batch.js";
import type { EmbeddingCache } from "../encoder/embedding-cache.js";
import { isError, NearlabelError, optionError, reasonOf } from "../errors.js";
import { makeFolder } from "../files/folders.js";
import { norm } from "../math/vector.js";
import { checkCacheFile, invalidCache } from "./cache-file.js";

/** Whose embeddings a cache holds: all that changes an embedding, but the picture. */
export interface EmbeddingSpace {
  /** The model's fingerprint, `sha256:` and 64 hexadecimal digits: weights, configuration and preprocessing. */
  readonly fingerprint: string;
  /** Numbers in an embedding. */
  readonly dimension: number;
  /** What else changes an embedding, such as the orientation that pictures are decoded in: `upright`. */
  readonly variant: string;
  /** What people call the model, for `listCachedModels`. Default: the fingerprint alone. */
  readonly model?: string | undefined;
}

/**
 * What is used of LMDB, whose own types do not compile without `skipLibCheck`.
 * @internal
 */
export interface Database {
  get(key: string): Buffer | undefined;
  putSync(key: string, value: Buffer): void;
  transactionSync(action: () => void): void;
  getStats(): object;
  close(): Promise<void>;
}

/** The only entry that is no embedding: what people call the model. */
export const MODEL_KEY = "model";
/** Embeddings of one transaction. One costs a sync of the disk, so that each embedding on its own would be slow. */
const BATCH = 64;
/** Milliseconds after which fewer are written too, so that a run that is killed loses little. */
const DELAY = 1000;
const NORM_BYTES = 8;
const CHECKSUM_BYTES = 4;
/**
 * Addresses that are reserved for the file: 4 GiB, room for 950,000 embeddings of up to 1,000 numbers. A file that outgrows them is
 * mapped anew beside the old maps, and its pages are resident as often: with LMDB's default, three times after 50,000 embeddings.
 * LMDB crashes where a process may not have as many addresses, so not more.
 */
const MAP_BYTES = 2 ** 32;

/**
 * Opens the embeddings of one model in the folder `folder`, which is made where it is not there yet. Each model has an
 * LMDB environment of its own, so that clearing a model frees its disk space and damage to one harms no other. An entry is
 * the embedding, exactly as it was put, in float32 with the low byte first, its length before as float64, and the CRC-32 of
 * key and both; one
 * that is damaged is treated as unknown. The folder must lie on a local disk: LMDB's lock does not work over a network.
 * @throws NearlabelError CACHE_INVALID, WRITE_FAILED
 */
export async function openEmbeddingCache(folder: string, space: EmbeddingSpace): Promise<EmbeddingCache> {
  if (typeof folder !== "string") throw optionError("folder", "the path of a folder", folder);
  requireOptions(space, ["fingerprint", "dimension", "variant", "model"], "openEmbeddingCache");
  const path = modelFolder(folder, space.fingerprint);
  const database = await openDatabase(path);
  try {
    if (space.model !== undefined && database.get(MODEL_KEY)?.toString() !== space.model) {
      database.putSync(MODEL_KEY, Buffer.from(space.model));
    }
  } catch (cause) {
    await database.close();
    throw failureOf(path, cause);
  }
  return createCache(path, database, space);
}

/** The folder of a model's environment within `folder`. */
export function modelFolder(folder: string, fingerprint: string): string {
  const digits = /^sha256:([0-9a-f]{64})$/.exec(fingerprint)?.[1];
  if (digits === undefined)
    throw optionError("fingerprint", "sha256: and 64 hexadecimal digits", fingerprint);
  return join(folder, digits);
}

/**
 * @throws NearlabelError CACHE_INVALID, WRITE_FAILED
 * @internal
 */
export async function openDatabase(path: string): Promise<Database> {
  try {
    await makeFolder(path);
    await checkCacheFile(join(path, "data.mdb"));
    const { open } = await import("lmdb");
    // Without overlapping sync a transaction is on disk before the header names it, so that the header can be trusted.
    return open<Buffer, string>({ path, encoding: "binary", overlappingSync: false, mapSize: MAP_BYTES });
  } catch (cause) {
    throw failureOf(path, cause);
  }
}

function createCache(
  path: string,
  database: Database,
  { dimension, variant }: EmbeddingSpace,
): EmbeddingCache {
  const keyOf = (contentHash: string) => `${variant}/${contentHash}`;
  const pending = new Map<string, Buffer>();
  let writtenAt = performance.now();
  let failure: NearlabelError | undefined;
  let closed: Promise<void> | undefined;
  const expectOpen = () => {
    if (!closed) return;
    throw new NearlabelError("CACHE_CLOSED", `The embedding cache ${path} was closed. Open it again.`);
  };
  const attempt = <T>(work: () => T): T | undefined => {
    if (failure) return undefined;
    try {
      return work();
    } catch (cause) {
      failure = failureOf(path, cause);
      return undefined;
    }
  };
  const write = () => {
    attempt(() =>
      database.transactionSync(() => {
        for (const [key, entry] of pending) database.putSync(key, entry);
      }),
    );
    pending.clear();
    writtenAt = performance.now();
  };

  const end = async () => {
    if (pending.size > 0) write();
    await database.close();
    if (failure) throw failure;
  };

  return {
    async getMany(contentHashes) {
      expectOpen();
      return contentHashes.map((contentHash) => {
        const key = keyOf(contentHash);
        const entry = pending.get(key) ?? attempt(() => database.get(key));
        return entry && embeddingOf(key, entry, dimension);
      });
    },
    put(contentHash, embedding) {
      expectOpen();
      checkEmbedding(embedding, dimension);
      const key = keyOf(contentHash);
      pending.set(key, entryOf(key, embedding));
      if (pending.size >= BATCH || performance.now() - writtenAt >= DELAY) write();
    },
    close() {
      closed ??= end();
      return closed;
    },
  };
}

function entryOf(key: string, { embedding, norm: length }: Embedding): Buffer {
  const entry = Buffer.alloc(entryBytes(embedding.length));
  for (const [index, value] of embedding.entries()) entry.writeFloatLE(value, index * 4);
  entry.writeDoubleLE(length, embedding.length * 4);
  entry.writeUInt32LE(checksumOf(key, entry), entry.length - CHECKSUM_BYTES);
  return entry;
}

function entryBytes(dimension: number): number {
  return dimension * 4 + NORM_BYTES + CHECKSUM_BYTES;
}

/** LMDB has no checksums of its own. With the key in it, an entry that lies at another's place is found out too. */
function checksumOf(key: string, entry: Buffer): number {
  return crc32(entry.subarray(0, -CHECKSUM_BYTES), crc32(key));
}

/** Undefined for an entry that is damaged. */
function embeddingOf(key: string, entry: Buffer, dimension: number): Embedding | undefined {
  if (entry.length !== entryBytes(dimension)) return undefined;
  if (entry.readUInt32LE(entry.length - CHECKSUM_BYTES) !== checksumOf(key, entry)) return undefined;
  const embedding = Float32Array.from({ length: dimension }, (_, index) => entry.readFloatLE(index * 4));
  const found = { embedding, norm: entry.readDoubleLE(dimension * 4) };
  return isEmbedding(found) ? found : undefined;
}

function checkEmbedding(embedding: Embedding, dimension: number): void {
  if (embedding.embedding.length === dimension && isEmbedding(embedding)) return;
  throw new NearlabelError(
    "VECTOR_INVALID",
    `Expected an embedding of ${dimension} numbers of unit length, and the length that it had, above 0; ` +
      `got ${embedding.embedding.length} numbers of length ${norm(embedding.embedding)}, and ${embedding.norm}.`,
  );
}

/** Furthest that float32 takes a unit vector from length 1. */
const UNIT_TOLERANCE = 1e-3;

function isEmbedding({ embedding, norm: length }: Embedding): boolean {
  return Math.abs(norm(embedding) - 1) <= UNIT_TOLERANCE && Number.isFinite(length) && length > 0;
}

/** LMDB's own error codes are below -30,000 (`MDB_KEYEXIST` and on); others are the system's. */
function failureOf(path: string, cause: unknown): NearlabelError {
  if (cause instanceof NearlabelError) return cause;
  const code = isError(cause) && "code" in cause ? cause.code : undefined;
  if (typeof code === "number" && code < -30_000) return invalidCache(path, cause);
  return new NearlabelError(
    "WRITE_FAILED",
    `The embedding cache ${path} cannot be written: ${reasonOf(cause)}. Free some disk space, or check who may write there. ` +
      "What it held before is kept.",
    { cause },
  );
}
