import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commitShards } from "../../src/jobs/commit/commit.js";
import { planJob } from "../../src/jobs/plan/make-plan.js";
import { verifyJob } from "../../src/jobs/report/verify.js";
import { runJob } from "../../src/jobs/run/run-job.js";
import { checkConditionalPut } from "../../src/objects/conditional-put.js";
import { openObjectStore } from "../../src/objects/open-store.js";
import { temporaryFolder } from "../folders.js";
import { hasStore, type S3Server, startStore } from "./s3-server.js";
import { contentOf } from "./table-content.js";

const AN_HOUR_ON = `data:text/javascript,${encodeURIComponent(`
  const { Date: Real } = globalThis;
  globalThis.Date = class extends Real {
    constructor(...given) { super(...(given.length > 0 ? given : [Real.now() + 3600_000])); }
    static now() { return Real.now() + 3600_000; }
  };`)}`;

describe.skipIf(!hasStore("weed"))("SeaweedFS, which looks at keys and clocks (needs weed)", () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startStore("weed");
  });
  afterAll(() => server.stop());

  const jobs = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    spawnSync(process.execPath, ["dist/bundle/nearlabel.js", "jobs", ...args], {
      encoding: "utf8",
      env: { ...process.env, ...env },
    });

  it("holds the condition of writes, and comes to the table that a folder comes to", async () => {
    await checkConditionalPut(openObjectStore("s3://test/probe"));
    const folder = await temporaryFolder();
    const contents = [];
    for (const [run, table] of [
      ["s3://test/run", "s3://test/table"],
      [join(folder, "run"), join(folder, "table")],
    ] as const) {
      await planJob("samples", { out: run, shardSize: 7 });
      for await (const { state } of runJob(run)) expect(state).toBe("done");
      await commitShards(run, { table });
      expect(await verifyJob(run, { table })).toMatchObject({ whole: 4, missing: 0, problemCount: 0 });
      contents.push(await contentOf(table));
    }
    expect(contents[0]).toEqual(contents[1]);
  });

  it("refuses a wrong key, and nothing is written", async () => {
    const plan = ["plan", "samples", "--out", "s3://test/refused"];
    for (const [wrong, text] of [
      [{ AWS_SECRET_ACCESS_KEY: "other" }, "the secret key is not the one of this access key"],
      [{ AWS_ACCESS_KEY_ID: "other" }, "it does not know this access key"],
    ] as const) {
      const { status, stderr } = jobs(plan, wrong);
      expect([status, stderr]).toEqual([2, expect.stringContaining("OBJECTS_REFUSED")]);
      expect(stderr).toContain(text);
    }
    for await (const { key } of openObjectStore("s3://test/refused").list("")) throw new Error(key);
  });

  it("is reached by a worker whose clock is an hour off", async () => {
    const run = "s3://test/clock";
    await planJob("samples", { out: run, shardSize: 12 });
    const { status, stdout } = jobs(["run", "--plan", run], { NODE_OPTIONS: `--import ${AN_HOUR_ON}` });
    expect([status, stdout]).toEqual([0, expect.stringContaining("2 shards done, 24 pictures")]);
    expect(await verifyJob(run)).toMatchObject({ whole: 2, problemCount: 0 });
  });
});
