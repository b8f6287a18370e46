/**
 * All measurements, one after the other, each in a process of its own; in the end one table of what was wanted and what was
 * measured, and the same as JSON.
 *
 *   npm run bench -- [--only throughput,memory,...] [--out folder] [--model folder] [--cifar100 folder] [--clip folder]
 *
 * A fresh clone needs nothing else. Extras: PYTHON names a Python with Pillow and NumPy; `--model` a model folder of real
 * shape, its weights may be random; `npm install --prefix bench/peers` brings transformers.js; `--cifar100` a folder with
 * that data set. What is not measured says why. Ends with 1 only where a measurement crashed: a bar that is missed is a
 * result. Only a quiet machine tells: the load before each is in the results.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { barsTable, machine, round } from "./result.mjs";

/** Minutes after which a measurement is taken for stuck. */
const LIMIT = 10;
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const file = (path) => fileURLToPath(new URL(path, import.meta.url));

const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    out: { type: "string", default: file("results") },
    model: { type: "string" },
    cifar100: { type: "string" },
    clip: { type: "string" },
  },
});
const { model, cifar100, clip } = options;

/** `needs` is why one cannot be done here. */
const MEASUREMENTS = [
  { name: "throughput", script: "throughput/run.mjs", args: [] },
  {
    name: "throughput-model",
    script: "throughput/run.mjs",
    args: ["--model", model],
    needs: !model && "no --model",
  },
  {
    name: "throughput-model-q8",
    script: "throughput/run.mjs",
    args: ["--model", model, "--dtype", "q8"],
    needs: missingForQ8(),
  },
  { name: "latency", script: "latency/run.mjs", args: [] },
  {
    name: "latency-model",
    script: "latency/run.mjs",
    args: ["--model", model],
    needs: !model && "no --model",
  },
  {
    name: "latency-model-q8",
    script: "latency/run.mjs",
    args: ["--model", model, "--dtype", "q8"],
    needs: missingForQ8(),
  },
  {
    name: "cifar100",
    script: "cifar100/run.mjs",
    args: ["--cifar100", cifar100],
    needs: !cifar100 && "no --cifar100",
  },
  { name: "peers", script: "peers/run.mjs", args: ["--model", model], needs: missingForPeers() },
  { name: "preprocess", script: "preprocess/run.mjs", args: [] },
  { name: "start", script: "start/run.mjs", args: [] },
  { name: "labels", script: "labels/run.mjs", args: [] },
  { name: "labels-build", script: "labels/build.mjs", args: [] },
  {
    name: "labels-build-model",
    script: "labels/build.mjs",
    args: ["--model", model, "--labels", "4096"],
    needs: !model && "no --model",
  },
  { name: "memory", script: "memory/run.mjs", args: model ? ["--model", model] : [] },
  { name: "search", script: "search/index.mjs", args: ["--rows", "200000"] },
  {
    name: "search-unclustered",
    script: "search/index.mjs",
    args: ["--rows", "200000", "--set", "unclustered"],
  },
  { name: "search-million", script: "search/index.mjs", args: ["--rows", "1000000"] },
  { name: "search-least", script: "search/least-similarity.mjs", args: [] },
  {
    name: "search-relevance",
    script: "search/relevance.mjs",
    args: ["--cifar100", cifar100, "--clip", clip],
    needs: !(cifar100 && clip) && "no --cifar100 and --clip",
  },
  { name: "growth", script: "growth/run.mjs", args: [] },
  { name: "images-labels", script: "images/labels.mjs", args: [] },
  { name: "images-label-kills", script: "images/label-kills.mjs", args: [] },
  {
    name: "images-suspects",
    script: "images/suspects.mjs",
    args: ["--cifar100", cifar100],
    needs: !cifar100 && "no --cifar100",
  },
  {
    name: "page",
    script: "page/run.mjs",
    args: [],
    needs: !existsSync(CHROMIUM) && `no browser at ${CHROMIUM}: CHROMIUM names one`,
  },
  { name: "server-memory", script: "server/memory.mjs", args: ["--minutes", "5"] },
  { name: "server", script: "server/run.mjs", args: [] },
  {
    name: "server-model",
    script: "server/run.mjs",
    args: ["--model", model],
    needs: !model && "no --model",
  },
];

const wanted = options.only?.split(",") ?? MEASUREMENTS.map(({ name }) => name);
const unknown = wanted.filter((name) => !MEASUREMENTS.some((each) => each.name === name));
if (unknown.length > 0) throw new Error(`no measurement is called ${unknown.join(", ")}`);
await mkdir(options.out, { recursive: true });

const results = [];
const started = performance.now();
for (const measurement of MEASUREMENTS.filter(({ name }) => wanted.includes(name))) {
  const result = await resultOf(measurement);
  results.push(result);
  await writeFile(join(options.out, `${measurement.name}.json`), `${JSON.stringify(result, null, 2)}\n`);
}
const minutes = round((performance.now() - started) / 60_000);
const where = machine();
const table = `${where.processor}, ${where.cores} cores, Node.js ${where.node}, ${minutes} minutes\n\n${barsTable(results)}\n`;
await writeFile(
  join(options.out, "results.json"),
  `${JSON.stringify({ machine: where, minutes, results }, null, 2)}\n`,
);
await writeFile(join(options.out, "results.md"), table);
console.log(`\n${table}\nWritten to ${resolve(options.out)}.`);
if (results.some(({ crashed }) => crashed)) process.exitCode = 1;

async function resultOf({ name, script, args, needs }) {
  if (needs) return without(name, needs);
  const load = round(loadavg()[0]);
  const begin = performance.now();
  console.error(`\n## ${name}, load ${load}\n`);
  try {
    const json = join(options.out, `${name}.json`);
    await run(file(script), [...args, "--json", json]);
    const result = JSON.parse(await readFile(json, "utf8"));
    return { ...result, name, load, seconds: round((performance.now() - begin) / 1000) };
  } catch (error) {
    console.error(error);
    return { ...without(name, `crashed: ${error.message}`), crashed: true };
  }
}

function without(name, reason) {
  return { name, bars: [{ what: "", wanted: "", measured: reason, holds: null }], figures: {} };
}

async function run(script, args) {
  const child = spawn(process.execPath, [script, ...args], {
    // What it prints is for people; the results go to stdout in the end.
    stdio: ["ignore", process.stderr, "inherit"],
    timeout: LIMIT * 60_000,
  });
  const [code, signal] = await once(child, "close");
  if (code !== 0)
    throw new Error(signal ? `stopped by ${signal} after ${LIMIT} minutes` : `exit code ${code}`);
}

function missingForQ8() {
  if (!model) return "no --model";
  const weights = join(model, "onnx", "vision_model_quantized.onnx");
  return existsSync(weights)
    ? undefined
    : `${model} has no weights in q8: docs/models.md says how to make them`;
}

function missingForPeers() {
  if (!model) return "no --model";
  if (!existsSync(join(model, "onnx", "model.onnx"))) return `${model} has no onnx/model.onnx`;
  if (!existsSync(file("peers/node_modules"))) return "run npm install --prefix bench/peers first";
  return undefined;
}
