import { cp, mkdir, mkdtemp, readdir, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { planJob } from "../../src/jobs/plan/make-plan.js";
import { openJob } from "../../src/jobs/shard/job.js";
import { runShard } from "../../src/jobs/shard/run-shard.js";
import { openServedJob } from "../../src/server/jobs/served-job.js";
import { mini } from "./harness.js";

/** A plan of twelve pictures, of which the first is cut off, in six shards: served, and a way to do one of them. */
export async function servedPlan() {
  const folder = await mkdtemp(join(tmpdir(), "nearlabel-plan-"));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const pictures = join(folder, "pictures");
  await mkdir(pictures);
  const names = (await readdir("samples")).filter((name) => name.endsWith(".png")).slice(0, 12);
  for (const name of names) await cp(join("samples", name), join(pictures, name));
  await truncate(join(pictures, names[0]!), 100);
  const run = join(folder, "run");
  const plan = await planJob(pictures, { out: run, shardSize: 2 });
  const doShard = async (shard: number) => runShard(await openJob(run, { encoder: mini }), shard);
  return { run, plan, doShard, served: await openServedJob(run) };
}
