import { checkOptions } from "../../arguments.js";
import type { LoadOptions } from "../../encoder/load.js";
import { loadInWorker, type WorkerEncoder } from "../../encoder/worker/worker-encoder.js";
import { optionError } from "../../errors.js";
import { checkConditionalPut } from "../../objects/conditional-put.js";
import { openObjectStore } from "../../objects/open-store.js";
import { readPlan } from "../plan/plan-file.js";
import { missingShards } from "../shard/done-shards.js";
import { loadOptionsOf, openJob } from "../shard/job.js";
import { runShard } from "../shard/run-shard.js";
import type { ShardOutcome } from "../shard/shard-outcome.js";
import { workOn } from "./work.js";

export interface RunJobOptions {
  /** Models that run side by side in this process, each in a thread of its own. Default 1. */
  readonly workers?: number | undefined;
  /** How often a shard is tried that may go well another time. Default 3. */
  readonly tries?: number | undefined;
  readonly onNotice?: LoadOptions["onNotice"];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does all shards of a plan that are not done, in this process. Other processes may work on the same plan at the same time.
 *
 * @param place where the plan lies
 * @returns what became of each shard, as they end
 * @throws NearlabelError `OBJECTS_UNSAFE`, and what `openJob` throws
 */
export async function* runJob(place: string, options: RunJobOptions = {}): AsyncGenerator<ShardOutcome> {
  checkOptions(options, ["workers", "tries", "onNotice", "signal"], "runJob");
  const { workers = 1, tries = 3, onNotice, signal } = options;
  if (!Number.isSafeInteger(workers) || workers < 1)
    throw optionError("workers", "a whole number from 1", workers);
  if (!Number.isSafeInteger(tries) || tries < 1) throw optionError("tries", "a whole number from 1", tries);
  const store = openObjectStore(place);
  const plan = await readPlan(store, signal);
  await checkConditionalPut(store, signal);
  const encoders: WorkerEncoder[] = [];
  try {
    for (let worker = 0; worker < workers; worker++) {
      encoders.push(await loadInWorker(plan.model.id, { ...loadOptionsOf(plan), onNotice }));
    }
    yield* sharedOut(place, missingShards(store, plan, signal), encoders, tries, signal);
  } finally {
    await Promise.all(encoders.map((encoder) => encoder.close()));
  }
}

/** One list of shards, of which each worker takes the next. */
async function* sharedOut(
  place: string,
  shards: AsyncGenerator<number>,
  encoders: readonly WorkerEncoder[],
  tries: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<ShardOutcome> {
  const jobs = [];
  for (const encoder of encoders) jobs.push(await openJob(place, { encoder, signal }));
  const streams = jobs.map(async function* (job) {
    for await (const outcome of workOn(job, shared(shards), signal)) {
      let last = outcome;
      for (let again = 1; again < tries && last.state === "retry"; again++) {
        last = await runShard(job, outcome.shard, signal);
      }
      yield last;
    }
  });
  yield* merged(streams);
}

/** A view of `items` that several may take from: ending one leaves the others theirs. */
async function* shared<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
  for (;;) {
    const { done, value } = await items.next();
    if (done) return;
    yield value;
  }
}

/** What several streams give, as it comes. */
async function* merged<T>(streams: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  const next = (stream: AsyncGenerator<T>) => stream.next().then((result) => ({ stream, result }));
  const waiting = new Map(streams.map((stream) => [stream, next(stream)]));
  try {
    while (waiting.size > 0) {
      const { stream, result } = await Promise.race(waiting.values());
      if (result.done) waiting.delete(stream);
      else {
        waiting.set(stream, next(stream));
        yield result.value;
      }
    }
  } finally {
    for (const promise of waiting.values()) promise.catch(() => {});
    await Promise.allSettled([...waiting.keys()].map((stream) => stream.return(undefined)));
  }
}
