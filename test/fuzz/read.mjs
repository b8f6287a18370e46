// Reads files with the built library. For each line {"kind", "path", "out"} on standard input it writes a line: what the
// file holds, or the code of the error; and the memory that reading took. Numbers of pictures and of embeddings go to the
// file `out`. An error that nobody catches ends the process, which the driver counts as a crash.

import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import {
  decodeImage,
  imageFile,
  isImageFile,
  loadModel,
  openDataset,
  openEmbeddings,
  openFile,
  openTokenizer,
  parsePreprocessing,
  preprocess,
  readJsonObject,
  readLabelMap,
  readLabels,
  readTar,
  readTemplates,
} from "./library.mjs";

/** More rows than any seed file has: a file that claims more is not read to its end. */
const MOST_ROWS = 5000;
/** Pictures of more pixels are compared by their size alone. */
const MOST_PIXELS = 4_000_000;

const picture = process.argv[2];
const texts = JSON.parse(process.argv[3]);
const work = process.argv[4];
const golden = fileURLToPath(new URL("../golden", import.meta.url));

const READERS = {
  "jpeg-fast": (path) => decoded(path, undefined, { decode: "fast" }),
  npy: pictures,
  npz: pictures,
  parquet: pictures,
  csv: named,
  jsonl: named,
  tar,
  embeddings,
  labels: readLabels,
  tokenizer,
  preprocessor,
  config: (path) => model({ "config.json": path }),
  graph: (path) => model({ "onnx/vision_model.onnx": path }),
  templates: readTemplates,
  "label-map": readLabelMap,
  card,
};

for await (const line of createInterface({ input: process.stdin })) {
  const { kind, path, out } = JSON.parse(line);
  const before = memory(true);
  const answer = await answerOf(READERS[kind] ?? decoded, path, out);
  answer.memory = memory(false) - before;
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function answerOf(read, path, out) {
  try {
    return { accepted: true, value: await read(path, out) };
  } catch (error) {
    const isCoded = error?.name === "NearlabelError";
    const message = isCoded ? error.message : String(error?.stack ?? error);
    return { accepted: false, code: isCoded ? error.code : "UNCODED", message: message.slice(0, 2000) };
  }
}

/** Bytes that the process holds now, its peak being forgotten, or at the most since then. */
function memory(isStart) {
  if (isStart) writeFileSync("/proc/self/clear_refs", "5");
  const name = isStart ? "VmRSS" : "VmHWM";
  return 1024 * Number(new RegExp(`${name}:\\s*(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))[1]);
}

function sha(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

async function decoded(path, out, options) {
  // Small enough for the seed files to be reduced where `options` ask for that.
  const { data, width, height } = await decodeImage(imageFile(path), options, () => ({
    width: 4,
    height: 4,
  }));
  const isWritten = out !== undefined && width * height <= MOST_PIXELS;
  if (isWritten) writeFileSync(out, data);
  return { width, height, channels: 3, isWritten };
}

async function take(rows, show) {
  const found = [];
  for await (const row of rows) {
    if (found.length === MOST_ROWS) return { more: true };
    found.push(show(row));
  }
  return found;
}

async function pictures(path) {
  const dataset = await openDataset(path);
  return await take(dataset.rows(), ({ image, label = null }) => [shown(image), label]);
}

function shown(image) {
  if (isImageFile(image)) return `path ${image.name}`;
  if (image instanceof Uint8Array) return `bytes ${sha(image)}`;
  return `${image.width} x ${image.height} x ${image.channels} ${sha(image.data)}`;
}

async function named(path) {
  const dataset = await openDataset(path);
  return await take(dataset.rows(), ({ id, image, label = null }) => [isImageFile(image) ? id : null, label]);
}

async function tar(path) {
  const entries = [];
  const source = await openFile(path);
  try {
    for await (const entry of readTar(source)) entries.push([entry.name, sha(await entry.read())]);
  } finally {
    await source[Symbol.asyncDispose]();
  }
  const dataset = await openDataset(path);
  await take(dataset.rows(), () => {});
  return entries;
}

async function embeddings(path, out) {
  const stored = await openEmbeddings(path);
  const rows = await take(stored.rows(), ({ embedding }) => embedding);
  if (!Array.isArray(rows)) return rows;
  const values = rows.map((row) => row ?? new Float32Array(stored.dimension).fill(Number.NaN));
  writeFileSync(out, Buffer.concat(values.map(({ buffer }) => Buffer.from(buffer))));
  return { rows: rows.length, columns: stored.dimension };
}

function tokenizer(path) {
  const { encode } = openTokenizer(path, { contextLength: 100_000, padToken: undefined });
  return texts.map((text) => encode(text).ids);
}

async function preprocessor(path, out) {
  const settings = parsePreprocessing(await readJsonObject(path, "MODEL_FILE_INVALID"), path);
  const { data, width, height } = await preprocess(imageFile(picture), settings);
  writeFileSync(out, data);
  return { width, height };
}

/** The tiny model with other `files`, which has to embed a text and a picture. */
async function model(files) {
  const folder = join(work, "model");
  const tiny = join(golden, "tiny-model");
  mkdirSync(join(folder, "onnx"), { recursive: true });
  for (const name of ["config.json", "preprocessor_config.json", "tokenizer.json"])
    cpSync(join(tiny, name), join(folder, name));
  for (const tower of ["text", "vision"])
    cpSync(join(tiny, "graphs", `${tower}.onnx`), join(folder, "onnx", `${tower}_model.onnx`));
  for (const [name, path] of Object.entries(files)) cpSync(path, join(folder, name));
  const loaded = await loadModel(folder, { threads: 1 });
  try {
    await loaded.embedTexts(["a photo of a cat"]);
    await loaded.embedImages([imageFile(picture)]);
  } finally {
    await loaded.close();
  }
}

/** A data set card beside a table. */
async function card(path) {
  const folder = join(work, "card-set");
  mkdirSync(join(folder, "data"), { recursive: true });
  cpSync(path, join(folder, "README.md"));
  cpSync(join(golden, "datasets", "integers.parquet"), join(folder, "data", "train-00000-of-00001.parquet"));
  const dataset = await openDataset(folder);
  await take(dataset.rows(), () => {});
}
