import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { isError, NearlabelError } from "../../errors.js";
import type { ObjectStore } from "../../objects/object-store.js";
import type { Plan } from "./plan.js";
import type { PartRange } from "./shard-rows.js";

/** Shards in a block: with a thousand, a billion pictures in shards of a thousand are a thousand objects. */
export const BLOCK_SHARDS = 1000;

/** Offsets of the shards of a block and of its end, in 4 bytes each, least significant first. */
const TABLE_BYTES = 4 * (BLOCK_SHARDS + 1);

/** By what a block says, so that another plan for the same place, or half of one, takes nothing away from it. */
export function blockKey(hash: string): string {
  return `plan/${hash.slice(0, 32)}.bin`;
}

/** A block that is being filled, of which each shard can be read without the others. */
export interface BlockWriter {
  readonly shards: number;
  add(ranges: readonly PartRange[]): void;
  /** The block, and the SHA-256 of what it says. */
  finish(): { readonly bytes: Uint8Array; readonly hash: string };
}

export function startBlock(): BlockWriter {
  const table = Buffer.alloc(TABLE_BYTES);
  const parts: Uint8Array[] = [];
  const hash = createHash("sha256");
  let end = TABLE_BYTES;
  return {
    get shards() {
      return parts.length;
    },
    add(ranges) {
      const text = `${ranges.map((range) => JSON.stringify(range)).join("\n")}\n`;
      hash.update(text).update("\0");
      // Names of one folder have most of their letters in common.
      const packed = gzipSync(text, { level: 1 });
      table.writeUInt32LE(end, 4 * parts.length);
      parts.push(packed);
      end += packed.length;
    },
    finish() {
      for (let at = parts.length; at <= BLOCK_SHARDS; at++) table.writeUInt32LE(end, 4 * at);
      return { bytes: Buffer.concat([table, ...parts]), hash: hash.digest("hex") };
    },
  };
}

/**
 * What a shard consists of. Reads some kilobytes, however large the plan is.
 *
 * @throws NearlabelError `PLAN_INVALID` for a block that is not there or damaged
 */
export async function readShard(
  store: ObjectStore,
  { blocks }: Pick<Plan, "blocks">,
  shard: number,
  signal?: AbortSignal,
): Promise<PartRange[]> {
  const key = blockKey(blocks[Math.floor(shard / BLOCK_SHARDS)]!);
  const damaged = (reason: string, cause?: unknown) =>
    new NearlabelError("PLAN_INVALID", `${store.place}: ${key} ${reason}. Make the plan anew, elsewhere.`, {
      cause,
    });
  const entry = await store.read(key, { position: 4 * (shard % BLOCK_SHARDS), length: 8, signal });
  if (!entry) throw damaged("is not there");
  if (entry.length < 8) throw damaged("is cut off");
  const [start, end] = new Uint32Array(entry.buffer.slice(entry.byteOffset, entry.byteOffset + 8));
  if (!(start! < end!)) throw damaged(`has no shard ${shard}`);
  const packed = await store.read(key, { position: start!, length: end! - start!, signal });
  try {
    return gunzipSync(packed!)
      .toString()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  } catch (cause) {
    throw damaged(`is damaged at shard ${shard}: ${isError(cause) ? cause.message : cause}`, cause);
  }
}
