// One plan done twice: by one undisturbed process in a folder, and in a bucket by whatever a measurement disturbs.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { MODEL, noisePictures } from "./input.mjs";
import { differences } from "./tables.mjs";

export const PROGRAM = fileURLToPath(new URL("../../dist/bundle/nearlabel.js", import.meta.url));

/** What `nearlabel jobs` prints. */
export const jobs = (...args) =>
  execFileSync(process.execPath, [PROGRAM, "jobs", ...args], { encoding: "utf8" }).trim();

/** Makes the plan in a bucket, and in a folder, where it is done as well. */
export function prepare({ folder, pictures, shard }) {
  const [plainRun, expected] = [join(folder, "run"), join(folder, "table")];
  const [run, table] = [`s3://bench/run-${process.pid}`, `s3://bench/table-${process.pid}`];
  const source = noisePictures(join(folder, "pictures"), pictures);
  for (const out of [plainRun, run]) {
    console.log(jobs("plan", source, "--out", out, "--shard-size", String(shard), "--model", MODEL));
  }
  console.log(jobs("run", "--plan", plainRun), `(load ${loadavg()[0].toFixed(0)})`);
  console.log(jobs("commit", "--plan", plainRun, "--table", expected));
  return { run, table, expected, shards: Math.ceil(pictures / shard) };
}

/** Runs `nearlabel jobs` with these arguments again and again until it ends by itself with 0. */
export function kept(name, args, within = []) {
  const state = { name, child: undefined, starts: 0, done: false };
  const [command, ...rest] = [...within, process.execPath, PROGRAM, "jobs", ...args];
  state.ended = (async () => {
    while (!state.done) {
      state.starts++;
      state.child = spawn(command, rest, { stdio: ["ignore", "ignore", "pipe"] });
      let errors = "";
      state.child.stderr.on("data", (text) => {
        errors = (errors + text).slice(-600);
      });
      const [code, signal] = await once(state.child, "close");
      state.done = code === 0;
      if (state.done) return;
      const last = errors.trim().split("\n").slice(-2).join(" | ");
      if (signal !== "SIGKILL") console.log(`${name} ended with ${code ?? signal}: ${last}`);
      await setTimeout(500);
    }
  })();
  return state;
}

/** The command line of the driver holds that of its workers. */
export const WORKER = /^(?!.*ray_driver).*jobs work/;

/** Numbers of processes, and of their parents: those of this run alone, whose command lines hold its place. */
export function processesOf(run, pattern) {
  const lines = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n");
  return lines
    .filter((line) => line.includes(run) && pattern.test(line))
    .map((line) => line.trim().split(/\s+/).slice(0, 2).map(Number));
}

/** How the table differs from the one that it should be, and what the plan says of it. */
export async function compared({ run, table, expected }) {
  console.log(jobs("status", "--plan", run));
  console.log(jobs("verify", "--plan", run, "--table", table));
  const found = await differences(expected, table);
  process.exitCode = found.missing + found.more + found.different + found.twice > 0 ? 1 : 0;
  return found;
}
