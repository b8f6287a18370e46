// The shards of a plan by BullMQ, for those who have Redis and nothing else. Needs: npm install bullmq ioredis nearlabel
//
//   node bullmq.mjs fill s3://bucket/run      # once; again for what failed in the end
//   node bullmq.mjs work s3://bucket/run      # on every machine, as often as there are cores
import { Queue, UnrecoverableError, Worker } from "bullmq";
import { loadInWorker } from "nearlabel";
import { jobStatus, openJob, runShard } from "nearlabel/jobs";

const [, , what, place] = process.argv;
const connection = { url: process.env.REDIS_URL ?? "redis://127.0.0.1:6379", maxRetriesPerRequest: null };
const { plan } = await jobStatus(place);
const name = `nearlabel-${plan.id.slice(0, 12)}`;

if (what === "fill") {
  const queue = new Queue(name, { connection });
  const opts = {
    attempts: 5,
    backoff: { type: "exponential", delay: 1000 },
    removeOnComplete: true,
    removeOnFail: true,
  };
  for (let first = 0; first < plan.shards; first += 1000) {
    const shards = Array.from({ length: Math.min(1000, plan.shards - first) }, (_, at) => first + at);
    await queue.addBulk(
      shards.map((shard) => ({ name: "shard", data: { shard }, opts: { ...opts, jobId: `shard-${shard}` } })),
    );
  }
  await queue.close();
} else {
  // In a thread of its own, so that BullMQ's lock is renewed while the network runs. A worker that is killed loses the lock when it
  // runs out, and another takes the shard. Where one was alive after all, the shard runs twice, and the first attempt counts.
  const { id, dtype, device, batchSize, decoding } = plan.model;
  const encoder = await loadInWorker(id, { dtype, device, batchSize, ...decoding });
  const job = await openJob(place, { encoder });
  const lock = Number(process.env.LOCK_SECONDS ?? 60) * 1000;
  const worker = new Worker(name, ({ data }) => done(runShard(job, data.shard)), {
    connection,
    lockDuration: lock,
    stalledInterval: lock / 2,
    maxStalledCount: 10,
  });
  process.once("SIGTERM", () => worker.close().then(() => encoder.close()));
}

async function done(outcome) {
  const { error, state, ...rest } = await outcome;
  if (error) throw state === "poison" ? new UnrecoverableError(error.message) : error;
  return { state, ...rest };
}
