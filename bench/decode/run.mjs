/**
 * What `decode: "fast"` costs and brings: milliseconds a photo from JPEG bytes to a model's input, difference of the input
 * in levels of 255, and cosine between the embeddings.
 *
 *   npm run build && node bench/decode/run.mjs [model folder ...] (default: the built-in model)
 *
 * The two ways take turns on every photo; medians are printed. Photos are drawn (bench/preprocess/photos.mjs).
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { imageFile, loadModel } from "../../dist/index.js";
import { dot } from "../../dist/math/vector.js";
import { writePhotos } from "../preprocess/photos.mjs";
import { median, table } from "../result.mjs";

const SIZES = [
  { width: 500, height: 375, count: 40 },
  { width: 1601, height: 1203, count: 8 },
  { width: 4000, height: 3000, count: 4 },
];
const ROUNDS = 3;
const models = process.argv.length > 2 ? process.argv.slice(2) : ["mini"];

const folder = await mkdtemp(join(tmpdir(), "nearlabel-bench-"));
try {
  const rows = [];
  for (const [at, size] of SIZES.entries()) {
    const photos = await writePhotos(join(folder, String(at)), size);
    for (const id of models) rows.push(await compare(id, photos, size));
  }
  const head = ["photo", "model", "exact ms", "fast ms", "ratio", "mean levels", "max", "least cosine"];
  console.log(table(head, rows));
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function compare(id, photos, { width, height }) {
  const exact = await loadModel(id);
  const fast = await loadModel(id, { decode: "fast" });
  const deviation = exact.preprocessing.normalisation?.std ?? [1, 1, 1];
  const times = { exact: [], fast: [] };
  let [sum, values, max, least] = [0, 0, 0, 1];
  await exact.preprocess([imageFile(photos[0])]);
  for (let round = 0; round < ROUNDS; round++) {
    for (const photo of photos.map((path) => imageFile(path))) {
      const usual = await timed(times.exact, () => exact.preprocess([photo]));
      const reduced = await timed(times.fast, () => fast.preprocess([photo]));
      if (round > 0) continue;
      const plane = usual.data.length / 3;
      for (const [at, value] of usual.data.entries()) {
        const levels = Math.abs(value - reduced.data[at]) * deviation[Math.floor(at / plane)] * 255;
        sum += levels;
        max = Math.max(max, levels);
      }
      values += usual.data.length;
      least = Math.min(least, dot(await unit(exact, usual), await unit(exact, reduced)));
    }
  }
  await exact.close();
  await fast.close();
  const [before, after] = [median(times.exact), median(times.fast)];
  return [
    `${width} x ${height}`,
    basename(id),
    before.toFixed(1),
    after.toFixed(1),
    (before / after).toFixed(2),
    (sum / values).toFixed(2),
    max.toFixed(0),
    least.toFixed(5),
  ];
}

async function timed(times, work) {
  const started = performance.now();
  const result = await work();
  times.push(performance.now() - started);
  return result;
}

async function unit(model, pixels) {
  const { data } = await model.encodePixels(pixels);
  const length = Math.sqrt(dot(data, data));
  return data.map((value) => value / length);
}
