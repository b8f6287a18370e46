import { execFileSync } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openDataset } from "../../src/datasets/open.js";
import { loadModel } from "../../src/encoder/load.js";
import type { Model } from "../../src/encoder/model.js";
import { evaluate } from "../../src/evaluate/evaluate.js";
import { openImageTable } from "../../src/images/table/open.js";
import { commitShards } from "../../src/jobs/commit/commit.js";
import { planJob } from "../../src/jobs/plan/make-plan.js";
import { jobResults } from "../../src/jobs/report/results.js";
import { jobStatus } from "../../src/jobs/report/status.js";
import { verifyJob } from "../../src/jobs/report/verify.js";
import { retryFailures } from "../../src/jobs/retry-failures.js";
import { runJob } from "../../src/jobs/run/run-job.js";
import { openJob } from "../../src/jobs/shard/job.js";
import { runShard } from "../../src/jobs/shard/run-shard.js";
import type { ShardOutcome } from "../../src/jobs/shard/shard-outcome.js";
import { labelSet } from "../../src/labels/set/label-set.js";
import { nearlabel } from "../command-line.js";
import { temporaryFolder } from "../folders.js";
import { canMount } from "../mount.js";
import { contentOf } from "./table-content.js";

let model: Model;
beforeAll(async () => {
  model = await loadModel("mini");
  return () => model.close();
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const states = (outcomes: readonly ShardOutcome[]) => outcomes.map(({ state }) => state).sort();

/** A folder of pictures with a plan for it. */
async function planned(change?: (pictures: string) => Promise<void>, shardSize = 5) {
  const folder = await temporaryFolder();
  const pictures = join(folder, "pictures");
  await mkdir(pictures);
  for (const name of (await readdir("samples")).filter((name) => name.endsWith(".png")).slice(0, 12)) {
    await cp(join("samples", name), join(pictures, name));
  }
  await change?.(pictures);
  const [run, table] = [join(folder, "run"), join(folder, "table")];
  const plan = await planJob(pictures, { out: run, shardSize });
  return { folder, pictures, run, table, plan };
}

describe("all ways to run a plan", () => {
  it("give the same table, bit for bit", async () => {
    const { folder, run, table, plan } = await planned();
    expect(states(await all(runJob(run)))).toEqual(["done", "done", "done"]);
    await commitShards(run, { table });
    const expected = await contentOf(table);
    expect(expected.size).toBe(12);

    const again = async (name: string, work: (place: string) => Promise<void>) => {
      const place = join(folder, name);
      expect((await planJob(plan.source.place, { out: place, shardSize: 5 })).id).toBe(plan.id);
      await work(place);
      await commitShards(place, { table: `${place}.db` });
      expect(await contentOf(`${place}.db`)).toEqual(expected);
    };
    await again("workers", async (place) => {
      expect(states(await all(runJob(place, { workers: 3 })))).toEqual(["done", "done", "done"]);
    });
    await again("stdin", async (place) => {
      const { exitCode, stdout } = await nearlabel(["jobs", "work", "--plan", place, "--stdin"], {
        stdin: "2\n\n0\n1\n0\n",
      });
      const [ready, ...lines] = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect([exitCode, ready]).toEqual([0, { ready: true }]);
      expect(lines.map(({ shard, state }) => `${shard} ${state}`)).toEqual([
        "2 done",
        "0 done",
        "1 done",
        "0 present",
      ]);
    });
    await again("array", async (place) => {
      for (const [name, task] of [
        ["SLURM_ARRAY_TASK_ID", 1],
        ["JOB_COMPLETION_INDEX", 0],
      ] as const) {
        process.env[name] = String(task);
        const { exitCode } = await nearlabel(["jobs", "run-shard", "--plan", place, "--per-task", "2"]);
        delete process.env[name];
        expect(exitCode).toBe(0);
      }
    });
  });
});

describe("a shard", () => {
  it("is done once, whoever tries", async () => {
    const { run, table } = await planned();
    const job = await openJob(run, { encoder: model });
    const outcomes = await Promise.all([0, 0, 0, 0, 1, 2, 1].map((shard) => runShard(job, shard)));
    expect(outcomes.filter(({ state }) => state === "done")).toHaveLength(3);
    expect(states([await runShard(job, 2)])).toEqual(["present"]);
    await commitShards(run, { table });
    expect((await contentOf(table)).size).toBe(12);
    expect(await verifyJob(run, { table })).toMatchObject({
      whole: 3,
      missing: 0,
      pictures: 12,
      problemCount: 0,
    });
  });

  it("has a record for each picture that fails, which can be tried again", async () => {
    const { folder, pictures, run, table } = await planned(async (pictures) => {
      await writeFile(join(pictures, "broken.png"), "no picture");
      await writeFile(join(pictures, "empty.png"), "");
    });
    await all(runJob(run));
    await commitShards(run, { table });
    expect(await jobStatus(run)).toMatchObject({
      done: 3,
      rows: 12,
      failed: 2,
      failures: { IMAGE_UNSUPPORTED: 1, IMAGE_EMPTY: 1 },
    });
    await using images = await openImageTable(table);
    expect((await images.failures()).map(({ path, code }) => [path, code])).toEqual([
      [resolve(pictures, "broken.png"), "IMAGE_UNSUPPORTED"],
      [resolve(pictures, "empty.png"), "IMAGE_EMPTY"],
    ]);

    await cp("samples/bus.png", join(pictures, "broken.png"));
    const out = join(folder, "again");
    expect(await retryFailures(run, { out })).toMatchObject({ shards: 1, rows: 2 });
    await all(runJob(out));
    await commitShards(out, { table });
    expect((await images.failures()).map(({ code }) => code)).toEqual(["IMAGE_EMPTY"]);
    expect((await contentOf(table)).size).toBe(13);
  });

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
    expect(await jobStatus(run)).toMatchObject({ done: 1, poison: [{ shard: 1, code: "DATASET_INVALID" }] });
    expect((await nearlabel(["jobs", "run-shard", "--plan", run, "--shard", "1"])).exitCode).toBe(42);
    expect(await commitShards(run, { table })).toMatchObject({ shards: 1, planned: 2 });
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

describe("commit", () => {
  it("can be cut short and go on, and be done twice at once", async () => {
    const { run, table } = await planned(undefined, 1);
    const job = await openJob(run, { encoder: model });
    for (const shard of [0, 3, 7]) await runShard(job, shard);
    expect(await commitShards(run, { table })).toMatchObject({ shards: 3, planned: 12, rows: 3 });
    await all(runJob(run));
    const stop = new AbortController();
    const cut = commitShards(run, { table, signal: stop.signal, onProgress: () => stop.abort() });
    await expect(cut).rejects.toMatchObject({ name: "AbortError" });
    await Promise.all([commitShards(run, { table }), commitShards(run, { table })]);
    expect(await commitShards(run, { table })).toMatchObject({ shards: 12, rows: 0 });
    expect(await verifyJob(run, { table })).toMatchObject({ whole: 12, problemCount: 0 });
    expect((await contentOf(table)).size).toBe(12);
  });

  it("of two plans for one table keeps both", async () => {
    const { folder, pictures, run, table } = await planned();
    await all(runJob(run));
    await commitShards(run, { table });
    const first = await contentOf(table);
    const other = join(folder, "other");
    // The same pictures, and more, cut otherwise.
    await cp("samples/bus.png", join(pictures, "one-more.png"));
    await planJob(pictures, { out: other, shardSize: 4 });
    await all(runJob(other));
    await commitShards(other, { table });
    const both = await contentOf(table);
    expect(both.size).toBe(13);
    for (const path of first.keys()) expect(both.has(path)).toBe(true);
    expect(await commitShards(run, { table })).toMatchObject({ shards: 3, rows: 0 });
  });

  it("takes a picture that a list names twice once", async () => {
    const { folder, pictures, table } = await planned();
    const list = join(folder, "list.csv");
    const [one, two] = await readdir(pictures);
    await writeFile(list, `path,label\npictures/${one},a\npictures/${two},b\npictures/${one},c\n`);
    const run = join(folder, "listed");
    await planJob(list, { out: run });
    await all(runJob(run));
    expect(await commitShards(run, { table })).toMatchObject({ rows: 2, repeated: 1 });
    expect((await contentOf(table)).get(join(pictures, one!))).toContain('"c"');
  });
});

it("labels what it embeds, where that is the task", async () => {
  const folder = await temporaryFolder();
  const [run, table] = [join(folder, "run"), join(folder, "table")];
  const plan = ["jobs", "plan", "samples", "--out", run, "--task", "classify"];
  expect((await nearlabel(plan)).stderr).toContain("--task classify needs --labels");
  expect((await nearlabel([...plan, "--labels", "bus,cup,dog"])).exitCode).toBe(0);
  expect((await nearlabel(["jobs", "run", "--plan", run])).stdout).toContain("1 shard done, 24 pictures");
  const committed = await nearlabel(["jobs", "commit", "--plan", run, "--table", table]);
  expect(committed.stdout).toBe(`1 of 1 shard in ${table}, 24 pictures now\n`);
  await using images = await openImageTable(table);
  const found = await all(images.images({ where: "path like '%bus.png'" }));
  expect(found).toMatchObject([{ label: "bus", score: expect.any(Number) }]);
});

it("evaluates what shards hold as it evaluates the pictures", async () => {
  const run = join(await temporaryFolder(), "run");
  const folder = await temporaryFolder();
  for (const [label, name] of [
    ["bus", "bus"],
    ["cup", "cup"],
    ["dog", "airplane"],
  ] as const) {
    await mkdir(join(folder, label));
    await cp(`samples/${name}.png`, join(folder, label, `${name}.png`));
  }
  await planJob(folder, { out: run, shardSize: 2, task: { kind: "evaluate" } });
  await all(runJob(run));
  const runs = [
    { name: "one", model, labels: labelSet(["bus", "cup", "dog"]), templates: ["a photo of a {}"] },
  ];
  const ofShards = await evaluate({ dataset: await jobResults(run), runs });
  const ofPictures = await evaluate({ dataset: await openDataset(folder), runs });
  expect(ofShards.evaluation.runs).toEqual(ofPictures.evaluation.runs);
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
