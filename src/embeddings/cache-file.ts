import type { open } from "node:fs/promises";
import { NearlabelError, reasonOf, systemErrorCode } from "../errors.js";
import { openFile } from "../files/open-file.js";

// Of LMDB's `MDB_meta`, which begins each of the first two pages behind a page header of 24 bytes; 64 bits, low byte
// first. All platforms that LMDB is built for here have this layout.
const MAGIC_AT = 24;
const VERSION_AT = 28;
const PAGE_SIZE_AT = 48;
const LAST_PAGE_AT = 144;
const TRANSACTION_AT = 152;
const META_BYTES = 160;

const MAGIC = 0xbeefc0de;
/** Of the file format; the upper half of the field is for flags. */
const VERSION = 2;
const [SMALLEST_PAGE, LARGEST_PAGE] = [512, 65_536];

/**
 * Checks that an LMDB file is one and is whole, as far as its header tells. LMDB maps the file without asking, so that
 * one that was cut short would end the program with SIGBUS, and a foreign one with SIGSEGV. A file that is absent or
 * empty passes: LMDB makes it.
 * @throws NearlabelError CACHE_INVALID
 */
export async function checkCacheFile(path: string): Promise<void> {
  try {
    await using file = await openFile(path);
    const first = await readMeta(file, 0);
    if (first === undefined) return;
    const second = await readMeta(file, first.pageSize);
    // Writers take turns between the two; the size is read last, for the file may be growing.
    const newest = second && second.transaction > first.transaction ? second : first;
    const { size } = await file.stat();
    const expected = (newest.lastPage + 1) * first.pageSize;
    if (!second || size < expected) throw new Error(`expected ${expected} bytes, found ${size}`);
  } catch (cause) {
    if (systemErrorCode(cause) === "ENOENT") return;
    throw invalidCache(path, cause);
  }
}

async function readMeta(file: Awaited<ReturnType<typeof open>>, position: number) {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(META_BYTES), 0, META_BYTES, position);
  if (bytesRead === 0) return undefined;
  const pageSize = buffer.readUInt32LE(PAGE_SIZE_AT);
  const isMeta =
    bytesRead === META_BYTES &&
    buffer.readUInt32LE(MAGIC_AT) === MAGIC &&
    buffer.readUInt16LE(VERSION_AT) === VERSION &&
    pageSize >= SMALLEST_PAGE &&
    pageSize <= LARGEST_PAGE;
  if (!isMeta) throw new Error("its header is not one of LMDB, format 2");
  return {
    pageSize,
    lastPage: Number(buffer.readBigUInt64LE(LAST_PAGE_AT)),
    transaction: buffer.readBigUInt64LE(TRANSACTION_AT),
  };
}

export function invalidCache(path: string, cause: unknown): NearlabelError {
  const reason = reasonOf(cause).split("\n")[0];
  return new NearlabelError(
    "CACHE_INVALID",
    `${path} is no embedding cache, or a damaged one: ${reason}. Delete it; embeddings are then computed again.`,
    { cause },
  );
}
