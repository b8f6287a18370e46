/**
 * How near `classify` of many photos comes to what the cores could do: the network alone, preprocessing alone and both
 * together, in turns, so that all three meet the same machine. The limit is cores / (core seconds of the network + core
 * seconds of preprocessing) a picture, each alone.
 *
 *   npm run build && node bench/throughput/run.mjs [model, default mini] [photos, default 1000]
 *
 * Only a quiet machine tells: where the encoder alone keeps fewer cores busy than there are, others took the rest.
 * A model of real shape with random weights will do: time does not depend on what the weights are.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createClassifier, loadModel } from "../../dist/index.js";
import { writePhotos } from "../preprocess/photos.mjs";

const TURNS = 5;
const [id = "mini", given = "1000"] = process.argv.slice(2);
const labels = Array.from({ length: 100 }, (_, at) => `thing number ${at}`);

const folder = await mkdtemp(join(tmpdir(), "nearlabel-bench-"));
try {
  const photos = await writePhotos(folder, { count: Number(given), width: 500, height: 375 });
  const model = await loadModel(id);
  const classifier = await createClassifier({ labels, model });
  const { batchSize, preprocess, encodePixels } = model.imageSteps;
  const pixels = await preprocess(photos.slice(0, batchSize), "here");
  let stages;
  const alternatives = {
    encoder: async (batch) => {
      for (let at = 0; at < batch.length; at += batchSize) {
        await encodePixels(pixels.slice(0, Math.min(batchSize, batch.length - at)));
      }
    },
    preprocessing: async (batch) => {
      for (let at = 0; at < batch.length; at += batchSize) {
        await preprocess(batch.slice(at, at + batchSize), "here");
      }
    },
    classify: (batch) => classifier.classify(batch, { onStages: (figures) => (stages = figures) }),
  };
  for (const work of Object.values(alternatives)) await work(photos.slice(0, 4 * batchSize));

  const totals = { encoder: [0, 0], preprocessing: [0, 0], classify: [0, 0] };
  const size = Math.ceil(photos.length / TURNS);
  for (let at = 0; at < photos.length; at += size) {
    for (const [name, work] of Object.entries(alternatives)) {
      const [wall, core] = await timed(() => work(photos.slice(at, at + size)));
      totals[name][0] += wall / photos.length;
      totals[name][1] += core / photos.length;
    }
  }
  await model.close();
  const cores = availableParallelism();
  const limit = (1000 * cores) / (totals.encoder[1] + totals.preprocessing[1]);
  const speed = 1000 / totals.classify[0];
  console.log(
    JSON.stringify({
      model: basename(id),
      photos: photos.length,
      processor: cpus()[0].model,
      cores,
      node: process.version,
      milliseconds: Object.fromEntries(
        Object.entries(totals).map(([name, [wall, core]]) => [
          name,
          { wall: round(wall), core: round(core) },
        ]),
      ),
      picturesPerSecond: round(speed),
      limit: round(limit),
      ofLimit: round(speed / limit),
      peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024),
      lastTurn: stages,
    }),
  );
  console.log(
    "\n| | wall ms a picture | core ms a picture | cores busy | pictures/s |\n|---|---|---|---|---|",
  );
  for (const [name, [wall, core]] of Object.entries(totals)) {
    console.log(
      `| ${name} | ${round(wall)} | ${round(core)} | ${round(core / wall)} | ${round(1000 / wall)} |`,
    );
  }
  console.log(
    `| limit, ${cores} cores | | | | ${round(limit)} |\n| classify of the limit | | | | ${round(speed / limit)} |`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
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

function round(value) {
  return Number(value.toPrecision(3));
}
