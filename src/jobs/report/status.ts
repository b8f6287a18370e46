import { mapAhead } from "../../encoder/rows/map-ahead.js";
import { decodeJsonObject } from "../../files/json.js";
import type { ObjectStore } from "../../objects/object-store.js";
import { openObjectStore } from "../../objects/open-store.js";
import { BLOCK_SHARDS } from "../plan/blocks.js";
import type { Plan } from "../plan/plan.js";
import { readPlan } from "../plan/plan-file.js";
import { type DoneShard, listBlock } from "../shard/done-shards.js";
import { listSetAside, type Poison, readMarker, readPoison } from "../shard/marker.js";
import { RecentTimes } from "./recent-times.js";

/** How far a plan is. */
export interface JobStatus {
  readonly plan: Plan;
  /** Shards that are done. */
  readonly done: number;
  /** Pictures that are embedded, and that failed, in shards that are done. */
  readonly rows: number;
  readonly failed: number;
  /** Failed pictures by the code of their error. */
  readonly failures: Readonly<Record<string, number>>;
  /** Number of shards that were set aside and not done since. */
  readonly setAside: number;
  /** The first hundred of them, and why. */
  readonly poison: readonly Poison[];
  /** Pictures a second over the last minutes; absent before two shards are done. */
  readonly rate?: number;
  /** When the last shard was done, by the clock of the store: ISO 8601, UTC. Absent before one is. */
  readonly latest?: string;
  /** Seconds until all is done, at that rate. */
  readonly secondsLeft?: number;
}

/** What the shards of a block come to. */
interface Sum {
  readonly done: number;
  readonly rows: number;
  readonly failures: Record<string, number>;
}

/** Shards set aside of which the reason is read. */
const MOST_POISON = 100;
const BLOCKS_AHEAD = 8;
/** Markers of a block, and reasons, that are read at the same time. */
const MARKERS_AHEAD = 16;

/**
 * How far the plan at `place` is. Reads the markers of blocks that are not whole yet; what a whole block comes to is kept, as it
 * cannot change.
 *
 * @throws NearlabelError `PLAN_NOT_FOUND`, `PLAN_INVALID`, `SHARD_INVALID`
 */
export async function jobStatus(
  place: string,
  { signal }: { signal?: AbortSignal } = {},
): Promise<JobStatus> {
  const store = openObjectStore(place);
  const plan = await readPlan(store, signal);
  const failures: Record<string, number> = {};
  let [done, rows] = [0, 0];
  const times = new RecentTimes();
  // Before the markers: one that is done meanwhile is not set aside.
  const aside = new Set<number>();
  for await (const shard of listSetAside(store, signal)) aside.add(shard);
  const look = async (block: number) => {
    const shards: DoneShard[] = [];
    for await (const shard of listBlock(store, block, signal)) shards.push(shard);
    return { shards, sum: await sumOf(store, plan, block, shards, signal) };
  };
  for await (const { shards, sum } of mapAhead(blocksOf(plan), look, { ahead: BLOCKS_AHEAD, signal })) {
    done += sum.done;
    rows += sum.rows;
    addAll(failures, sum.failures);
    for (const { shard, finished } of shards) {
      times.add(finished);
      aside.delete(shard);
    }
  }
  const poison = await firstPoison(store, aside, signal);
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
  const progress = { plan, done, rows, failed };
  return { ...progress, failures, setAside: aside.size, poison, ...speed(progress, times) };
}

async function firstPoison(
  store: ObjectStore,
  aside: Iterable<number>,
  signal: AbortSignal | undefined,
): Promise<Poison[]> {
  const poison: Poison[] = [];
  const read = (shard: number) => readPoison(store, shard, signal);
  for await (const one of mapAhead(firstOf(aside, MOST_POISON), read, { ahead: MARKERS_AHEAD, signal })) {
    if (one) poison.push(one);
  }
  return poison;
}

async function* firstOf<T>(items: Iterable<T>, most: number): AsyncGenerator<T> {
  let given = 0;
  for (const item of items) {
    if (given++ === most) return;
    yield item;
  }
}

async function* blocksOf({ shards }: Plan): AsyncGenerator<number> {
  for (let block = 0; block * BLOCK_SHARDS < shards; block++) yield block;
}

async function sumOf(
  store: ObjectStore,
  plan: Plan,
  block: number,
  shards: readonly DoneShard[],
  signal?: AbortSignal,
): Promise<Sum> {
  const key = `sums/${plan.id.slice(0, 16)}/${String(block).padStart(6, "0")}.json`;
  const isWhole = shards.length === Math.min(BLOCK_SHARDS, plan.shards - block * BLOCK_SHARDS);
  const kept = isWhole ? await store.read(key, { signal }) : undefined;
  if (kept) return decodeJsonObject(kept, `${store.place}/${key}`, "SHARD_INVALID") as unknown as Sum;
  let rows = 0;
  const failures: Record<string, number> = {};
  const read = ({ shard }: DoneShard) => readMarker(store, plan, shard, signal);
  async function* all() {
    yield* shards;
  }
  for await (const marker of mapAhead(all(), read, { ahead: MARKERS_AHEAD, signal })) {
    rows += marker?.rows ?? 0;
    addAll(failures, marker?.failures ?? {});
  }
  const sum = { done: shards.length, rows, failures };
  // Where it cannot be kept, it is read again.
  if (isWhole) await store.put(key, Buffer.from(JSON.stringify(sum))).catch(() => {});
  return sum;
}

function addAll(sum: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [code, count] of Object.entries(more)) sum[code] = (sum[code] ?? 0) + count;
}

function speed(
  { plan, done, rows, failed }: Pick<JobStatus, "plan" | "done" | "rows" | "failed">,
  { last, rate }: RecentTimes,
): Pick<JobStatus, "latest" | "rate" | "secondsLeft"> {
  const latest = last === undefined ? {} : { latest: new Date(last).toISOString() };
  if (rate === undefined) return latest;
  return { ...latest, rate: rate * ((rows + failed) / done), secondsLeft: (plan.shards - done) / rate };
}
