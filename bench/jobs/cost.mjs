/**
 * What the contract costs a shard: finding what it is, writing 1,000 vectors of 512 numbers, reading them back, the marker. And
 * how many shards without pictures go through it in a second.
 *
 *   node bench/jobs/cost.mjs [--out folder|s3://bucket/run] [--shards 20] [--empty 2000]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { planShards } from "../../dist/jobs/plan/make-plan.js";
import { embedShard, finishShard, runShard } from "../../dist/jobs/shard/run-shard.js";
import { openObjectStore } from "../../dist/objects/open-store.js";
import { datasetOfParts } from "../../dist/rows/parts.js";

const { values } = parseArgs({
  options: {
    out: { type: "string" },
    shards: { type: "string", default: "20" },
    empty: { type: "string", default: "2000" },
  },
});
const DIMENSION = 512;
const folder = values.out ?? (await mkdtemp(join(tmpdir(), "cost-")));

/** Vectors at once, so that only the contract takes time. */
const vectors = new Float32Array(16 * DIMENSION).map((_, at) => (at % DIMENSION === at % 7 ? 1 : 0));
const encoder = {
  dimension: DIMENSION,
  batching: { size: 16, ahead: 2, maxBytes: 1e9 },
  async embedImages(images) {
    const embeddings = {
      data: vectors.subarray(0, images.length * DIMENSION),
      rows: images.length,
      columns: DIMENSION,
    };
    return { embeddings, norms: new Float64Array(images.length).fill(1), errors: new Map() };
  },
};
const pixel = { data: new Uint8Array(3), width: 1, height: 1, channels: 3 };

async function job(name, shards, rowsOfShard) {
  const dataset = datasetOfParts(
    { name },
    {
      *list() {},
      parse: (key) => ({ key, size: rowsOfShard }),
      async *read(_, { start, end }) {
        for (let id = start; id < end; id++) yield { id, image: pixel };
      },
    },
  );
  async function* ranges() {
    for (let shard = 0; shard < shards; shard++) yield [[shard, 0, rowsOfShard]];
  }
  const store = openObjectStore(`${folder}/${name}`);
  const model = { dimension: DIMENSION, pictures: "" };
  const draft = { source: { place: name, options: {} }, task: { kind: "embed" }, model, shardSize: 1000 };
  const plan = await planShards(store, ranges(), draft);
  return { store, plan, dataset, encoder, pathOf: ({ id }) => `${name}#${id}` };
}

const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];
const full = await job("full", Number(values.shards), 1000);
const [times, cpu] = [[], process.cpuUsage()];
for (let shard = 0; shard < full.plan.shards; shard++) {
  const embedded = await embedShard(full, shard);
  const started = performance.now();
  const { state, error } = await finishShard(full, embedded);
  if (state !== "done") throw error;
  times.push(performance.now() - started);
}
const { user, system } = process.cpuUsage(cpu);

const empty = await job("empty", Number(values.empty), 0);
const started = performance.now();
let next = 0;
const worker = async () => {
  while (next < empty.plan.shards) {
    const { state, error } = await runShard(empty, next++);
    if (state !== "done") throw error;
  }
};
await Promise.all(Array.from({ length: 8 }, worker));
const seconds = (performance.now() - started) / 1000;
console.log(
  JSON.stringify({
    out: values.out ?? "folder",
    msToStoreAShard: Math.round(median(times)),
    cpuMsAShard: Math.round((user + system) / 1000 / full.plan.shards),
    emptyShards: empty.plan.shards,
    emptyShardsASecond: Math.round(empty.plan.shards / seconds),
    load: loadavg()[0].toFixed(0),
  }),
);
if (values.out === undefined) await rm(folder, { recursive: true });
