/**
 * Scoring many labels: the nearest labels of a batch of pictures against the machine's limit, a plain loop and LanceDB's search.
 *
 *   npm run build && node bench/labels/run.mjs [--sizes 10,100,...] [--pictures 64] [--columns 768] [--rounds 7] [--json file]
 *
 * Vectors are random (seeded) and of unit length. The limit is what the same work takes at the arithmetic rate of a square
 * float32 multiplication of ONNX Runtime, 2,048 a side, or at the bandwidth with which ONNX Runtime sums 512 MB, whichever is
 * longer. All sides take turns within a round.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { importLabelIndex } from "../../dist/labels/index/build.js";
import { row } from "../../dist/math/matrix.js";
import { openGraph } from "../../dist/onnx/graph.js";
import { MANY_LABELS, nearestLabels } from "../../dist/scoring/nearest-labels.js";
import { predict } from "../../dist/scoring/predict.js";
import { argumentsOf, bar, machine, median, round, table, writeResult } from "../result.mjs";
import { unitRows } from "../vectors.mjs";

const OF_LIMIT = 0.6;
const JUDGED = 100_000;
const TOP = { topK: 10 };
const SIDE = 2048;
const SUMMED = { rows: 64, columns: 2 ** 21 };
/** The others are far slower: they get fewer pictures and rounds, and their times are multiplied. */
const OTHERS = { pictures: 4, rounds: 3 };

const given = argumentsOf(["sizes", "pictures", "columns", "rounds"]);
const { sizes = "10,100,1000,4096,10000,100000", json } = given;
const [pictures, columns, rounds] = [given.pictures ?? 64, given.columns ?? 768, given.rounds ?? 7].map(
  Number,
);

const product = await squareProduct(SIDE);
const sum = await rowSums(SUMMED);
const rates = { gflops: [], gigabytes: [] };
const results = [];
for (const labels of sizes.split(",").map(Number)) results.push(await measured(labels));

const [gflops, gigabytes] = [rates.gflops, rates.gigabytes].map((values) => round(median(values)));
console.log(
  `${gflops} GFLOPS in a square multiplication, ${gigabytes} GB/s summed. ${pictures} pictures, ${columns} numbers each, top ` +
    `${TOP.topK}, ${rounds} rounds, medians in milliseconds; limit and share within rounds. From ${MANY_LABELS} labels the ` +
    'classifier uses "ours".\n',
);
const head = ["labels", "ours", "limit", "share of it", "plain loop", "LanceDB"];
const cells = ({ labels, ours, limit, share, loop, lancedb }) => [
  labels.toLocaleString("en"),
  ...[ours, limit, share, loop, lancedb].map(round),
];
console.log(`${table(head, results.map(cells))}\n`);
const bars = results
  .filter(({ labels }) => labels >= JUDGED)
  .map(({ labels, ours, share }) => {
    const what = `${pictures} pictures against ${labels} labels of ${columns} numbers, ${round(ours)} ms: of the limit`;
    return bar(what, `at least ${OF_LIMIT}`, share, "", share >= OF_LIMIT);
  });
await writeResult(
  { name: "labels", bars, figures: { gflops, gigabytes, results, machine: machine() } },
  json,
);

async function measured(labels) {
  const names = Array.from({ length: labels }, (_, at) => `label ${at}`);
  const classes = {
    labels: names.map((label) => ({ label, className: label })),
    embeddings: unitRows(labels, columns, 1),
    scoring: { logitScale: 100, logitBias: 0, scoreFunction: "softmax" },
  };
  const batch = unitRows(pictures, columns, 2);
  const images = Array.from({ length: pictures }, (_, at) => row(batch, at));
  const some = images.slice(0, OTHERS.pictures);
  const scale = images.length / some.length;
  const nearest = nearestLabels(classes);
  const index = await storedIndex(classes);

  const times = { ours: [], limit: [], loop: [], lancedb: [] };
  for (let at = 0; at <= rounds; at++) {
    const { gflops, gigabytes } = await machineRates();
    const arithmetic = (2 * pictures * labels * columns) / gflops / 1e6;
    const limit = Math.max(arithmetic, (4 * labels * columns) / gigabytes / 1e6);
    const ours = await timed(() => all(nearest(batch, TOP)));
    const others = at <= OTHERS.rounds && {
      loop: await timed(() => some.map((image) => predict(image, classes, TOP))),
      lancedb: await timed(() => index.search(some, TOP.topK)),
    };
    // The first round opens the network and warms up.
    if (at === 0) continue;
    times.ours.push(ours);
    times.limit.push(limit);
    if (!others) continue;
    times.loop.push(scale * others.loop);
    times.lancedb.push(scale * others.lancedb);
  }
  await index.remove();
  const [ours, limit, loop, lancedb] = Object.values(times).map(median);
  const share = median(times.ours.map((time, at) => times.limit[at] / time));
  return { labels, columns, ours, limit, share, loop, lancedb };
}

async function machineRates() {
  const gflops = (2 * SIDE ** 3) / (await timed(product)) / 1e6;
  const gigabytes = (4 * SUMMED.rows * SUMMED.columns) / (await timed(sum)) / 1e6;
  rates.gflops.push(gflops);
  rates.gigabytes.push(gigabytes);
  return { gflops, gigabytes };
}

async function squareProduct(side) {
  const network = await open("square.onnx");
  const matrix = { data: new Float32Array(side * side).fill(0.5), shape: [side, side] };
  return () => network.run({ a: matrix, b: matrix }, ["product"]);
}

async function rowSums({ rows, columns }) {
  const network = await open("sum.onnx");
  const matrix = { data: new Float32Array(rows * columns).fill(1), shape: [rows, columns] };
  return () => network.run({ a: matrix }, ["sums"]);
}

function open(name) {
  return openGraph(fileURLToPath(new URL(name, import.meta.url)), { threads: 0 });
}

async function storedIndex({ labels, embeddings, scoring }) {
  const folder = await mkdtemp(join(tmpdir(), "nearlabel-bench-"));
  const model = { model: "random", fingerprint: `sha256:${"0".repeat(64)}`, ...scoring };
  const index = await importLabelIndex(join(folder, "index"), { labels, embeddings, model });
  return {
    search: (images, k) => index.search(images, k),
    async remove() {
      await index.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function all(items) {
  for await (const _ of items);
}

async function timed(work) {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
