/*
 * Milliseconds from an encoded photo to a model's input, ours and Pillow's with NumPy, on one thread each.
 *
 *     npm run build && node bench/preprocess/run.mjs [photos] [rounds] [--json file]
 *
 * PYTHON names a Python that has Pillow and NumPy (default: python3); without one, only ours is timed. The two
 * take turns, a round over all photos each, so that what else the machine does hits both alike.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { decodeImage } from "../../dist/image/decode/decode.js";
import { preprocess } from "../../dist/image/preprocess/preprocess.js";
import { parsePreprocessing } from "../../dist/image/preprocess/preprocessing.js";
import { bar, machine, skipped, writeResult } from "../result.mjs";
import { writePhotos } from "./photos.mjs";

// libvips decodes on one thread; awaiting each photo keeps Node's own pool to one at a time as well.
sharp.concurrency(1);

const { values, positionals } = parseArgs({ options: { json: { type: "string" } }, allowPositionals: true });
const [count = 40, rounds = 25] = positionals.map(Number);
const WARM_UP = 5;
const OF_PILLOW = 0.8;
const folder = join(tmpdir(), `nearlabel-photos-${process.pid}`);
const preprocessing = parsePreprocessing({}, "CLIP's defaults");

async function ours(contents) {
  const times = [];
  for (const content of contents) {
    const start = performance.now();
    const image = await decodeImage(content);
    const decoded = performance.now();
    await preprocess({ ...image, channels: 3 }, preprocessing);
    times.push([performance.now() - start, decoded - start]);
  }
  return times;
}

/** Starts the Python side; undefined if there is no Python with Pillow and NumPy. */
async function startPillow(paths) {
  const script = fileURLToPath(new URL("pillow.py", import.meta.url));
  const child = spawn(process.env.PYTHON ?? "python3", [script], { stdio: ["pipe", "pipe", "ignore"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.stdin.on("error", () => {}); // a Python that ended at once shows in the missing answer
  child.on("error", () => {});
  const answer = async () => (await lines.next()).value;
  child.stdin.write(`${JSON.stringify(paths)}\n`);
  const [version, digest] = [await answer(), await answer()];
  if (digest === undefined) return undefined;
  const round = async () => {
    child.stdin.write("round\n");
    return JSON.parse(await answer());
  };
  const stop = () => {
    child.stdin.end();
    return once(child, "exit");
  };
  return { version, digest, round, stop };
}

/** SHA-256 of the model inputs of all photos. */
async function digestOf(contents) {
  const hash = createHash("sha256");
  for (const content of contents) hash.update((await preprocess(content, preprocessing)).data);
  return hash.digest("hex");
}

/**
 * Milliseconds a photo: all of it, and the decoding. Of each photo the fastest round counts, as in Python's
 * timeit: whatever else the machine does can only add to a time.
 */
function summary(allRounds) {
  const [all, decode] = [0, 1].map((which) => {
    const fastest = allRounds[0].map((_, photo) =>
      Math.min(...allRounds.map((times) => times[photo][which])),
    );
    return fastest.reduce((sum, time) => sum + time, 0) / fastest.length;
  });
  return { all, decode, rest: all - decode };
}

function report(name, { all, decode, rest }) {
  const [a, d, r] = [all, decode, rest].map((time) => time.toFixed(2).padStart(6));
  console.log(`${name.padEnd(28)} ${a} ms a photo: decode ${d}, resize to normalise ${r}`);
}

function barsOf({ nearlabel, ...others }, same) {
  const [numbers, time] = ["the same numbers as Pillow, to the last bit", "time of one thread, of Pillow's"];
  const [pillow] = Object.values(others);
  if (!pillow) {
    const reason = "no Python with Pillow and NumPy: set PYTHON";
    return [skipped(numbers, "yes", reason), skipped(time, `at most ${OF_PILLOW}`, reason)];
  }
  const ratio = nearlabel.all / pillow.all;
  return [
    { what: numbers, wanted: "yes", measured: same ? "yes" : "no", holds: same },
    bar(time, `at most ${OF_PILLOW}`, ratio, "", ratio <= OF_PILLOW),
  ];
}

try {
  const paths = await writePhotos(folder, { count, width: 500, height: 375 });
  const contents = await Promise.all(paths.map((path) => readFile(path)));
  const bytes = contents.reduce((sum, content) => sum + content.length, 0);
  console.log(`${count} photos of 500 x 375, ${Math.round(bytes / count / 1000)} kB each, ${rounds} rounds`);
  const pillow = await startPillow(paths);

  const results = { ours: [], pillow: [] };
  for (let round = -WARM_UP; round < rounds; round++) {
    const times = await ours(contents);
    const theirs = await pillow?.round();
    if (round < 0) continue;
    results.ours.push(times);
    if (theirs) results.pillow.push(theirs);
  }
  await pillow?.stop();

  const figures = { machine: machine(), milliseconds: { nearlabel: summary(results.ours) } };
  report("nearlabel", figures.milliseconds.nearlabel);
  if (pillow) {
    figures.milliseconds[pillow.version] = summary(results.pillow);
    report(pillow.version, figures.milliseconds[pillow.version]);
  }
  const same = pillow && (await digestOf(contents)) === pillow.digest;
  await writeResult({ name: "preprocess", bars: barsOf(figures.milliseconds, same), figures }, values.json);
} finally {
  await rm(folder, { recursive: true, force: true });
}
