/**
 * How near pictures that are classified come to what the cores could do. The limit is cores / (core seconds of the vision tower
 * + core seconds of preprocessing) a picture, each alone in the same run.
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { roundTrip } from "./cores.mjs";
import { bar, machine, round, table } from "./result.mjs";

const TURNS = 5;
const OF_LIMIT = 0.95;

/**
 * Runs `works`, functions `(start, end) => Promise` named `encoder`, `preprocessing` and `classify`, over `count` pictures.
 * They take turns, so that all three meet the same machine. Prints a table; returns a bar and figures as in result.mjs.
 */
export async function shareOfLimit(works, count) {
  const parts = Object.entries(works).map(([name, work]) => ({ name, work, wall: 0, core: 0, stolen: 0 }));
  const size = Math.ceil(count / TURNS);
  for (let start = 0; start < count; start += size) {
    for (const part of parts) {
      const { wall, core, stolen } = await timed(() => part.work(start, Math.min(start + size, count)));
      part.wall += wall / count;
      part.core += core / count;
      part.stolen += stolen / count;
    }
  }
  const cores = availableParallelism();
  const [encoder, preprocessing, classify] = parts;
  const limit = (1000 * cores) / (encoder.core + preprocessing.core);
  const speed = 1000 / classify.wall;
  const share = speed / limit;
  // What the hypervisor gave to others was no time of these cores.
  const given = cores - classify.stolen / classify.wall;
  console.log(
    table(
      ["", "wall ms a picture", "core ms a picture", "cores busy", "cores stolen"],
      parts.map(({ name, wall, core, stolen }) => [name, wall, core, core / wall, stolen / wall].map(cell)),
    ),
  );
  const figures = {
    pictures: count,
    milliseconds: Object.fromEntries(
      parts.map(({ name, wall, core, stolen }) => [name, { wall, core, stolen }]),
    ),
    picturesPerSecond: round(speed),
    limit: round(limit),
    ofLimit: round(share),
    ofLimitOfGivenCores: round((share * cores) / given),
    coresGiven: round(given),
    coreTimeOverParts: round(classify.core / (encoder.core + preprocessing.core)),
    roundTripNanoseconds: await roundTrip(),
    machine: machine(),
  };
  const what = `classify ${count} pictures, ${round(speed)}/s: of the limit of ${cores} cores, ${round(limit)}/s`;
  const measured = bar(what, `at least ${OF_LIMIT}`, share, "", share >= OF_LIMIT);
  const note = ` (of ${figures.coresGiven} cores that were given: ${figures.ofLimitOfGivenCores})`;
  return { bar: { ...measured, measured: measured.measured + note }, figures };
}

function cell(value) {
  return typeof value === "string" ? value : String(round(value));
}

/** Milliseconds: of wall time, of this process on all cores, and that the hypervisor took from them. */
async function timed(work) {
  const cpu = process.cpuUsage();
  const taken = stolenSoFar();
  const started = performance.now();
  await work();
  const wall = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  return { wall, core: (user + system) / 1000, stolen: stolenSoFar() - taken };
}

/** Linux counts it in hundredths of a second, over all cores; 0 where it is not told. */
function stolenSoFar() {
  try {
    return 10 * Number(/^cpu +(?:\d+ +){7}(\d+)/.exec(readFileSync("/proc/stat", "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
