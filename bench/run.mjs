/**
 * All measurements, one after the other, each in a process of its own; in the end one table of what was wanted and what was
 * measured, and the same as JSON.
 *
 *   npm run bench -- [--only throughput,memory,...] [--out folder] [--model folder] [--cifar100 folder]
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
import { labelsResult, throughputResult } from "./adapters.mjs";
import { machine, markdownTable, round } from "./result.mjs";

/** Minutes after which a measurement is taken for stuck. */
const LIMIT = 10;
const file = (path) => fileURLToPath(new URL(path, import.meta.url));

const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    out: { type: "string", default: file("results") },
    model: { type: "string" },
    cifar100: { type: "string" },
  },
});
const { model, cifar100 } = options;

/** `needs` is why one cannot be done here. One without an `adapter` writes its result to the file that `--json` names. */
const MEASUREMENTS = [
  { name: "throughput", script: "throughput/run.mjs", args: ["mini", "400"], adapter: throughputResult },
  {
    name: "throughput-model",
    script: "throughput/run.mjs",
    args: [model, "200"],
    adapter: throughputResult,
    needs: !model && "no --model",
  },
  {
    name: "cifar100",
    script: "cifar100/run.mjs",
    args: ["--cifar100", cifar100],
    needs: !cifar100 && "no --cifar100",
  },
  { name: "peers", script: "peers/run.mjs", args: [model, "1", "100"], needs: missingForPeers() },
  { name: "preprocess", script: "preprocess/run.mjs", args: [] },
  { name: "start", script: "start/run.mjs", args: [] },
  { name: "labels", script: "labels/run.mjs", args: ["--rounds", "5"], adapter: labelsResult },
  { name: "memory", script: "memory/run.mjs", args: [] },
  { name: "growth", script: "growth/run.mjs", args: [] },
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
const table = `${where.processor}, ${where.cores} cores, Node.js ${where.node}, ${minutes} minutes\n\n${markdownTable(results)}\n`;
await writeFile(
  join(options.out, "results.json"),
  `${JSON.stringify({ machine: where, minutes, results }, null, 2)}\n`,
);
await writeFile(join(options.out, "results.md"), table);
console.log(`\n${table}\nWritten to ${resolve(options.out)}.`);
if (results.some(({ crashed }) => crashed)) process.exitCode = 1;

async function resultOf({ name, script, args, needs, adapter }) {
  if (needs) return without(name, needs);
  const load = round(loadavg()[0]);
  const begin = performance.now();
  console.error(`\n## ${name}, load ${load}\n`);
  try {
    const json = join(options.out, `${name}.json`);
    const output = await outputOf(
      file(script),
      adapter === throughputResult ? args : [...args, "--json", json],
    );
    const result = adapter ? await adapter({ output, json }) : JSON.parse(await readFile(json, "utf8"));
    return { ...result, name, load, seconds: round((performance.now() - begin) / 1000) };
  } catch (error) {
    console.error(error);
    return { ...without(name, `crashed: ${error.message}`), crashed: true };
  }
}

function without(name, reason) {
  return { name, bars: [{ what: "", wanted: "", measured: reason, holds: null }], figures: {} };
}

/** What a script writes to stdout; it is shown as it comes. */
async function outputOf(script, args) {
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: LIMIT * 60_000,
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
    process.stderr.write(text);
  });
  const [code, signal] = await once(child, "close");
  if (code !== 0)
    throw new Error(signal ? `stopped by ${signal} after ${LIMIT} minutes` : `exit code ${code}`);
  return output;
}

function missingForPeers() {
  if (!model) return "no --model";
  if (!existsSync(join(model, "onnx", "model.onnx"))) return `${model} has no onnx/model.onnx`;
  if (!existsSync(file("peers/node_modules"))) return "run npm install --prefix bench/peers first";
  return undefined;
}
