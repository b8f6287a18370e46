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
  const parts = Object.entries(works).map(([name, work]) => ({ name, work, wall: 0, core: 0, elsewhere: 0 }));
  const size = Math.ceil(count / TURNS);
  for (let start = 0; start < count; start += size) {
    for (const part of parts) {
      const { wall, core, elsewhere } = await timed(() => part.work(start, Math.min(start + size, count)));
      part.wall += wall / count;
      part.core += core / count;
      part.elsewhere += elsewhere / count;
    }
  }
  const cores = availableParallelism();
  const [encoder, preprocessing, classify] = parts;
  const limit = (1000 * cores) / (encoder.core + preprocessing.core);
  const speed = 1000 / classify.wall;
  const share = speed / limit;
  // What other programs and other machines of the host took was not there to be used.
  const given = cores - classify.elsewhere / classify.wall;
  console.log(
    table(
      ["", "wall ms a picture", "core ms a picture", "cores busy", "cores busy elsewhere"],
      parts.map(({ name, wall, core, elsewhere }) =>
        [name, wall, core, core / wall, elsewhere / wall].map(cell),
      ),
    ),
  );
  const figures = {
    pictures: count,
    milliseconds: Object.fromEntries(
      parts.map(({ name, wall, core, elsewhere }) => [name, { wall, core, elsewhere }]),
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

/** Milliseconds: of wall time, of this process on all cores, and of whatever else the cores were busy with. */
async function timed(work) {
  const cpu = process.cpuUsage();
  const busy = busySoFar();
  const started = performance.now();
  await work();
  const wall = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  const core = (user + system) / 1000;
  return { wall, core, elsewhere: Math.max(0, busySoFar() - busy - core) };
}

/** Milliseconds that the cores were not idle, what the hypervisor gave to others included: Linux counts it; 0 elsewhere. */
function busySoFar() {
  try {
    const [user, nice, system, , , irq, softirq, steal] = readFileSync("/proc/stat", "utf8")
      .match(/^cpu +(.*)$/m)[1]
      .split(" ")
      .map(Number);
    return 10 * (user + nice + system + irq + softirq + steal);
  } catch {
    return 0;
  }
}
