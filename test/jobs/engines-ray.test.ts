import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { planJob } from "../../src/jobs/plan/make-plan.js";
import { RAY } from "../../src/jobs/run/ray.js";
import { temporaryFolder } from "../folders.js";
import { comesOutAlike, hasPackage, PROGRAM, PYTHON, stumblingProgram } from "./engine-run.js";
import { type RayNode, startRayHead, startRayNode } from "./ray-node.js";

const nearlabel = (...args: string[]) =>
  spawnSync(process.execPath, [PROGRAM, ...args], { encoding: "utf8", timeout: 240_000 });

const onRay = (run: string, ...args: string[]) => ["jobs", "run", "--plan", run, "--python", PYTHON, ...args];

describe.skipIf(!hasPackage("ray"))("Ray (needs PYTHON with ray)", () => {
  let head: RayNode;
  beforeAll(async () => {
    // Ray asks for a token in newer releases; a cluster without one is for this machine alone.
    process.env.RAY_AUTH_MODE = "disabled";
    const folder = await mkdtemp("/tmp/ray-");
    head = await startRayHead(folder, 2);
    return async () => {
      await head.kill();
      await rm(folder, { recursive: true, force: true });
    };
  });

  it("does the same plan to the same table, where a worker is killed too", async () => {
    const program = await stumblingProgram();
    await comesOutAlike((run) => {
      const flags = ["--ray", head.address, "--workers", "2", "--worker-command", program];
      const { status, stdout, stderr } = nearlabel(...onRay(run, ...flags));
      expect([status, stdout, stderr]).toEqual([
        0,
        expect.stringContaining("8 shards done, 24 pictures"),
        expect.stringMatching(
          // A dashboard that is still starting has no address.
          /Ray [\d.]+, 2 workers(; dashboard: http:\/\/[\d.]+:\d+)?\n[\s\S]*again: The worker ended with -9/,
        ),
      ]);
    });
  });

  it("gives the shards of a lost node to the others", async () => {
    const program = await slowProgram();
    const node = startRayNode(head.address, 1);
    onTestFinished(() => node.kill());
    await comesOutAlike(async (run) => {
      // Four workers for three processors: one never has a place; where the node is gone, two have none.
      const flags = ["--ray", head.address, "--workers", "4", "--worker-command", program];
      const child = spawn(process.execPath, [PROGRAM, ...onRay(run, ...flags)], { stdio: "pipe" });
      onTestFinished(() => void child.kill());
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (text) => (stdout += text));
      child.stderr.on("data", (text) => (stderr += text));
      await untilStarted(program, 3, child);
      await node.kill();
      const [code] = await once(child, "exit");
      expect([code, stdout, stderr]).toEqual([
        0,
        expect.stringContaining("8 shards done, 24 pictures"),
        expect.stringContaining("again: "),
      ]);
    });
  });

  it("says what a cluster has no room for, and that no worker starts", async () => {
    const run = join(await temporaryFolder(), "run");
    await planJob("samples", { out: run });
    const gpus = nearlabel(...onRay(run, "--ray", head.address, "--gpus-per-worker", "1"));
    expect([gpus.status, gpus.stderr]).toEqual([
      2,
      expect.stringMatching(/has \d CPUs and 0 GPUs, and a worker asks for 1 and 1\. Ask for less/),
    ]);
    const flags = [
      "--workers",
      "1",
      "--tries",
      "1",
      "--max-in-flight",
      "1",
      "--worker-command",
      "/no/program",
    ];
    const started = nearlabel(...onRay(run, "--ray", head.address, ...flags));
    expect([started.status, started.stdout + started.stderr]).toEqual([
      1,
      expect.stringContaining("No such file or directory: '/no/program'"),
    ]);
  });

  it("says where there is no cluster", async () => {
    const run = join(await temporaryFolder(), "run");
    await planJob("samples", { out: run });
    const { status, stderr } = nearlabel(...onRay(run, "--ray", "127.0.0.1:1"));
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining("RUNTIME_MISSING: No Ray cluster at 127.0.0.1:1"),
    ]);
    // What Ray means by auto may be a cluster that is gone.
    for (const address of ["127.0.0.1:1", "ray://127.0.0.1:1"]) {
      const gone = spawnSync(process.execPath, [PROGRAM, ...onRay(run, "--ray", "auto")], {
        encoding: "utf8",
        env: { ...process.env, RAY_ADDRESS: address },
        timeout: 240_000,
      });
      expect([gone.status, gone.stderr]).toEqual([
        2,
        expect.stringMatching(
          /RUNTIME_MISSING: No Ray cluster at auto: nothing answers at (?:ray:\/\/)?[\d.]+:1 .*RAY_ADDRESS names it/,
        ),
      ]);
    }
  });
});

describe.skipIf(spawnSync(PYTHON, ["--version"]).status !== 0)("with Python (needs PYTHON)", () => {
  it.each([
    [
      "missing",
      "raise ImportError('No module named ray')",
      /RUNTIME_MISSING: Ray is not installed for .*pip install 'ray\[default\]==/,
    ],
    [
      "another release",
      "__version__ = '2.1.0'",
      /RUNTIME_MISSING: Ray 2\.1\.0 is installed for .*is for Ray 2\.60\.0.*--python/,
    ],
  ])("says where Ray is %s", async (_, content, message) => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "ray"));
    await writeFile(join(folder, "ray/__init__.py"), content);
    await planJob("samples", { out: join(folder, "run") });
    const { status, stderr } = spawnSync(
      process.execPath,
      [PROGRAM, ...onRay(join(folder, "run"), "--ray", "auto")],
      {
        encoding: "utf8",
        env: { ...process.env, PYTHONPATH: folder },
      },
    );
    expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});

it("says where Python is missing, and which options are for Ray", async () => {
  const run = join(await temporaryFolder(), "run");
  await planJob("samples", { out: run });
  const { status, stderr } = nearlabel(
    "jobs",
    "run",
    "--plan",
    run,
    "--ray",
    "auto",
    "--python",
    "no-python-here",
  );
  expect([status, stderr]).toEqual([2, expect.stringContaining("RUNTIME_MISSING: Ray needs Python")]);
  const stray = nearlabel("jobs", "run", "--plan", run, "--gpus-per-worker", "1");
  expect([stray.status, stray.stderr]).toEqual([2, expect.stringContaining("--gpus-per-worker is for Ray")]);
});

it("asks everywhere for the same release of Ray", async () => {
  for (const path of ["engines/requirements.txt", "test/jobs/requirements.txt", "docs/scale.md"]) {
    expect(await readFile(path, "utf8")).toContain(RAY);
  }
});

/** Nearlabel as a worker that takes two seconds for each shard, and leaves a file when it starts. */
async function slowProgram(): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "started"));
  const path = join(folder, "nearlabel");
  const text = `#!/bin/sh
touch '${folder}/started/'$$
while read shard; do sleep 2; echo $shard; done | '${process.execPath}' '${PROGRAM}' "$@"
`;
  await writeFile(path, text, { mode: 0o755 });
  return path;
}

async function untilStarted(program: string, workers: number, driver: ChildProcess): Promise<void> {
  const folder = join(dirname(program), "started");
  while (driver.exitCode === null && (await readdir(folder)).length < workers) await setTimeout(100);
}
