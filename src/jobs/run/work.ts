import { mapAhead } from "../../encoder/rows/map-ahead.js";
import type { Job } from "../shard/job.js";
import { embedShard, finishShard } from "../shard/run-shard.js";
import type { ShardOutcome } from "../shard/shard-outcome.js";

/** Shards that are begun before the one before is written: the network goes on while results are stored. */
const AHEAD = 2;

/**
 * Does shards as their numbers come, one after another, and gives what became of each, in their order. While one is written, the
 * next is embedded.
 */
export async function* workOn(
  job: Job,
  shards: AsyncIterable<number> | Iterable<number>,
  signal?: AbortSignal,
): AsyncGenerator<ShardOutcome> {
  let turn: Promise<unknown> = Promise.resolve();
  const work = async (shard: number): Promise<ShardOutcome> => {
    const embedding = turn.then(() => embedShard(job, shard, signal));
    turn = embedding.catch(() => {});
    const embedded = await embedding;
    return "state" in embedded ? embedded : finishShard(job, embedded, signal);
  };
  yield* mapAhead(numbers(shards), work, { ahead: AHEAD, signal });
}

async function* numbers(shards: AsyncIterable<number> | Iterable<number>): AsyncGenerator<number> {
  yield* shards;
}
