/**
 * Time, size and memory of a plan of very many names, and what it takes to read one shard of it.
 *
 *   node bench/jobs/plan-size.mjs [--names 100000000] [--out folder]
 */
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readShard } from "../../dist/jobs/plan/blocks.js";
import { planShards } from "../../dist/jobs/plan/make-plan.js";
import { shardsOf } from "../../dist/jobs/plan/shard-rows.js";
import { openObjectStore } from "../../dist/objects/open-store.js";
import { datasetOfParts } from "../../dist/rows/parts.js";

const { values } = parseArgs({
  options: { names: { type: "string", default: "100000000" }, out: { type: "string" } },
});
const names = Number(values.names);
const folder = values.out ?? (await mkdtemp(join(tmpdir(), "plan-size-")));
const store = openObjectStore(folder);

/** As a listing of a bucket of photos gives them: one part a picture, its name for a key. */
const dataset = datasetOfParts(
  { name: "names" },
  {
    *list() {
      for (let n = 0; n < names; n++) {
        const hash = ((n * 2654435761) >>> 0).toString(16).padStart(8, "0");
        yield { key: { file: `2026/${String(n >> 16).padStart(5, "0")}/IMG_${n}_${hash}.jpg` }, size: 1 };
      }
    },
  },
);

let peak = 0;
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 500);
const started = performance.now();
const cpu = process.cpuUsage();
const draft = {
  source: { place: "names", options: {} },
  task: { kind: "embed" },
  model: {},
  shardSize: 1000,
};
const plan = await planShards(store, shardsOf(dataset, 1000), draft);
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(cpu);
clearInterval(watch);
let bytes = 0;
for (const name of await readdir(join(folder, "plan")))
  bytes += (await stat(join(folder, "plan", name))).size;
const before = performance.now();
for (let n = 0; n < 100; n++) await readShard(store, plan, Math.floor((plan.shards / 100) * n));
console.log(
  JSON.stringify({
    names: plan.rows,
    shards: plan.shards,
    seconds: Math.round(seconds),
    cpuSeconds: Math.round((user + system) / 1e6),
    megabytes: Math.round(bytes / 1e6),
    bytesAName: Number((bytes / names).toFixed(1)),
    peakMegabytes: Math.round(peak / 1e6),
    msToReadAShard: Number(((performance.now() - before) / 100).toFixed(2)),
    load: loadavg()[0].toFixed(0),
  }),
);
if (values.out === undefined) await rm(folder, { recursive: true });
