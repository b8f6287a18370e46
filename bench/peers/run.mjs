/**
 * nearlabel against other ways to the same answers, in one run: transformers.js's pipeline and what one would write by hand
 * with it, Hugging Face transformers on PyTorch, and Pillow with ONNX Runtime in Python. The same photos, the same ONNX files
 * where a side takes any, a process a side, all cores. The sides take turns with a rest between. Beside them the vision tower
 * alone: how many times as long as that a side takes is how much faster one could be at the most, with the same network.
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
/** `wanted` is how many times faster than a side we are to be. */
const PEERS = [
  {
    name: "transformers.js, pipeline",
    command: [process.execPath, file("transformers-js.mjs")],
    photos: PHOTOS_OF_PIPELINE,
    wanted: 12,
  },
  {
    name: "transformers.js by hand",
    command: [process.execPath, file("transformers-js.mjs"), "batches"],
    wanted: 1.4,
  },
  { name: "transformers on PyTorch", command: [python, file("python.py"), "transformers"], wanted: 1 },
  { name: "ONNX Runtime in Python", command: [python, file("python.py"), "onnxruntime"], wanted: 1 },
];

const { model, labels = String(JUDGED), rounds = "4", json } = argumentsOf(["model", "labels", "rounds"]);
if (!model)
  throw new Error("usage: node bench/peers/run.mjs --model <model folder> [--labels 1,10,100,1000]");
const hasPython =
  spawnSync(python, ["-c", "import torch, transformers, onnxruntime, tokenizers, PIL"]).status === 0;
const isThere = ({ command: [program] }) => program !== python || hasPython;

const folder = await mkdtemp(join(tmpdir(), "nearlabel-bench-"));
const ours = startSide({ name: "nearlabel", command: [process.execPath, file("nearlabel.mjs")] });
const peers = PEERS.filter(isThere).map(startSide);
try {
  const photos = await writePhotos(folder, { count: PHOTOS, width: 500, height: 375 });
  const rows = [];
  for (const count of labels.split(",").map(Number)) rows.push(...(await compare(count, photos)));
  const head = [
    "labels",
    "side",
    "ms a photo",
    "times ours",
    "times ours, one photo a call",
    "times the vision tower alone",
    "labels, ms with loading",
  ];
  console.log(`\nmodel ${basename(model)}, JPEG photos of 500 x 375\n`);
  console.log(`${table(head, rows.map(cellsOf))}\n`);
  const figures = { machine: machine(), model: basename(model), rows };
  await writeResult({ name: "peers", bars: PEERS.map((peer) => barOf(peer, rows)), figures }, json);
} finally {
  for (const side of [ours, ...peers]) side.stop();
  await rm(folder, { recursive: true, force: true });
}

async function compare(count, photos) {
  const names = Array.from({ length: count }, (_, at) => `thing number ${at}`);
  const one = { name: "nearlabel, one photo a call", photos: 1, ask: ours.ask };
  const tower = {
    name: "the vision tower alone",
    ask: ({ photos: { length } }) => ours.ask({ pictures: length }),
  };
  const sides = [ours, one, tower, ...peers].map((side) => ({ ...side, times: [] }));
  for (const side of sides) {
    if (side.stop) side.labels = await side.ask({ model: resolve(model), labels: names });
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
    const [call, single, towerAlone] = sides;
    return {
      labels: count,
      side: name,
      milliseconds: median(times),
      times: over(call),
      timesSingle: over(single),
      timesTower: over(towerAlone),
      ready,
    };
  });
}

function cellsOf({ labels: count, side, milliseconds, times, timesSingle, timesTower, ready }) {
  const ratios = [times, timesSingle, timesTower].map(round);
  return [count, side, round(milliseconds), ...ratios, ready ? Math.round(ready) : ""];
}

function barOf({ name, wanted, ...peer }, rows) {
  const what = `times as fast as ${name}, ${JUDGED} labels`;
  if (!isThere(peer)) return skipped(what, `at least ${wanted}`, "no Python with what it needs: set PYTHON");
  const row = rows.find(({ side, labels: count }) => side === name && count === JUDGED);
  if (!row) return skipped(what, `at least ${wanted}`, `not with ${JUDGED} labels`);
  const unit = `(it takes ${round(row.timesTower)} x the vision tower alone)`;
  return bar(what, `at least ${wanted}`, row.times, unit, row.times >= wanted);
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
