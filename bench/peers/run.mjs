/**
 * nearlabel against other ways to the same answers, in one run: transformers.js's pipeline and what one would write by hand
 * with it, Hugging Face transformers on PyTorch, and Pillow with ONNX Runtime in Python. The same photos, the same ONNX files
 * where a side takes any, a process a side, all cores. The sides take turns with a rest between. Beside them the vision tower
 * alone: how many times as long as that a side takes is how much faster one could be at the most, with the same network. Ours
 * runs in fp32, and in q8 with weights that `nearlabel models quantize` makes of the same files.
 *
 *   npm run build && npm install --prefix bench/peers
 *   node bench/peers/run.mjs --model <folder with model.onnx, vision_model.onnx and text_model.onnx in onnx/>
 *     [--labels 1,10,100,1000] [--rounds 4] [--json file]
 *
 * PYTHON names a Python with torch, transformers, onnxruntime, tokenizers and Pillow; without one its sides are left out. A
 * model of real shape with random weights will do: time does not depend on what the weights are.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { imageFile, quantizeModel } from "../../dist/index.js";
import { writePhotos } from "../preprocess/photos.mjs";
import { argumentsOf, bar, machine, median, round, skipped, table, writeResult } from "../result.mjs";

/** Photos a turn, three batches. The pipeline takes so long for many labels that two have to do. */
const PHOTOS = 48;
const PHOTOS_OF_PIPELINE = 2;
/** Milliseconds between turns: a side that is done frees memory and lets its threads go to sleep on the other's time. */
const REST = 1000;
/** Labels that the bars are about. */
const JUDGED = 100;

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const python = process.env.PYTHON ?? "python3";
/** How many times faster than a side we are to be: `wanted` in fp32, `wantedQ8` in q8. */
const PEERS = [
  {
    name: "transformers.js, pipeline",
    command: [process.execPath, file("transformers-js.mjs")],
    photos: PHOTOS_OF_PIPELINE,
    wanted: 12,
    wantedQ8: 20,
  },
  {
    name: "transformers.js by hand",
    command: [process.execPath, file("transformers-js.mjs"), "batches"],
    wanted: 1.4,
    wantedQ8: 2.3,
  },
  {
    name: "transformers on PyTorch",
    command: [python, file("python.py"), "transformers"],
    wanted: 1,
    wantedQ8: 4,
  },
  {
    name: "ONNX Runtime in Python",
    command: [python, file("python.py"), "onnxruntime"],
    wanted: 1,
    wantedQ8: 2.1,
  },
];

const { model, labels = String(JUDGED), rounds = "4", json } = argumentsOf(["model", "labels", "rounds"]);
if (!model)
  throw new Error("usage: node bench/peers/run.mjs --model <model folder> [--labels 1,10,100,1000]");
const hasPython =
  spawnSync(python, ["-c", "import torch, transformers, onnxruntime, tokenizers, PIL"]).status === 0;
const isThere = ({ command: [program] }) => program !== python || hasPython;

const folder = await mkdtemp(join(tmpdir(), "nearlabel-bench-"));
const startOurs = (name, dtype) =>
  startSide({ name, command: [process.execPath, file("nearlabel.mjs"), dtype] });
const ours = startOurs("nearlabel", "fp32");
const oursQ8 = startOurs("nearlabel, q8", "q8");
const peers = PEERS.filter(isThere).map(startSide);
try {
  const photos = await writePhotos(folder, { count: PHOTOS, width: 500, height: 375 });
  const quantized = await quantize(photos);
  const rows = [];
  for (const count of labels.split(",").map(Number)) rows.push(...(await compare(count, photos, quantized)));
  const head = [
    "labels",
    "side",
    "ms a photo",
    "times ours",
    "times ours in q8",
    "times ours, one photo a call",
    "times the vision tower alone",
    "labels, ms with loading",
  ];
  console.log(`\nmodel ${basename(model)}, JPEG photos of 500 x 375\n`);
  console.log(`${table(head, rows.map(cellsOf))}\n`);
  const figures = { machine: machine(), model: basename(model), rows };
  await writeResult({ name: "peers", bars: PEERS.flatMap((peer) => barsOf(peer, rows)), figures }, json);
} finally {
  for (const side of [ours, oursQ8, ...peers]) side.stop();
  await rm(folder, { recursive: true, force: true });
}

async function compare(count, photos, quantized) {
  const names = Array.from({ length: count }, (_, at) => `thing number ${at}`);
  const one = { name: "nearlabel, one photo a call", photos: 1, ask: ours.ask };
  const tower = {
    name: "the vision tower alone",
    ask: ({ photos: { length } }) => ours.ask({ pictures: length }),
  };
  const sides = [ours, oursQ8, one, tower, ...peers].map((side) => ({ ...side, times: [] }));
  for (const side of sides) {
    const folder = side.name === oursQ8.name ? quantized : resolve(model);
    if (side.stop) side.labels = await side.ask({ model: folder, labels: names });
    await side.ask({ photos: photos.slice(0, 2) });
  }
  for (let turn = 0; turn < Number(rounds); turn++) {
    for (const { ask, times, photos: number = PHOTOS } of sides) {
      await setTimeout(REST);
      const some = photos.slice(turn, turn + number);
      times.push((await ask({ photos: some })) / some.length);
    }
  }
  return sides.map(({ name, labels: ready, times }) => {
    const over = (side) => median(times.map((time, at) => time / side.times[at]));
    const [call, callQ8, single, towerAlone] = sides;
    return {
      labels: count,
      side: name,
      milliseconds: median(times),
      times: over(call),
      timesQ8: over(callQ8),
      timesSingle: over(single),
      timesTower: over(towerAlone),
      ready,
    };
  });
}

/** A model folder with weights in q8 of the same files; nothing is asked of them, as random ones mean nothing. */
async function quantize(photos) {
  const pictures = photos.slice(0, 4).map((path) => ({ id: path, image: imageFile(path) }));
  const limits = { cosine: -1, agreement: 0, speed: 0 };
  const to = join(folder, "q8");
  const { proof } = await quantizeModel(resolve(model), { to, pictures, labels: ["a", "b"], limits });
  console.log(`q8: ${JSON.stringify(proof.measures)}`);
  return to;
}

function cellsOf({ labels: count, side, milliseconds, times, timesQ8, timesSingle, timesTower, ready }) {
  const ratios = [times, timesQ8, timesSingle, timesTower].map(round);
  return [count, side, round(milliseconds), ...ratios, ready ? Math.round(ready) : ""];
}

function barsOf({ name, wanted, wantedQ8, ...peer }, rows) {
  const row = rows.find(({ side, labels: count }) => side === name && count === JUDGED);
  const one = (what, least, value) => {
    if (!isThere(peer)) return skipped(what, `at least ${least}`, "no Python with what it needs: set PYTHON");
    if (!row) return skipped(what, `at least ${least}`, `not with ${JUDGED} labels`);
    const unit = `(it takes ${round(row.timesTower)} x the vision tower alone)`;
    return bar(what, `at least ${least}`, value, unit, value >= least);
  };
  return [
    one(`times as fast as ${name}, ${JUDGED} labels`, wanted, row?.times),
    one(`in q8, times as fast as ${name} in fp32, ${JUDGED} labels`, wantedQ8, row?.timesQ8),
  ];
}

/** A process that answers each question, a line of JSON, with milliseconds. */
function startSide({ name, command: [program, ...args], photos }) {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = once(child, "exit").then(([code]) =>
    Promise.reject(new Error(`${name} ended with exit code ${code}`)),
  );
  ended.catch(() => {}); // it ends in the end; only an end in place of an answer is an error
  return {
    name,
    photos,
    async ask(question) {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const { value } = await Promise.race([answers.next(), ended]);
      return JSON.parse(value).milliseconds;
    },
    stop: () => child.kill(),
  };
}
