/**
 * Shards without pictures through the whole contract, then what status and commit make of so many: how long, and in how much memory.
 *
 *   node bench/jobs/empty-shards.mjs [--shards 1000000] [--minutes 15] [--at-once 8] [--out folder|s3://bucket/run]
 *
 * Given the same `--out` again it goes on with the shards that are not done. A shard takes 8 KB of disk in a folder.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadModel } from "../../dist/encoder/load.js";
import { commitShards } from "../../dist/jobs/commit/commit.js";
import { jobStatus } from "../../dist/jobs/report/status.js";
import { missingShards } from "../../dist/jobs/shard/done-shards.js";
import { runShard } from "../../dist/jobs/shard/run-shard.js";
import { bareJob } from "./bare-job.mjs";

const { values } = parseArgs({
  options: {
    shards: { type: "string", default: "1000000" },
    minutes: { type: "string", default: "15" },
    "at-once": { type: "string", default: "8" },
    out: { type: "string" },
  },
});
const folder = await mkdtemp(join(tmpdir(), "empty-"));
const place = values.out ?? join(folder, "run");

async function measured(name, work) {
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 200);
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  const found = await work();
  const { user, system } = process.cpuUsage(cpu);
  clearInterval(watch);
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  const about = {
    seconds,
    cpuSeconds: Math.round((user + system) / 1e6),
    peakMegabytes: Math.round(peak / 1e6),
  };
  console.log(JSON.stringify({ name, ...found, ...about, load: loadavg()[0].toFixed(0) }));
}

const mini = await loadModel("mini");
const { identity, dimension } = mini;
const model = {
  id: "mini",
  device: "cpu",
  fingerprint: await identity.fingerprint(),
  dimension,
  decoding: {},
};
let job;
await measured("plan", async () => {
  const planned = { ...model, pictures: identity.pictures, batchSize: 1 };
  job = await bareJob(place, { shards: Number(values.shards), rows: 0, model: planned });
  return { shards: job.plan.shards };
});
await mini.close();

await measured("work", async () => {
  const until = performance.now() + 60_000 * Number(values.minutes);
  const missing = missingShards(job.store, job.plan);
  let done = 0;
  const worker = async () => {
    while (performance.now() < until) {
      const { done: isLast, value: shard } = await missing.next();
      if (isLast) return;
      const { state, error } = await runShard(job, shard);
      if (state !== "done") throw error;
      done++;
    }
  };
  await Promise.all(Array.from({ length: Number(values["at-once"]) }, worker));
  return { shards: done };
});
const status = async () => ({ done: (await jobStatus(place)).done });
await measured("status, the first time", status);
await measured("status, again", status);
const commit = async () => {
  const { shards, rows } = await commitShards(place, { table: join(folder, "table") });
  return { shards, rows };
};
await measured("commit", commit);
await measured("commit, again", commit);
await rm(folder, { recursive: true });
