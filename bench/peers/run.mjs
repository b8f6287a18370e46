/**
 * nearlabel against transformers.js's zero-shot-image-classification pipeline: the same ONNX files, the same
 * pictures, one run. Each side has a process of its own, so that neither's idle threads get in the other's way, and
 * the two take turns picture by picture.
 *
 *   npm run build && npm install --prefix bench/peers
 *   node bench/peers/run.mjs <model folder with onnx/model.onnx, vision_model.onnx, text_model.onnx> [labels ...] [--json file]
 *
 * A model of real shape with random weights will do: time does not depend on what the weights are.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writePhotos } from "../preprocess/photos.mjs";
import { bar, machine, round, writeResult } from "../result.mjs";

/** Pictures a side, at each number of labels; the peer encodes all labels again for each, so few will do there. */
const PICTURES = { 1: 12, 10: 12, 100: 8, 1000: 3 };

/** Milliseconds between turns: a side that is done frees memory and lets its threads go to sleep on the other's time. */
const REST = 1000;

/** Times the speed of the peer, from `WANTED_FROM` labels on. */
const WANTED = 8;
const WANTED_FROM = 100;

const { values, positionals } = parseArgs({ options: { json: { type: "string" } }, allowPositionals: true });
const [model, ...counts] = positionals;
if (!model) throw new Error("usage: node bench/peers/run.mjs <model folder> [label counts]");
const labelCounts = counts.length > 0 ? counts.map(Number) : Object.keys(PICTURES).map(Number);

const folder = await mkdtemp(join(tmpdir(), "nearlabel-bench-"));
const ours = startSide("nearlabel.mjs");
const theirs = startSide("transformers-js.mjs");
try {
  const photos = await writePhotos(folder, { count: 12, width: 500, height: 375 });
  const rows = [];
  for (const count of labelCounts)
    rows.push(await compare(count, photos.slice(0, PICTURES[count] ?? 4), photos));
  console.log(`model ${basename(model)}, JPEG photos of 500 x 375`);
  console.table(rows);
  const figures = { machine: machine(), model: basename(model), rows };
  await writeResult({ name: "peers", bars: rows.map(barOf), figures }, values.json);
} finally {
  ours.stop();
  theirs.stop();
  await rm(folder, { recursive: true, force: true });
}

async function compare(count, photos, batch) {
  const labels = Array.from({ length: count }, (_, at) => `thing number ${at}`);
  const encoded = await ours.ask({ model: resolve(model), labels, photos: photos.slice(0, 1) });
  await theirs.ask({ model: resolve(model), labels: labels.slice(0, 1), photo: photos[0] });
  const times = { ours: [], together: [], theirs: [] };
  for (const photo of photos) {
    times.ours.push(await ours.ask({ photos: [photo] }));
    times.together.push((await ours.ask({ photos: batch })) / batch.length);
    await setTimeout(REST);
    times.theirs.push(await theirs.ask({ photo, labels }));
    await setTimeout(REST);
  }
  return {
    labels: count,
    "transformers.js, ms a picture": round(median(times.theirs)),
    "nearlabel, one at a time": round(median(times.ours)),
    "ratio, one at a time": round(ratio(times.theirs, times.ours)),
    "nearlabel, 12 in a call": round(median(times.together)),
    "ratio, 12 in a call": round(ratio(times.theirs, times.together)),
    "labels once, ms": round(encoded),
  };
}

function barOf({ labels, "ratio, 12 in a call": times }) {
  const least = labels < WANTED_FROM ? 1 : WANTED;
  return bar(
    `times the speed of transformers.js, ${labels} labels, 12 in a call`,
    `at least ${least}`,
    times,
    "",
    times >= least,
  );
}

/** A process that answers each question with milliseconds. */
function startSide(script) {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)));
  const ended = once(child, "exit").then(([code]) =>
    Promise.reject(new Error(`${script} ended with exit code ${code}`)),
  );
  ended.catch(() => {}); // it ends in the end; only an end in place of an answer is an error
  return {
    async ask(question) {
      child.send(question);
      const [{ milliseconds }] = await Promise.race([once(child, "message"), ended]);
      return milliseconds;
    },
    stop: () => child.kill(),
  };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/** Median of the ratios of neighbours in time. */
function ratio(theirs, ours) {
  return median(theirs.map((time, at) => time / ours[at]));
}
