import { NearlabelError } from "../../errors.js";
import { decodeJsonObject } from "../../files/json.js";
import type { ObjectStore } from "../../objects/object-store.js";
import { BLOCK_SHARDS } from "../plan/blocks.js";
import type { Plan } from "../plan/plan.js";

/** What says that a shard is done: written once, by the first attempt that was whole. */
export interface Marker {
  readonly plan: string;
  readonly shard: number;
  /** Key of the Parquet file. */
  readonly attempt: string;
  /** SHA-256 of the file. */
  readonly hash: string;
  /** Size of the file. */
  readonly bytes: number;
  /** Pictures that are embedded. */
  readonly rows: number;
  /** Pictures that failed, by the code of their error. */
  readonly failures: Readonly<Record<string, number>>;
  /** From the beginning of the attempt to its marker. */
  readonly seconds: number;
}

/** Why a shard cannot be done, however often it is tried. */
export interface Poison {
  readonly plan: string;
  readonly shard: number;
  readonly code: string;
  readonly message: string;
}

const DONE = "done/";
const POISON = "poison/";

function place(shard: number): string {
  const block = Math.floor(shard / BLOCK_SHARDS);
  return `${String(block).padStart(6, "0")}/${String(shard).padStart(9, "0")}`;
}

function markerKey(shard: number): string {
  return `${DONE}${place(shard)}.json`;
}

function poisonKey(shard: number): string {
  return `${POISON}${place(shard)}.json`;
}

/** Where the markers of a block of shards begin. */
export function markersOfBlock(block: number): string {
  return `${DONE}${String(block).padStart(6, "0")}/`;
}

export function attemptKey(shard: number, attempt: string): string {
  return `attempts/${place(shard)}-${attempt}.parquet`;
}

export function shardOfKey(key: string): number {
  return Number(/(\d{9})\.json$/.exec(key)?.[1]);
}

export async function writePoison(store: ObjectStore, poison: Poison): Promise<void> {
  await store.put(poisonKey(poison.shard), jsonBytes(poison));
}

/** The numbers of shards that were set aside, in their order. Some may have been done since. */
export async function* listSetAside(store: ObjectStore, signal?: AbortSignal): AsyncGenerator<number> {
  for await (const { key } of store.list(POISON, signal)) yield shardOfKey(key);
}

/** Why a shard was set aside; undefined for one that was not. */
export async function readPoison(
  store: ObjectStore,
  shard: number,
  signal?: AbortSignal,
): Promise<Poison | undefined> {
  const key = poisonKey(shard);
  const bytes = await store.read(key, { signal });
  return bytes && (decodeJsonObject(bytes, `${store.place}/${key}`, "SHARD_INVALID") as unknown as Poison);
}

/** The marker of a shard; undefined for one that is not done. @throws NearlabelError `SHARD_INVALID` */
export async function readMarker(
  store: ObjectStore,
  { id }: Pick<Plan, "id">,
  shard: number,
  signal?: AbortSignal,
): Promise<Marker | undefined> {
  const key = markerKey(shard);
  const bytes = await store.read(key, { signal });
  if (!bytes) return undefined;
  const name = `${store.place}/${key}`;
  const marker = decodeJsonObject(bytes, name, "SHARD_INVALID") as unknown as Marker;
  if (marker.plan === id && marker.shard === shard && typeof marker.attempt === "string") return marker;
  throw new NearlabelError(
    "SHARD_INVALID",
    `${name}: expected the marker of shard ${shard} of plan ${id.slice(0, 12)}, got one of shard ${marker.shard} of plan ${String(marker.plan).slice(0, 12)}. Two plans cannot share a place.`,
  );
}

/**
 * Marks a shard as done, unless another attempt did. Gives the marker that counts: `marker` where this attempt was the first.
 */
export async function writeMarker(store: ObjectStore, plan: Plan, marker: Marker): Promise<Marker> {
  // An answer may be lost and the same write sent again, so what is stored decides, not what the write says.
  if (await store.put(markerKey(marker.shard), jsonBytes(marker), { ifAbsent: true })) return marker;
  return (await readMarker(store, plan, marker.shard))!;
}

function jsonBytes(value: object): Uint8Array {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}
