import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { requireOptions } from "../../arguments.js";
import { type LoadOptions, loadModel } from "../../encoder/load.js";
import { NearlabelError, optionError } from "../../errors.js";
import { checkConditionalPut } from "../../objects/conditional-put.js";
import type { ObjectStore } from "../../objects/object-store.js";
import { openObjectStore } from "../../objects/open-store.js";
import type { DatasetOptions } from "../../rows/dataset.js";
import { inSpan } from "../telemetry.js";
import { BLOCK_SHARDS, type BlockWriter, blockKey, startBlock } from "./blocks.js";
import { identified, type Plan, type PlanModel, type Task } from "./plan.js";
import { findPlan, otherPlan, writePlan } from "./plan-file.js";
import { type PartRange, shardsOf } from "./shard-rows.js";
import { DATASET_OPTIONS, openSource, sourceOf } from "./source.js";

/** How the model is loaded, here and by every worker. */
export type PlanLoadOptions = Pick<
  LoadOptions,
  "dtype" | "device" | "batchSize" | "orientation" | "decode" | "maxPixels" | "onNotice"
>;

export interface PlanOptions extends PlanLoadOptions, DatasetOptions {
  /** Where the plan and all that comes of it lies: a folder that all workers see, or an address such as `s3://bucket/run`. */
  readonly out: string;
  /** A model's name, folder or hub id. Default `mini`. */
  readonly model?: string | undefined;
  /** Default `{ kind: "embed" }`. */
  readonly task?: Task | undefined;
  /** Pictures in a shard at most. Default 1,000. */
  readonly shardSize?: number | undefined;
  /** Pictures at most, from the first. Default: all. */
  readonly limit?: number | undefined;
  /** Called with the number of pictures that are in shards so far, where it is known. */
  readonly onProgress?: ((rows: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const LOAD_OPTIONS = [
  "dtype",
  "device",
  "batchSize",
  "orientation",
  "decode",
  "maxPixels",
  "onNotice",
] as const;

const OPTIONS = ["out", "model", "task", "shardSize", "limit", "onProgress", "signal"] as const;

const SHARD_SIZE = 1000;

/**
 * Cuts a data set into shards, and writes down once and for all what is to be done with them. No picture is read, and
 * memory does not grow with their number. Run again with the same, it gives the plan that is there.
 *
 * @param source what `openDataset` takes: a folder, a manifest, Parquet, tars, an address, or a hub id
 * @throws NearlabelError `OPTION_INVALID`; `INPUT_EMPTY` for a data set without pictures; `PLAN_EXISTS` where another plan lies;
 * `OBJECTS_UNSAFE` for a store on which two workers could both finish a shard; what `openDataset` and `loadModel` throw
 */
export async function planJob(source: string, options: PlanOptions): Promise<Plan> {
  requireOptions(options, [...OPTIONS, ...DATASET_OPTIONS, ...LOAD_OPTIONS], "planJob");
  const { out, model, task = { kind: "embed" }, shardSize = SHARD_SIZE, limit, onProgress, signal } = options;
  if (typeof out !== "string" || out === "") throw optionError("out", "a folder or an address", out);
  if (!Number.isSafeInteger(shardSize) || shardSize < 1) {
    throw optionError("shardSize", "a whole number from 1", shardSize);
  }
  const store = openObjectStore(out);
  await checkConditionalPut(store, signal);
  const planned = await sourceOf(source, options, limit);
  const described = {
    source: planned,
    task,
    model: await modelOf(model, options),
    shardSize,
  };
  const { dataset } = await openSource(planned);
  return planShards(store, shardsOf(dataset, shardSize), described, { onProgress, signal });
}

/** What a plan says before its shards are counted. */
export type PlanDraft = Pick<Plan, "source" | "task" | "model" | "shardSize">;

/** Writes the plan of shards that come one after another. @throws NearlabelError `INPUT_EMPTY`, `PLAN_EXISTS` */
export async function planShards(
  store: ObjectStore,
  shards: AsyncIterable<readonly PartRange[]>,
  draft: PlanDraft,
  { onProgress, signal }: Pick<PlanOptions, "onProgress" | "signal"> = {},
): Promise<Plan> {
  const there = await findPlan(store, signal);
  const blocks: string[] = [];
  let count = 0;
  let rows: number | undefined = 0;
  let block: BlockWriter | undefined;
  const finish = async () => {
    const { bytes, hash } = block!.finish();
    if (there?.blocks[blocks.length] !== hash) await store.put(blockKey(hash), bytes, { signal });
    blocks.push(hash);
    block = undefined;
  };
  for await (const ranges of shards) {
    signal?.throwIfAborted();
    block ??= startBlock();
    block.add(ranges);
    count++;
    rows = added(rows, ranges);
    if (rows !== undefined) onProgress?.(rows);
    if (block.shards === BLOCK_SHARDS) await finish();
  }
  if (block) await finish();
  if (count === 0) throw new NearlabelError("INPUT_EMPTY", `${draft.source.place} holds no pictures.`);
  const plan = identified({ ...draft, shards: count, ...(rows !== undefined && { rows }), blocks });
  if (there && there.id !== plan.id) throw otherPlan(store, there, plan);
  const size = { "nearlabel.shards": count, ...(rows !== undefined && { "nearlabel.rows": rows }) };
  await inSpan(plan, "plan", size, async () => {
    if (!there) await writePlan(store, plan, signal);
  });
  return plan;
}

function added(rows: number | undefined, ranges: readonly PartRange[]): number | undefined {
  let sum = rows;
  for (const [, start, end] of ranges) {
    if (end === null || sum === undefined) return undefined;
    sum += end - start;
  }
  return sum;
}

async function modelOf(id: string | undefined, options: PlanLoadOptions): Promise<PlanModel> {
  const { dtype, device = "cpu", batchSize, orientation, decode, maxPixels, onNotice } = options;
  const decoding = { orientation, decode, maxPixels };
  const given = { dtype, device, batchSize, ...decoding, onNotice };
  // Workers run in other folders.
  const isFolder = id !== undefined && (await stat(id).catch(() => undefined))?.isDirectory();
  await using model = await loadModel(isFolder ? resolve(id) : id, { ...given, towers: "vision" });
  const { identity, dimension, batching } = model;
  return {
    id: identity.id,
    ...(identity.dtype && { dtype: identity.dtype }),
    device: device === "auto" ? "cpu" : device,
    fingerprint: await identity.fingerprint(),
    pictures: identity.pictures,
    dimension,
    batchSize: batching.size,
    decoding: JSON.parse(JSON.stringify(decoding)),
  };
}
