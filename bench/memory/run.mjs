/**
 * Memory: of pictures that are classified as a stream, with and without an embedding cache; of an evaluation; and of listing
 * a million names. Each in a process of its own, with the built-in model and pictures drawn from noise.
 *
 * With `--model`, a folder of real shape, also the peak of some pictures with that.
 *
 *   npm run build && node bench/memory/run.mjs [--model folder] [--pictures 50000] [--names 1000000] [--json file]
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { argumentsOf, bar, machine, writeResult } from "../result.mjs";
import { makeFolder, makeTree } from "./folders.mjs";

/** Pictures after which memory is first looked at. */
const FEW = 1000;
/** Names in a folder of the tree. */
const FOLDER_NAMES = 1000;
const GROWTH = 30;
const ABOVE_MODEL = 400;

/** Memory no longer grows with them. */
const PICTURES_OF_MODEL = 500;

const given = argumentsOf(["model", "pictures", "names"]);
const { model, pictures: count = "50000", names = "1000000", json } = given;
const folder = await mkdtemp(join(tmpdir(), "nearlabel-bench-"));
try {
  const cache = join(folder, "cache");
  const figures = {
    modelMB: await towersSize(fileURLToPath(new URL("../../models/mini", import.meta.url))),
    stream: await measure("stream.mjs", count),
    streamWithCache: await measure("stream.mjs", count, "--cache", cache),
    evaluations: [
      await measure("evaluation.mjs", Math.round(Number(count) / 5), cache),
      await measure("evaluation.mjs", count, cache),
    ],
    listing: await measureListing(),
    ...(model && { given: await measureModel() }),
    machine: machine(),
  };
  await writeResult({ name: "memory", bars: barsOf(figures), figures }, json);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function measureModel() {
  const stream = await measure("stream.mjs", PICTURES_OF_MODEL, "--model", model);
  return { modelMB: await towersSize(model), peak: stream.peak };
}

async function measureListing() {
  const tree = join(folder, "tree");
  const flat = join(folder, "flat");
  makeTree(tree, Math.ceil(Number(names) / FOLDER_NAMES), FOLDER_NAMES);
  makeFolder(flat, Number(names));
  return { tree: await measure("listing.mjs", tree), flat: await measure("listing.mjs", flat) };
}

function barsOf({ modelMB, stream, streamWithCache, evaluations, listing, given: ofModel }) {
  const [fewer, more] = evaluations;
  const kept = ((more.pictures - fewer.pictures) * keptBytes(more)) / 1e6;
  const grown = withoutFiles(more.after) - withoutFiles(fewer.after);
  return [
    growthBar("classify", stream),
    growthBar("classify with an embedding cache, pages of its file left out", streamWithCache, withoutFiles),
    peakBar("classify", stream.peak, modelMB),
    ...(ofModel ? [peakBar(`classify with ${basename(model)}`, ofModel.peak, ofModel.modelMB)] : []),
    peakBar("classify with an embedding cache, pages of its file included", streamWithCache.peak, modelMB),
    bar(
      `evaluate: growth from ${fewer.pictures} to ${more.pictures} pictures`,
      `< ${(2 * kept).toFixed(0)} MB: twice what it keeps of them`,
      grown,
      "MB",
      grown < 2 * kept,
    ),
    listingBar(`in folders of ${FOLDER_NAMES}`, listing.tree, 50, "< 50 MB"),
    bar(
      `list ${listing.tree.names} names: first name`,
      "< 1 s",
      listing.tree.firstName,
      "s",
      listing.tree.firstName < 1,
    ),
    // The names of one folder are sorted, so they are held.
    listingBar("in one folder", listing.flat, 20 + listing.flat.names / 4000, "< 20 MB + 0.25 kB a name"),
  ];
}

/** Of one picture: its embedding, its outcomes, and its place among the scores of each label, as noise has one in most. */
function keptBytes({ dimension, labels }) {
  return 4 * dimension + 105 + 4 * labels;
}

function growthBar(what, { points }, size = ({ rss }) => rss) {
  const few = points.find(({ pictures }) => pictures >= FEW);
  const all = points.at(-1);
  const growth = size(all) - size(few);
  return bar(
    `${what}: growth from ${few.pictures} to ${all.pictures} pictures`,
    `< ${GROWTH} MB`,
    growth,
    "MB",
    growth < GROWTH,
  );
}

/** Without pages of files, where the platform tells them apart. */
function withoutFiles({ rss, files = 0 }) {
  return rss - files;
}

function listingBar(where, { names, before, peak }, most, wanted) {
  const growth = peak - before.rss;
  return bar(`list ${names} names ${where}: growth`, wanted, growth, "MB", growth < most);
}

function peakBar(what, peak, modelMB) {
  const most = modelMB + ABOVE_MODEL;
  return bar(`${what}: peak`, `< ${Math.round(most)} MB: model + ${ABOVE_MODEL} MB`, peak, "MB", peak < most);
}

/** What the script has to tell of a process of its own. */
async function measure(script, ...args) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [path, ...args.map(String)]);
  return JSON.parse(stdout);
}

/** Of a model's two towers in fp32, in MB. */
async function towersSize(folder) {
  const files = ["text_model.onnx", "vision_model.onnx"].map((name) => join(folder, "onnx", name));
  const [text, vision] = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return (text + vision) / 1e6;
}
