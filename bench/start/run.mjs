/**
 * Cold start, with the built-in model and one picture: the command as a whole process, with labels and with a label
 * index; the import of the library; and the parts that a start is made of.
 *
 *   npm run build && node bench/start/run.mjs [--runs 15] [--json file]
 *
 * Each run starts every process once, so that all of them meet the same machine. The index is of a copy of the model
 * whose text tower and tokenizer are no such files: a program that opened either would end with an error.
 */
import { spawnSync } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { argumentsOf, bar, machine, median, round, writeResult } from "../result.mjs";

const FIRST_RESULT_MS = 350;
const IMPORT_MS = 40;
const LABELS = ["bus", "cup", "guitar"];

const { runs = "15", json } = argumentsOf(["runs"]);
const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const root = file("../..");
const { bin, exports } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
const library = join(root, exports["."].default);
const libraryUrl = pathToFileURL(library).href;
const picture = file("../../samples/cup.png");
const classify = [join(root, bin.nearlabel), "classify", picture];

const work = await mkdtemp(join(tmpdir(), "nearlabel-start-"));
try {
  const index = await indexWithoutTexts(work);
  const processes = {
    "nearlabel classify --labels": [...classify, "--labels", LABELS.join()],
    "nearlabel classify --index": [...classify, "--index", index],
    "import of the library": ["--input-type=module", "-e", `import ${JSON.stringify(libraryUrl)}`],
    "node, nothing else": ["--input-type=module", "-e", "0"],
  };
  const times = Object.fromEntries(Object.keys(processes).map((name) => [name, []]));
  for (let run = 0; run < Number(runs); run++) {
    for (const [name, args] of Object.entries(processes)) times[name].push(timed(args));
    for (const [name, milliseconds] of JSON.parse(outputOf([file("laps.mjs"), library, picture]))) {
      times[name] ??= [];
      times[name].push(milliseconds);
    }
  }
  await report(times);
} finally {
  await rm(work, { recursive: true, force: true });
}

/** A label index for the built-in model's picture tower; returns its folder. */
async function indexWithoutTexts(folder) {
  const { DEFAULT_TEMPLATES, embedLabels, importLabelIndex, labelSet, loadModel } = await import(libraryUrl);
  const copy = join(folder, "model");
  await cp(join(root, "models/mini"), copy, { recursive: true });
  for (const name of ["onnx/text_model.onnx", "tokenizer.json"]) await writeFile(join(copy, name), "none");
  const whole = await loadModel("mini");
  const model = await loadModel(copy);
  const labels = labelSet(LABELS);
  const index = await importLabelIndex(join(folder, "index"), {
    labels,
    embeddings: await embedLabels(whole, labels, DEFAULT_TEMPLATES),
    model: { model: copy, fingerprint: await model.identity.fingerprint(), ...model.scoring },
  });
  for (const opened of [index, model, whole]) await opened.close();
  return index.path;
}

function outputOf(args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with ${status}: ${stderr}`);
  return stdout;
}

function timed(args) {
  const started = performance.now();
  outputOf(args);
  return performance.now() - started;
}

async function report(times) {
  const imports = times["import of the library"].map((time, run) => time - times["node, nothing else"][run]);
  const first = times["nearlabel classify --labels"];
  const bars = [
    limit("first result on one picture, whole process", first, FIRST_RESULT_MS),
    limit("importing the library, beyond Node.js", imports, IMPORT_MS),
    // An opened text tower would have ended the run.
    { what: "with a label index the text tower is opened", wanted: "never", measured: "never", holds: true },
  ];
  const parts = Object.entries(times).map(([part, values]) => ({
    part,
    median: round(median(values)),
    least: round(Math.min(...values)),
  }));
  console.table(parts);
  const figures = { machine: machine(), runs: Number(runs), milliseconds: parts };
  await writeResult({ name: "cold start", bars, figures }, json);
}

function limit(what, values, most) {
  const value = median(values);
  const least = round(Math.min(...values));
  const { measured, ...rest } = bar(what, `under ${most} ms`, value, "ms", value < most);
  return { ...rest, measured: `${measured} median, ${least} ms least (${round(value / most)} of the bar)` };
}
