import { execFileSync } from "node:child_process";
import { appendFile, cp, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { loadModel } from "../../src/encoder/load.js";
import type { Model } from "../../src/encoder/model.js";
import { commitShards } from "../../src/jobs/commit/commit.js";
import { planJob } from "../../src/jobs/plan/make-plan.js";
import { jobStatus } from "../../src/jobs/report/status.js";
import { verifyJob } from "../../src/jobs/report/verify.js";
import { runJob } from "../../src/jobs/run/run-job.js";
import { openJob } from "../../src/jobs/shard/job.js";
import { writePoison } from "../../src/jobs/shard/marker.js";
import { runShard } from "../../src/jobs/shard/run-shard.js";
import { openObjectStore } from "../../src/objects/open-store.js";
import { nearlabel } from "../command-line.js";
import { temporaryFolder } from "../folders.js";
import { canMount } from "../mount.js";
import { all, planned, states } from "./planned.js";

let model: Model;
beforeAll(async () => {
  model = await loadModel("mini");
  return () => model.close();
});

describe("a shard", () => {
  it("that cannot be done is set aside, and holds up no other", async () => {
    const folder = await temporaryFolder();
    const tars = join(folder, "tars");
    await mkdir(tars);
    await cp("test/golden/dataset-formats/clip/test/0.tar", join(tars, "0.tar"));
    await writeFile(join(tars, "1.tar"), Buffer.alloc(700, "no tar"));
    const [run, table] = [join(folder, "run"), join(folder, "table")];
    await planJob(tars, { out: run });
    const { exitCode, stderr } = await nearlabel(["jobs", "run", "--plan", run]);
    expect([exitCode, stderr]).toEqual([42, expect.stringContaining("Cannot read the tar file")]);
    expect(await jobStatus(run)).toMatchObject({
      ...{ done: 1, setAside: 1 },
      poison: [{ shard: 1, code: "DATASET_INVALID" }],
    });
    expect((await nearlabel(["jobs", "run-shard", "--plan", run, "--shard", "1"])).exitCode).toBe(42);
    expect(await commitShards(run, { table })).toMatchObject({ shards: 1, planned: 2 });
  });

  it("that is set aside is told with the first hundred of many, until it is done", async () => {
    const run = join(await temporaryFolder(), "run");
    const plan = await planJob("samples", { out: run, shardSize: 1 });
    const store = openObjectStore(run);
    await nearlabel(["jobs", "run-shard", "--plan", run, "--shard", "3"]);
    for (let shard = 0; shard < 250; shard++) {
      await writePoison(store, { plan: plan.id, shard, code: "DATASET_INVALID", message: "damaged" });
    }
    const { done, setAside, poison } = await jobStatus(run);
    expect([done, setAside, poison.length]).toEqual([1, 249, 100]);
    expect(poison.slice(0, 4).map(({ shard }) => shard)).toEqual([0, 1, 2, 4]);
    const { stdout } = await nearlabel(["jobs", "status", "--plan", run]);
    expect(stdout).toContain("249 shards");
    expect(stdout).toContain("and 244 more: --json has the first hundred");
    const json = JSON.parse((await nearlabel(["jobs", "status", "--plan", run, "--json"])).stdout);
    expect([json.setAside, json.poison.length]).toEqual([249, 100]);
  });

  it("that is damaged is told, and leaves the table as it was", async () => {
    const { run, table } = await planned();
    await all(runJob(run));
    const attempts = join(run, "attempts/000000");
    const [half] = (await readdir(attempts)).sort().slice(1);
    await truncate(join(attempts, half!), 3000);
    await expect(commitShards(run, { table })).rejects.toMatchObject({ code: "SHARD_INVALID" });
    const found = await verifyJob(run);
    expect(found).toMatchObject({
      whole: 2,
      problemCount: 1,
      problems: [{ shard: 1, message: expect.stringContaining("holds other bytes") }],
    });
    const { exitCode, stdout } = await nearlabel(["jobs", "verify", "--plan", run]);
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining("2 of 3 shards whole")]);
    // What the message says to do.
    await rm(join(run, "done/000000/000000001.json"));
    expect(states(await all(runJob(run)))).toEqual(["done"]);
    expect(await commitShards(run, { table })).toMatchObject({ shards: 3, rows: 12 });
  });

  it("of another model, or of other pixels, is not begun", async () => {
    const { run } = await planned();
    const { identity, ...rest } = model;
    const others = [
      { ...identity, fingerprint: async () => `sha256:${"0".repeat(64)}` },
      { ...identity, pictures: "upright exact, pixels 0" },
    ];
    for (const other of others) {
      await expect(openJob(run, { encoder: { ...rest, identity: other } })).rejects.toMatchObject({
        code: "PLAN_MODEL_MISMATCH",
      });
    }
  });

  it("whose model was changed since is not begun", async () => {
    const folder = await temporaryFolder();
    const [run, changed] = [join(folder, "run"), join(folder, "model")];
    await cp("test/golden/families/clip", changed, { recursive: true });
    await planJob("samples", { out: run, model: changed });
    await appendFile(join(changed, "config.json"), "\n");
    for (const command of [
      ["run"],
      ["run-shard", "--shard", "0"],
      ["work", "--stdin"],
      ["commit", "--table", join(folder, "table")],
    ]) {
      const { exitCode, stderr } = await nearlabel(["jobs", ...command, "--plan", run], { stdin: "0\n" });
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining("PLAN_MODEL_MISMATCH")]);
    }
    expect(await jobStatus(run)).toMatchObject({ done: 0, poison: [] });
    await expect(stat(join(folder, "table"))).rejects.toThrow("ENOENT");
  });
});

describe.skipIf(!canMount())("a disk that is full (needs root on Linux)", () => {
  it("is told, and the shard is done once there is room", async () => {
    const disk = await temporaryFolder();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=200k", "tmpfs", disk]);
    try {
      const run = join(disk, "run");
      await planJob("samples", { out: run, shardSize: 8 });
      await writeFile(join(disk, "filler"), Buffer.alloc(200_000)).catch(() => {});
      const job = await openJob(run, { encoder: model });
      expect(await runShard(job, 1)).toMatchObject({ state: "retry", error: { code: "WRITE_FAILED" } });
      expect(await jobStatus(run)).toMatchObject({ done: 0 });
      const task = await nearlabel(["jobs", "run-shard", "--plan", run, "--shard", "1"]);
      expect([task.exitCode, task.stderr]).toEqual([1, expect.stringContaining("WRITE_FAILED")]);
      await rm(join(disk, "filler"));
      expect(await runShard(job, 1)).toMatchObject({ state: "done", rows: 8 });
      expect(await verifyJob(run)).toMatchObject({ whole: 1, problemCount: 0 });
    } finally {
      execFileSync("umount", [disk]);
    }
  });
});

it("refuses what is no shard", async () => {
  const { run } = await planned();
  const code = async (...args: string[]) => (await nearlabel(["jobs", ...args])).exitCode;
  expect(await code("run-shard", "--plan", run)).toBe(2);
  expect(await code("run-shard", "--plan", run, "--shard", "3")).toBe(2);
  expect(await code("run-shard", "--plan", join(run, "none"), "--shard", "0")).toBe(2);
  const { exitCode, stderr } = await nearlabel(["jobs", "work", "--plan", run, "--stdin"], {
    stdin: "one\n",
  });
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('got "one"')]);
  expect(JSON.parse(await readFile(join(run, "plan.json"), "utf8")).format).toBe(1);
});
