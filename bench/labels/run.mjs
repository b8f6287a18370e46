/**
 * Scoring many labels: the nearest labels of a batch of pictures against the machine's limit and against LanceDB's search.
 *
 *   npm run build && node bench/labels/run.mjs [--json file] [--sizes 10,100,...] [--rounds 7]
 *
 * Vectors are random (seeded) and of unit length. The limit is what the same work takes at the arithmetic rate of a square
 * float32 multiplication of ONNX Runtime, 2,048 a side, or at the bandwidth of one thread that sums 512 MB of a typed array,
 * whichever is longer. All sides take turns within a round.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, freemem, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { MANY_LABELS, nearestLabels } from "../../dist/classify/nearest-labels.js";
import { predict } from "../../dist/classify/predict.js";
import { importLabelIndex } from "../../dist/labels/build.js";
import { openGraph } from "../../dist/model/onnx.js";
import { row } from "../../dist/vector.js";
import { markdownTable, median, randomNumbers, round } from "./figures.mjs";

const { values: options } = parseArgs({
  options: {
    json: { type: "string" },
    sizes: { type: "string", default: "10,100,1000,4096,10000,100000,1000000" },
    pictures: { type: "string", default: "64" },
    columns: { type: "string", default: "768" },
    rounds: { type: "string", default: "7" },
  },
});
const pictures = Number(options.pictures);
const rounds = Number(options.rounds);
const TOP = { topK: 10 };
/** Bytes that a table for LanceDB may have here, and multiplications that a plain loop is given. */
const LARGEST_TABLE = 2 ** 29;
const LONGEST_LOOP = 2 ** 30;

const limits = { gflops: [], gigabytes: [] };
const square = await squareMultiplication(2048);
const large = new Float32Array(2 ** 27).fill(1);

const results = [];
for (const labels of options.sizes.split(",").map(Number)) results.push(await measured(labels));

const gflops = median(limits.gflops);
const gigabytes = median(limits.gigabytes);
console.log(
  `${cpus()[0].model}, ${cpus().length} threads, Node.js ${process.version}: ${round(gflops)} GFLOPS in a square ` +
    `multiplication, ${round(gigabytes)} GB/s summed. ${pictures} pictures, top ${TOP.topK}, ${rounds} rounds, medians in ` +
    `milliseconds; limit and share within rounds. From ${MANY_LABELS} labels the classifier uses "ours".\n`,
);
console.log(
  markdownTable(
    ["labels", "numbers each", "ours", "limit", "share of it", "plain loop", "LanceDB"],
    results.map((each) => [
      each.labels.toLocaleString("en"),
      each.columns,
      round(each.ours),
      round(each.limit),
      round(each.share),
      each.loop === undefined ? "" : round(each.loop),
      each.lancedb === undefined ? "" : round(each.lancedb),
    ]),
  ),
);
if (options.json) {
  await writeFile(
    options.json,
    `${JSON.stringify({ pictures, rounds, gflops, gigabytes, results }, null, 2)}\n`,
  );
}

async function measured(labels) {
  const columns = columnsFor(labels);
  const random = randomNumbers(labels);
  const classes = {
    labels: Array.from({ length: labels }, (_, at) => ({ label: `label ${at}`, className: `label ${at}` })),
    embeddings: unitRows(labels, columns, random),
    scoring: { logitScale: 100, logitBias: 0, scoreFunction: "softmax" },
  };
  const batch = unitRows(pictures, columns, random);
  const images = Array.from({ length: pictures }, (_, at) => row(batch, at));
  const nearest = nearestLabels(classes);
  const products = pictures * labels * columns;
  const index = 4 * labels * columns <= LARGEST_TABLE ? await storedIndex(classes) : undefined;
  const looped = Math.max(1, Math.min(pictures, Math.floor(LONGEST_LOOP / (labels * columns))));

  const times = { ours: [], limit: [], loop: [], lancedb: [] };
  for (let at = 0; at <= rounds; at++) {
    const { rate, bandwidth } = await machineLimits();
    const limit = Math.max((2 * products) / rate / 1e6, (4 * labels * columns) / bandwidth / 1e6);
    const ours = await timed(() => nearest(images, TOP));
    const lancedb = index && (await timed(() => index.search(images, TOP.topK)));
    const loop =
      at < 3 ? await timed(() => images.slice(0, looped).map((image) => predict(image, classes, TOP))) : 0;
    // The first round opens the network and warms up.
    if (at === 0) continue;
    times.ours.push(ours);
    times.limit.push(limit);
    if (loop) times.loop.push((loop * pictures) / looped);
    if (index) times.lancedb.push(lancedb);
  }
  await index?.remove();
  return {
    labels,
    columns,
    ours: median(times.ours),
    limit: median(times.limit),
    share: median(times.ours.map((time, at) => times.limit[at] / time)),
    loop: median(times.loop),
    lancedb: index && median(times.lancedb),
  };
}

/** Fewer numbers a label where memory does not hold what LanceDB and we need of them. */
function columnsFor(labels) {
  let columns = Number(options.columns);
  while (4 * labels * columns > Math.min(2 ** 31, freemem() / 4)) columns /= 2;
  return columns;
}

async function machineLimits() {
  const multiplied = await timed(square.run);
  const summed = await timed(async () => {
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let i = 0; i < large.length; i += 4) {
      a += large[i];
      b += large[i + 1];
      c += large[i + 2];
      d += large[i + 3];
    }
    if (a + b + c + d !== large.length) throw new Error("The sum is wrong.");
  });
  const rate = (2 * square.side ** 3) / multiplied / 1e6;
  const bandwidth = large.byteLength / summed / 1e6;
  limits.gflops.push(rate);
  limits.gigabytes.push(bandwidth);
  return { rate, bandwidth };
}

async function squareMultiplication(side) {
  const network = await openGraph(fileURLToPath(new URL("square.onnx", import.meta.url)), { threads: 0 });
  const matrix = { data: new Float32Array(side * side).fill(0.5), shape: [side, side] };
  return { side, run: () => network.run({ a: matrix, b: matrix }, ["product"]) };
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

/** Rows of unit length; the sum of two uniform numbers is near enough to a normal one for their spread. */
function unitRows(rows, columns, random) {
  const data = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    let squares = 0;
    for (let i = r * columns; i < (r + 1) * columns; i++) {
      data[i] = random() + random() - 1;
      squares += data[i] ** 2;
    }
    const length = Math.sqrt(squares);
    for (let i = r * columns; i < (r + 1) * columns; i++) data[i] /= length;
  }
  return { data, rows, columns };
}

async function timed(work) {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
