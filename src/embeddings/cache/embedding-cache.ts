import { join } from "node:path";
import { crc32 } from "node:zlib";
import { NearlabelError, reasonOf } from "../../errors.js";
import { makeFolder } from "../../files/folders.js";
import { norm } from "../../math/vector.js";
import { checkCacheFile, invalidCache } from "./cache-file.js";

/** Image embeddings that were computed before, found by what was encoded: contents, model and preprocessing. */
export interface EmbeddingCache {
  /** The embedding of the picture with this content hash as the network gave it, not unit length, if it is known. */
  get(contentHash: string): Float32Array | undefined;
  /**
   * Keeps an embedding. Durable once {@link close} has returned; several processes may write at once. Once a write has
   * failed, nothing more is kept.
   * @throws NearlabelError VECTOR_INVALID for another dimension, or one that is zero or not finite
   */
  put(contentHash: string, embedding: Float32Array): void;
  /**
   * Waits for what was put to be on disk.
   * @throws NearlabelError WRITE_FAILED or CACHE_INVALID where some of it is not, be it from long before
   */
  close(): Promise<void>;
}

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

/** What is used of LMDB, whose own types do not compile without `skipLibCheck`. */
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
 * the embedding, exactly as it was put, in float32 with the low byte first, and the CRC-32 of key and embedding; one
 * that is damaged is treated as unknown. The folder must lie on a local disk: LMDB's lock does not work over a network.
 * @throws NearlabelError CACHE_INVALID, WRITE_FAILED
 */
export async function openEmbeddingCache(folder: string, space: EmbeddingSpace): Promise<EmbeddingCache> {
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
    throw new TypeError(`Expected sha256: and 64 hexadecimal digits, got ${fingerprint}`);
  return join(folder, digits);
}

/** @throws NearlabelError CACHE_INVALID, WRITE_FAILED */
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

  return {
    get(contentHash) {
      const key = keyOf(contentHash);
      const entry = pending.get(key) ?? attempt(() => database.get(key));
      return entry && embeddingOf(key, entry, dimension);
    },
    put(contentHash, embedding) {
      checkEmbedding(embedding, dimension);
      const key = keyOf(contentHash);
      pending.set(key, entryOf(key, embedding));
      if (pending.size >= BATCH || performance.now() - writtenAt >= DELAY) write();
    },
    async close() {
      if (pending.size > 0) write();
      await database.close();
      if (failure) throw failure;
    },
  };
}

function entryOf(key: string, embedding: Float32Array): Buffer {
  const entry = Buffer.alloc(embedding.length * 4 + CHECKSUM_BYTES);
  for (const [index, value] of embedding.entries()) entry.writeFloatLE(value, index * 4);
  entry.writeUInt32LE(checksumOf(key, entry), embedding.length * 4);
  return entry;
}

/** LMDB has no checksums of its own. With the key in it, an entry that lies at another's place is found out too. */
function checksumOf(key: string, entry: Buffer): number {
  return crc32(entry.subarray(0, -CHECKSUM_BYTES), crc32(key));
}

/** Undefined for an entry that is damaged. */
function embeddingOf(key: string, entry: Buffer, dimension: number): Float32Array | undefined {
  if (entry.length !== dimension * 4 + CHECKSUM_BYTES) return undefined;
  if (entry.readUInt32LE(dimension * 4) !== checksumOf(key, entry)) return undefined;
  const embedding = Float32Array.from({ length: dimension }, (_, index) => entry.readFloatLE(index * 4));
  return isDirection(embedding) ? embedding : undefined;
}

function checkEmbedding(embedding: Float32Array, dimension: number): void {
  if (embedding.length === dimension && isDirection(embedding)) return;
  throw new NearlabelError(
    "VECTOR_INVALID",
    `Expected an embedding of ${dimension} numbers, finite and not all zero, ` +
      `got ${embedding.length} numbers of length ${norm(embedding)}.`,
  );
}

/** Whether it can be brought to unit length. */
function isDirection(embedding: Float32Array): boolean {
  const length = norm(embedding);
  return Number.isFinite(length) && length > 0;
}

/** LMDB's own error codes are below -30,000 (`MDB_KEYEXIST` and on); others are the system's. */
function failureOf(path: string, cause: unknown): NearlabelError {
  if (cause instanceof NearlabelError) return cause;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (typeof code === "number" && code < -30_000) return invalidCache(path, cause);
  return new NearlabelError(
    "WRITE_FAILED",
    `The embedding cache ${path} cannot be written: ${reasonOf(cause)}. Free some disk space, or check who may write there. ` +
      "What it held before is kept.",
    { cause },
  );
}
