import { mapAhead } from "../../encoder/rows/map-ahead.js";
import { NearlabelError } from "../../errors.js";
import type { ObjectStore } from "../../objects/object-store.js";
import { BLOCK_SHARDS } from "../plan/blocks.js";
import type { Plan } from "../plan/plan.js";
import { attemptRows, sha256 } from "./attempt.js";
import { type Marker, markersOfBlock, readMarker, shardOfKey } from "./marker.js";
import type { ShardRow } from "./shard-row.js";

/** A shard that is marked as done. */
export interface DoneShard {
  readonly shard: number;
  /** When its marker was written, in milliseconds since 1970, by the clock of the store. */
  readonly finished: number;
}

/** The shards of a block that are done, in their order. Reads no marker. */
export async function* listBlock(
  store: ObjectStore,
  block: number,
  signal?: AbortSignal,
): AsyncGenerator<DoneShard> {
  for await (const { key, modified } of store.list(markersOfBlock(block), signal)) {
    yield { shard: shardOfKey(key), finished: modified };
  }
}

/** The shards that are done, in their order, as a stream, of those that are wanted. Reads no marker. */
export async function* listDone(
  store: ObjectStore,
  { shards }: Pick<Plan, "shards">,
  wanted: (shard: number) => boolean = () => true,
  signal?: AbortSignal,
): AsyncGenerator<DoneShard> {
  for (let first = 0; first < shards; first += BLOCK_SHARDS) {
    if (!anyWanted(first, Math.min(first + BLOCK_SHARDS, shards), wanted)) continue;
    for await (const done of listBlock(store, first / BLOCK_SHARDS, signal)) {
      if (wanted(done.shard)) yield done;
    }
  }
}

/** What of a plan is not done. */
export interface Remainder {
  readonly shards: number;
  /** Their pictures; absent where the plan does not know its own. */
  readonly rows?: number;
}

const BLOCKS_AHEAD = 16;

/** What is left to do of a plan. Reads no marker, and several blocks at a time, so that a million shards take seconds. */
export async function countMissing(
  store: ObjectStore,
  { shards, shardSize, rows }: Plan,
  signal?: AbortSignal,
): Promise<Remainder> {
  async function* blocks() {
    for (let block = 0; block * BLOCK_SHARDS < shards; block++) yield block;
  }
  const count = async (block: number) => {
    let [done, last] = [0, -1];
    for await (const { shard } of listBlock(store, block, signal)) {
      done++;
      last = shard;
    }
    return { done, last };
  };
  let [done, last] = [0, -1];
  for await (const block of mapAhead(blocks(), count, { ahead: BLOCKS_AHEAD, signal })) {
    done += block.done;
    last = Math.max(last, block.last);
  }
  if (rows === undefined) return { shards: shards - done };
  // Only the last shard of a plan whose pictures are known may have fewer.
  const lacking = last === shards - 1 ? shards * shardSize - rows : 0;
  return { shards: shards - done, rows: rows - (done * shardSize - lacking) };
}

/** The numbers of the shards that are not done, looked up a block at a time. */
export async function* missingShards(
  store: ObjectStore,
  plan: Plan,
  signal?: AbortSignal,
): AsyncGenerator<number> {
  let next = 0;
  for await (const { shard } of listDone(store, plan, undefined, signal)) {
    for (; next < shard; next++) yield next;
    next = shard + 1;
  }
  for (; next < plan.shards; next++) yield next;
}

function anyWanted(first: number, end: number, wanted: (shard: number) => boolean): boolean {
  for (let shard = first; shard < end; shard++) if (wanted(shard)) return true;
  return false;
}

/**
 * The marker and the rows of a shard that is done.
 *
 * @throws NearlabelError `SHARD_INVALID` where the attempt is not there, or not what its marker says
 */
export async function readDone(
  store: ObjectStore,
  plan: Plan,
  { shard }: Pick<DoneShard, "shard">,
  signal?: AbortSignal,
): Promise<{ marker: Marker; rows: ShardRow[] }> {
  const marker = await readMarker(store, plan, shard, signal);
  if (!marker)
    throw new NearlabelError("SHARD_INVALID", `${store.place}: shard ${shard} is not done any more.`);
  const name = `${store.place}/${marker.attempt}`;
  const content = await store.read(marker.attempt, { signal });
  const problem = !content
    ? "is not there"
    : sha256(content) === marker.hash
      ? undefined
      : `holds other bytes than were written (${content.length}, of ${marker.bytes})`;
  if (problem !== undefined) {
    throw new NearlabelError(
      "SHARD_INVALID",
      `${name} ${problem}. Remove the marker of shard ${shard} in done/, and let a worker do it again.`,
    );
  }
  return { marker, rows: await attemptRows(content!, name) };
}
