/**
 * How near `classify` of many photos comes to what the cores could do, with the time of each stage.
 *
 *   npm run build && node bench/throughput/run.mjs [--model mini] [--dtype fp32] [--photos 1000] [--json file]
 *
 * A model of real shape with random weights will do: time does not depend on what the weights are.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { firstOf } from "../../dist/image/preprocess/pixel-batch.js";
import { createClassifier, imageFile, loadModel, startStageClock } from "../../dist/index.js";
import { shareOfLimit } from "../limit.mjs";
import { writePhotos } from "../preprocess/photos.mjs";
import { argumentsOf, round, table, writeResult } from "../result.mjs";

const { model: id = "mini", dtype, photos: given = "1000", json } = argumentsOf(["model", "dtype", "photos"]);
const labels = Array.from({ length: 100 }, (_, at) => `thing number ${at}`);

const folder = await mkdtemp(join(tmpdir(), "nearlabel-bench-"));
try {
  const photos = await writePhotos(folder, { count: Number(given), width: 500, height: 375 });
  const model = await loadModel(id, { dtype });
  const classifier = await createClassifier({ labels, model });
  const files = (start, end) => photos.slice(start, end).map((path) => imageFile(path));
  const { size } = model.batching;
  const pixels = await model.preprocess(files(0, size));
  let memory;
  let stages;
  const works = {
    encoder: async (start, end) => {
      for (let at = start; at < end; at += size) await model.encodePixels(firstOf(pixels, end - at));
    },
    preprocessing: async (start, end) => {
      for (let at = start; at < end; at += size) {
        memory = await model.preprocess(files(at, Math.min(at + size, end)), memory);
      }
    },
    classify: async (start, end) => {
      const clock = startStageClock();
      await classifier.classify(photos.slice(start, end), { clock });
      stages = clock.figures();
    },
  };
  for (const work of Object.values(works)) await work(0, Math.min(4 * size, photos.length));
  const { bar, figures } = await shareOfLimit(works, photos.length);
  await classifier.close();
  await model.close();
  console.log(`\nstages of the last turn\n\n${stagesTable(stages)}\n`);
  const name = ["throughput", basename(id), dtype].filter(Boolean).join(" ");
  await writeResult({ name, bars: [bar], figures: { ...figures, lastTurn: stages } }, json);
} finally {
  await rm(folder, { recursive: true, force: true });
}

function stagesTable(stages) {
  return table(
    ["stage", "busy ms", "waiting ms", "mean queue before it"],
    Object.entries(stages).map(([stage, { busy, waiting, queue }]) => [
      stage,
      Math.round(busy),
      Math.round(waiting),
      round(queue),
    ]),
  );
}
