import { requireOptions } from "../arguments.js";
import { mapAhead } from "../encoder/rows/map-ahead.js";
import { NearlabelError } from "../errors.js";
import { checkConditionalPut } from "../objects/conditional-put.js";
import { openObjectStore } from "../objects/open-store.js";
import { readShard } from "./plan/blocks.js";
import { planShards } from "./plan/make-plan.js";
import type { Plan } from "./plan/plan.js";
import { readPlan } from "./plan/plan-file.js";
import { type PartRange, rangeAt } from "./plan/shard-rows.js";
import { type DoneShard, listDone, readDone } from "./shard/done-shards.js";
import { readMarker } from "./shard/marker.js";

const MARKERS_AHEAD = 16;

export interface RetryOptions {
  /** Where the new plan is to lie. */
  readonly out: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A new plan of the pictures that failed in shards that are done, for when what kept them from being read is mended. Committed
 * to the same table, they take their places.
 *
 * @param place where the plan lies whose failures are tried again
 * @throws NearlabelError `PLAN_NOT_FOUND`; `INPUT_EMPTY` where nothing failed; `PLAN_EXISTS`, `SHARD_INVALID`
 */
export async function retryFailures(place: string, options: RetryOptions): Promise<Plan> {
  requireOptions(options, ["out", "signal"], "retryFailures");
  const { out, signal } = options;
  const store = openObjectStore(place);
  const plan = await readPlan(store, signal);
  const target = openObjectStore(out);
  await checkConditionalPut(target, signal);
  const { source, task, model, shardSize } = plan;
  try {
    return await planShards(target, failedShards(), { source, task, model, shardSize }, { signal });
  } catch (error) {
    if (!(error instanceof NearlabelError && error.code === "INPUT_EMPTY")) throw error;
    throw new NearlabelError("INPUT_EMPTY", `${place}: no picture failed in the shards that are done.`);
  }

  async function* failedShards(): AsyncGenerator<PartRange[]> {
    let ranges: PartRange[] = [];
    const done = listDone(store, plan, undefined, signal);
    const read = ({ shard }: DoneShard) => readMarker(store, plan, shard, signal);
    for await (const marker of mapAhead(done, read, { ahead: MARKERS_AHEAD, signal })) {
      // What a shard holds is read only where it holds failures.
      if (!marker || Object.keys(marker.failures).length === 0) continue;
      const { rows } = await readDone(store, plan, marker, signal);
      const planned = await readShard(store, plan, marker.shard, signal);
      for (const { row, vector } of rows) {
        if (vector !== null) continue;
        ranges.push(rangeAt(planned, row));
        if (ranges.length < plan.shardSize) continue;
        yield ranges;
        ranges = [];
      }
    }
    if (ranges.length > 0) yield ranges;
  }
}
