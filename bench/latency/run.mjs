/**
 * One photo at a time on a classifier that is warm: its time over that of its parts, reading and preprocessing the photo and the
 * vision tower on one picture, each alone. All take turns on every photo.
 *
 *   npm run build && node bench/latency/run.mjs [--model mini] [--dtype fp32] [--turns 60] [--json file]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createClassifier, imageFile, loadModel } from "../../dist/index.js";
import { roundTrip } from "../cores.mjs";
import { writePhotos } from "../preprocess/photos.mjs";
import { argumentsOf, bar, machine, median, round, table, writeResult } from "../result.mjs";

const OF_PARTS = 1.08;
const PHOTOS = 16;
/** Turns before the first that counts: code is compiled, memory is there, threads have started. */
const WARM_UP = 10;

const { model: id = "mini", dtype, turns: given = "60", json } = argumentsOf(["model", "dtype", "turns"]);
const labels = Array.from({ length: 100 }, (_, at) => `thing number ${at}`);

const folder = await mkdtemp(join(tmpdir(), "nearlabel-bench-"));
try {
  const photos = await writePhotos(folder, { count: PHOTOS, width: 500, height: 375 });
  const model = await loadModel(id, { dtype });
  const classifier = await createClassifier({ labels, model });
  const pixels = await Promise.all(photos.map((path) => model.preprocess([imageFile(path)])));
  const parts = {
    preprocessing: (at) => model.preprocess([imageFile(photos[at])]),
    tower: (at) => model.encodePixels(pixels[at]),
    classify: (at) => classifier.classify([photos[at]]),
  };
  const times = Object.fromEntries(Object.keys(parts).map((name) => [name, []]));
  for (let turn = -WARM_UP; turn < Number(given); turn++) {
    for (const [name, work] of Object.entries(parts)) {
      const started = performance.now();
      await work((turn + WARM_UP) % PHOTOS);
      if (turn >= 0) times[name].push(performance.now() - started);
    }
  }
  await classifier.close();
  await model.close();
  const { preprocessing, tower, classify } = times;
  const ratio = median(classify.map((time, turn) => time / (preprocessing[turn] + tower[turn])));
  const rows = Object.entries(times).map(([part, all]) => [part, median(all), Math.min(...all)]);
  console.log(
    `${table(
      ["", "median ms", "least ms"],
      rows.map(([part, ...ms]) => [part, ...ms.map(round)]),
    )}\n`,
  );
  const what = `one photo, ${round(median(classify))} ms: of its parts, each alone`;
  const figures = {
    milliseconds: Object.fromEntries(rows.map(([part, middle, least]) => [part, { middle, least }])),
    roundTripNanoseconds: await roundTrip(),
    machine: machine(),
  };
  const bars = [bar(what, `at most ${OF_PARTS}`, ratio, "", ratio <= OF_PARTS)];
  await writeResult(
    { name: ["latency", basename(id), dtype].filter(Boolean).join(" "), bars, figures },
    json,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
