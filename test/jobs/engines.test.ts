import { execFileSync, spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { commitShards } from "../../src/jobs/commit/commit.js";
import { planJob } from "../../src/jobs/plan/make-plan.js";
import { runJob } from "../../src/jobs/run/run-job.js";
import { temporaryFolder } from "../folders.js";
import { contentOf } from "./table-content.js";

const PYTHON = process.env.PYTHON ?? "python3";
const PROGRAM = "dist/bundle/nearlabel.js";

function hasPackage(name: string): boolean {
  return spawnSync(PYTHON, ["-c", `import ${name}`]).status === 0;
}

/** What `work` leaves of a plan of the samples, which must be what one process leaves. */
async function comesOutAlike(work: (run: string, shards: number) => void): Promise<void> {
  const folder = await temporaryFolder();
  const contents = [];
  for (const name of ["here", "there"]) {
    const run = join(folder, name);
    const { shards } = await planJob("samples", { out: run, shardSize: 3 });
    if (name === "there") work(run, shards);
    else for await (const outcome of runJob(run)) expect(outcome.state).toBe("done");
    const { rows } = await commitShards(run, { table: `${run}.db` });
    expect(rows).toBe(24);
    contents.push(await contentOf(`${run}.db`));
  }
  expect(contents[1]).toEqual(contents[0]);
}

const nearlabel = (...args: string[]) =>
  spawnSync(process.execPath, [PROGRAM, ...args], { encoding: "utf8", timeout: 240_000 });

describe.skipIf(!hasPackage("ray"))("Ray (needs PYTHON with ray)", () => {
  it("does the same plan to the same table", async () => {
    await comesOutAlike((run) => {
      const { status, stdout, stderr } = nearlabel(
        "jobs",
        "run",
        "--plan",
        run,
        "--ray",
        "auto",
        "--python",
        PYTHON,
        "--workers",
        "2",
      );
      expect([status, stdout]).toEqual([0, expect.stringContaining("8 shards done, 24 pictures")]);
      expect(stderr).toContain("2 workers");
    });
  }, 300_000);
});

it("says where Ray or Python are missing", async () => {
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

describe.skipIf(!hasPackage("pyspark") || spawnSync("java", ["-version"]).status !== 0)(
  "Spark (needs PYTHON with pyspark, and Java)",
  () => {
    it("does the same plan to the same table", async () => {
      await comesOutAlike((run, shards) => {
        const printed = execFileSync(PYTHON, ["examples/jobs/spark.py", run, String(shards), "2"], {
          encoding: "utf8",
          stdio: ["ignore", "pipe", "ignore"],
          env: {
            ...process.env,
            NEARLABEL: `${process.execPath} ${join(process.cwd(), PROGRAM)}`,
            PYSPARK_PYTHON: PYTHON,
            PYSPARK_SUBMIT_ARGS: "--master local-cluster[2,1,1024] pyspark-shell",
          },
        });
        expect(JSON.parse(printed)).toEqual({ done: 8 });
      });
    }, 300_000);
  },
);

it.each(["kubernetes", "aws-batch"])("the example for %s is YAML whose worker is ours", async (name) => {
  const text = await readFile(`examples/jobs/${name}.yaml`, "utf8");
  expect(JSON.stringify(parse(text))).toContain('["jobs","run-shard","--plan","s3://bucket/run"');
});
