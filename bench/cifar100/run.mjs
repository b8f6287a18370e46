/**
 * Pictures a second over CIFAR-100 with the built-in model and its 100 labels, and how near that is to the limit of the cores:
 * cores / (core seconds of the network + core seconds of preprocessing) a picture, each alone. The three take turns.
 *
 *   npm run build && node bench/cifar100/run.mjs --cifar100 <folder> [--pictures 10000] [--json file]
 */
import { availableParallelism } from "node:os";
import { createClassifier, openDataset } from "../../dist/index.js";
import { argumentsOf, bar, machine, round, writeResult } from "../result.mjs";

const TURNS = 5;
const OF_LIMIT = 0.8;

const { cifar100, pictures: given = "10000", json } = argumentsOf(["cifar100", "pictures"]);
if (!cifar100) throw new Error("usage: node bench/cifar100/run.mjs --cifar100 <folder>");
const dataset = await openDataset(cifar100);
const count = Math.min(Number(given), dataset.size);
const classifier = await createClassifier({ labels: dataset.labels });
const { batchSize, preprocess, encodePixels } = classifier.model.imageSteps;
const pixels = await preprocess(await images(0, batchSize), "here");
const alternatives = {
  network: async (start, end) => {
    for (let at = start; at < end; at += batchSize) await encodePixels(pixels.slice(0, end - at));
  },
  preprocessing: async (start, end) => {
    for (let at = start; at < end; at += batchSize) {
      await preprocess(await images(at, Math.min(at + batchSize, end)), "here");
    }
  },
  classify: async (start, end) => {
    for await (const { error } of classifier.stream(dataset.rows({ start, end }))) if (error) throw error;
  },
};
for (const work of Object.values(alternatives)) await work(0, 8 * batchSize);

const totals = { network: [0, 0], preprocessing: [0, 0], classify: [0, 0] };
const size = Math.ceil(count / TURNS);
for (let start = 0; start < count; start += size) {
  for (const [name, work] of Object.entries(alternatives)) {
    const [wall, core] = await timed(() => work(start, Math.min(start + size, count)));
    totals[name][0] += wall / count;
    totals[name][1] += core / count;
  }
}
await classifier.close();
const cores = availableParallelism();
const limit = (1000 * cores) / (totals.network[1] + totals.preprocessing[1]);
const speed = 1000 / totals.classify[0];
const figures = {
  pictures: count,
  cores,
  millisecondsOfWallAndCore: Object.fromEntries(
    Object.entries(totals).map(([name, times]) => [name, times.map(round)]),
  ),
  picturesPerSecond: round(speed),
  limit: round(limit),
  machine: machine(),
};
const what = `classify, ${round(speed)} pictures/s: of the limit, ${round(limit)}`;
await writeResult(
  {
    name: "cifar100",
    bars: [bar(what, `at least ${OF_LIMIT}`, speed / limit, "", speed / limit >= OF_LIMIT)],
    figures,
  },
  json,
);

async function images(start, end) {
  const found = [];
  for await (const { image } of dataset.rows({ start, end })) found.push(image);
  return found;
}

/** Wall and core milliseconds. */
async function timed(work) {
  const cpu = process.cpuUsage();
  const started = performance.now();
  await work();
  const wall = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  return [wall, (user + system) / 1000];
}
