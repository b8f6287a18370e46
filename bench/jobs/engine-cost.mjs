/**
 * What Ray costs beside the work: processor time of its daemons, actors and driver, and of `nearlabel jobs run`, until workers begin and from
 * there on, that as a share of what the workers take.
 *
 *   node bench/jobs/engine-cost.mjs [--pictures 8000] [--workers 2] [--model mini] [--python python]
 *
 * Needs Linux, a build, and `pip install 'ray[default]==2.60.0'`. Pictures are noise of CIFAR's size, 1,000 a shard.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { noisePictures } from "./input.mjs";
import { startRay } from "./ray.mjs";
import { jobs, PROGRAM, WORKER } from "./trial.mjs";

const { values: options } = parseArgs({
  options: {
    pictures: { type: "string", default: "8000" },
    workers: { type: "string", default: "2" },
    model: { type: "string", default: "mini" },
    python: { type: "string", default: "python3" },
  },
});
/** Of the times in /proc. */
const TICKS_A_SECOND = 100;

/** Processes of this machine: whose children they are, what they are called, and their time, in seconds. */
function processes() {
  const found = new Map();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      const [user, system, ofEnded, ofEndedSystem] = fields.slice(11, 15).map(Number);
      const seconds = (user + system + ofEnded + ofEndedSystem) / TICKS_A_SECOND;
      found.set(Number(pid), { parent: Number(fields[1]), args, seconds });
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}

/** Seconds of what `root` started, of workers and of all else. */
function secondsBelow(roots) {
  const all = processes();
  const isBelow = (pid) => pid > 1 && (roots.includes(pid) || isBelow(all.get(pid)?.parent ?? 0));
  const sum = { workers: 0, engine: 0 };
  for (const [pid, { args, seconds }] of all) {
    if (isBelow(pid)) sum[WORKER.test(args) ? "workers" : "engine"] += seconds;
  }
  return sum;
}

const folder = await mkdtemp(join(tmpdir(), "engine-cost-"));
const ray = await startRay({ python: options.python, cpus: Number(options.workers), folder });
try {
  const run = join(folder, "run");
  const pictures = noisePictures(join(folder, "pictures"), Number(options.pictures));
  console.log(jobs("plan", pictures, "--out", run, "--model", options.model));
  // Starting Ray is once a cluster.
  await setTimeout(5000);
  const before = secondsBelow([ray.pid]);
  const started = performance.now();
  const args = ["jobs", "run", "--plan", run, "--ray", ray.address, "--python", options.python];
  const driver = spawn(process.execPath, [PROGRAM, ...args, "--workers", options.workers], {
    stdio: "inherit",
  });
  let [begun, latest] = [undefined, before];
  const watch = setInterval(() => {
    const now = { ...secondsBelow([ray.pid, driver.pid]), at: performance.now() };
    if (now.workers >= latest.workers) latest = now;
    if (now.workers > before.workers) begun ??= now;
  }, 250);
  const [code] = await once(driver, "exit");
  clearInterval(watch);
  if (code !== 0) throw new Error(`The driver ended with ${code}`);
  const workers = latest.workers - before.workers;
  const working = latest.engine - begun.engine;
  const seconds = (latest.at - begun.at) / 1000;
  const rounded = (number) => Number(number.toFixed(4));
  console.log(
    JSON.stringify({
      shards: Number(options.pictures) / 1000,
      seconds: Math.round((performance.now() - started) / 1000),
      cpuSecondsOfWorkers: rounded(workers),
      /** Driver and actors import Ray, once a run. */
      cpuSecondsToStart: rounded(begun.engine - before.engine),
      cpuSecondsOfEngineThen: rounded(working),
      ofThatAShard: rounded((1000 * working) / Number(options.pictures)),
      ofThatASecond: rounded(working / seconds),
      share: rounded(working / workers),
      load: loadavg()[0].toFixed(0),
    }),
  );
} finally {
  await ray.stop();
  await rm(folder, { recursive: true, force: true });
}
