import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
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
import { countMissing } from "../../src/jobs/shard/done-shards.js";
import { openJob } from "../../src/jobs/shard/job.js";
import { runShard } from "../../src/jobs/shard/run-shard.js";
import { labelSet } from "../../src/labels/set/label-set.js";
import { openObjectStore } from "../../src/objects/open-store.js";
import { nearlabel } from "../command-line.js";
import { temporaryFolder } from "../folders.js";
import { all, planned, states } from "./planned.js";
import { contentOf } from "./table-content.js";

let model: Model;
beforeAll(async () => {
  model = await loadModel("mini");
  return () => model.close();
});

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

it("counts what is left of a plan, which a run tells and its progress is of", async () => {
  // 12 pictures: shards of 5, 5 and 2.
  const { run, plan } = await planned();
  const store = openObjectStore(run);
  const left = () => countMissing(store, plan);
  expect(await left()).toEqual({ shards: 3, rows: 12 });
  await nearlabel(["jobs", "run-shard", "--plan", run, "--shard", "2"]);
  expect(await left()).toEqual({ shards: 2, rows: 10 });
  await nearlabel(["jobs", "run-shard", "--plan", run, "--shard", "0"]);
  expect(await left()).toEqual({ shards: 1, rows: 5 });
  expect(await nearlabel(["jobs", "run", "--plan", run])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^1 shard done, 5 pictures, /),
    stderr: expect.stringContaining("2 of 3 shards done before\n"),
  });
  expect(await left()).toEqual({ shards: 0, rows: 0 });
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
