import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commitShards } from "../../src/jobs/commit/commit.js";
import { planJob } from "../../src/jobs/plan/make-plan.js";
import { jobStatus } from "../../src/jobs/report/status.js";
import { verifyJob } from "../../src/jobs/report/verify.js";
import { runJob } from "../../src/jobs/run/run-job.js";
import { temporaryFolder } from "../folders.js";
import { hasStore, type S3Server, startStore } from "./s3-server.js";
import { contentOf } from "./table-content.js";
import { type Door, doorTo } from "./tcp-door.js";

const DOWN_MS = 1500;

describe.skipIf(!hasStore("moto"))("a store that is down (needs moto_server)", () => {
  let server: S3Server;
  let door: Door;
  beforeAll(async () => {
    server = await startStore("moto");
    door = await doorTo(server.endpoint);
    process.env.AWS_ENDPOINT_URL = door.endpoint;
  });
  afterAll(async () => {
    await door.close();
    await server.stop();
  });

  async function downFor(milliseconds: number): Promise<void> {
    door.shut();
    await setTimeout(milliseconds);
    door.open();
  }

  it("at the start is waited for", async () => {
    const back = downFor(DOWN_MS);
    expect(await planJob("samples", { out: "s3://test/start", shardSize: 12 })).toMatchObject({ shards: 2 });
    await back;
    expect(await jobStatus("s3://test/start")).toMatchObject({ done: 0 });
  });

  it("in the middle costs time and nothing else", async () => {
    const folder = await temporaryFolder();
    const contents = [];
    for (const [run, table] of [
      [join(folder, "run"), join(folder, "table")],
      ["s3://test/middle", "s3://test/tables/middle"],
    ] as const) {
      await planJob("samples", { out: run, shardSize: 3 });
      const outages: Promise<void>[] = [];
      for await (const { state } of runJob(run)) {
        expect(state).toBe("done");
        if (outages.length < 2) outages.push(downFor(DOWN_MS));
      }
      const committing = commitShards(run, { table });
      outages.push(downFor(DOWN_MS));
      expect(await committing).toMatchObject({ shards: 8, rows: 24 });
      await Promise.all(outages);
      expect(await verifyJob(run)).toMatchObject({ whole: 8, missing: 0, problemCount: 0 });
      contents.push(await contentOf(table));
    }
    expect(contents[1]).toEqual(contents[0]);
  });

  it("does not keep an interrupted command", async () => {
    await planJob("samples", { out: "s3://test/interrupted" });
    // At a door of its own nobody else knocks.
    const own = await doorTo(server.endpoint);
    own.shut();
    const args = ["dist/bundle/nearlabel.js", "jobs", "run", "--plan", "s3://test/interrupted"];
    const env = { ...process.env, AWS_ENDPOINT_URL: own.endpoint };
    const command = spawn(process.execPath, args, { stdio: "ignore", env });
    const ended = once(command, "exit");
    await own.knock();
    expect(command.exitCode).toBeNull();
    command.kill("SIGINT");
    expect(await ended).toEqual([130, null]);
    await own.close();
  });
});
