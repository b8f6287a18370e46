/**
 * What the contract costs a shard: finding what it is, writing 1,000 vectors of 512 numbers, reading them back, the marker.
 *
 *   node bench/jobs/cost.mjs [--out folder|s3://bucket/run] [--shards 100]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { embedShard, finishShard } from "../../dist/jobs/shard/run-shard.js";
import { bareJob } from "./bare-job.mjs";

const { values } = parseArgs({
  options: { out: { type: "string" }, shards: { type: "string", default: "100" } },
});
/** In which the code is compiled. */
const WARMING = 10;
const folder = values.out ?? (await mkdtemp(join(tmpdir(), "cost-")));
const job = await bareJob(folder, {
  shards: Number(values.shards) + WARMING,
  rows: 1000,
  model: { dimension: 512, pictures: "" },
});

const [whole, storing] = [[], []];
let cpu;
for (let shard = 0; shard < job.plan.shards; shard++) {
  if (shard === WARMING) cpu = process.cpuUsage();
  const started = performance.now();
  const embedded = await embedShard(job, shard);
  const embeddedAt = performance.now();
  const { state, error } = await finishShard(job, embedded);
  if (state !== "done") throw error;
  whole.push(performance.now() - started);
  storing.push(performance.now() - embeddedAt);
}
const { user, system } = process.cpuUsage(cpu);
const median = (list) => Math.round(list.slice(WARMING).sort((a, b) => a - b)[(list.length - WARMING) >> 1]);
console.log(
  JSON.stringify({
    out: values.out ?? "folder",
    msAShard: median(whole),
    msOfThatToStore: median(storing),
    cpuMsAShard: Math.round((user + system) / 1000 / Number(values.shards)),
    load: loadavg()[0].toFixed(0),
  }),
);
if (values.out === undefined) await rm(folder, { recursive: true });
