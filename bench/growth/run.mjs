/**
 * How time grows: with pictures from 1 to 50,000, with labels from 10 to 1,000,000, and how speed grows with cores.
 *
 *   npm run build && node bench/growth/run.mjs [--pictures 50000] [--labels 1000000] [--dimension 256] [--json file]
 *   node bench/growth/draw.mjs <file>
 *
 * Pictures and embeddings are drawn, so no data set is needed. Cores are set aside with `taskset`, where there is one.
 */
import { execFile, spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { argumentsOf, bar, machine, skipped, writeResult } from "../result.mjs";

/** From here on what is done once no longer counts. */
const MANY_PICTURES = 1000;
const MANY_LABELS = 10_000;
/** Exponent of growth in proportion, give or take. */
const TOLERANCE = 0.1;
/** Of the speed of one core times their number. */
const CORES_WANTED = 0.8;
const CORE_TURNS = 3;
const CORE_PICTURES = 800;

const given = argumentsOf(["pictures", "labels", "dimension"]);
const { pictures = "50000", labels = "1000000", dimension = "256", json } = given;
const labelCounts = powersOfTen(10, Number(labels));
const cores = await measureCores();
const figures = {
  pictures: (await measure("../memory/stream.mjs", [pictures])).points,
  cores,
  labels: await measure("labels.mjs", [dimension, labelCounts.join(",")]),
  machine: machine(),
};
await writeResult({ name: "growth", bars: barsOf(figures), figures }, json);

/** Pictures a second on 1, 2, 4, ... cores and on all, in turns; the fastest of each counts. Empty without `taskset`. */
async function measureCores() {
  const all = availableParallelism();
  if (spawnSync("taskset", ["-V"]).status !== 0) return [];
  const counts = [...new Set([...powersOfTwo(all), all])];
  const speeds = counts.map(() => []);
  for (let turn = 0; turn < CORE_TURNS; turn++) {
    for (const [at, count] of counts.entries()) {
      const prefix = ["taskset", "--cpu-list", `0-${count - 1}`];
      speeds[at].push((await measure("photos.mjs", [CORE_PICTURES], prefix)).picturesPerSecond);
    }
  }
  return counts.map((count, at) => ({ cores: count, picturesPerSecond: Math.max(...speeds[at]) }));
}

function barsOf({ pictures: ofPictures, cores: ofCores, labels: ofLabels }) {
  const many = ofPictures.filter((point) => point.pictures >= MANY_PICTURES);
  const manyLabels = ofLabels.points.filter((point) => point.milliseconds && point.labels >= MANY_LABELS);
  return [
    exponentBar(
      "time over pictures",
      "pictures",
      many.map((point) => [point.pictures, point.seconds]),
    ),
    exponentBar(
      "time a picture over labels",
      "labels",
      manyLabels.map((point) => [point.labels, point.milliseconds]),
    ),
    coresBar(ofCores),
  ];
}

/** Straight means in proportion, or better: time that grows more slowly is no fault. */
function exponentBar(what, unit, points) {
  const name = `${what}: exponent of growth`;
  const wanted = `at most ${1 + TOLERANCE}`;
  if (points.length < 2) return skipped(name, wanted, `fewer than two points`);
  const range = `from ${points[0][0]} to ${points.at(-1)[0]} ${unit}`;
  const exponent = slope(points.map(([x, y]) => [Math.log(x), Math.log(y)]));
  return bar(`${name} ${range}`, wanted, exponent, "", exponent <= 1 + TOLERANCE);
}

function coresBar(points) {
  const what = "speed over cores: of one core's times their number";
  const wanted = `at least ${CORES_WANTED}`;
  if (points.length < 2)
    return skipped(what, wanted, points.length === 1 ? "one core only" : "no taskset here");
  const [one, most] = [points[0], points.at(-1)];
  const share = most.picturesPerSecond / (one.picturesPerSecond * most.cores);
  return bar(`${what}, ${most.cores} cores`, wanted, share, "", share >= CORES_WANTED);
}

/** Of the line of least squares. */
function slope(points) {
  const [x, y] = [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);
  const covariance = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return covariance / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}

function powersOfTen(from, to) {
  return from > to ? [] : [from, ...powersOfTen(10 * from, to)];
}

function powersOfTwo(to, from = 1) {
  return from > to ? [] : [from, ...powersOfTwo(to, 2 * from)];
}

/** What the script has to tell of a process of its own, started through `prefix`. */
async function measure(script, args, prefix = []) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const [program, ...rest] = [...prefix, process.execPath, path, ...args.map(String)];
  return JSON.parse((await promisify(execFile)(program, rest)).stdout);
}
