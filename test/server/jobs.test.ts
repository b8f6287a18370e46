import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createClient } from "../../src/client/index.js";
import { listeningAt, serverWith } from "./harness.js";
import { servedPlan } from "./planned.js";

const { run, plan, doShard, served } = await servedPlan();
const app = await serverWith({ jobs: new Map([["photos", served]]) });
const client = createClient(await listeningAt(app));
const about = { name: "photos", plan: plan.id, task: "embed", model: "mini", shards: 6, pictures: 12 };

it("tells how far a plan is, while others work on it", async () => {
  expect(await client.jobs.list()).toEqual([about]);
  expect(await client.jobs.get("photos")).toEqual({
    ...about,
    ...{ done: 0, embedded: 0, failed: 0, failures: [], setAside: 0, firstSetAside: [] },
  });
  for (const shard of [0, 1, 2]) await doShard(shard);
  await expect
    .poll(() => client.jobs.get("photos"))
    .toMatchObject({
      ...about,
      ...{ done: 3, embedded: 5, failed: 1 },
      failures: [{ code: expect.stringMatching(/^IMAGE_/), message: expect.stringMatching(/\.$/), count: 1 }],
      latest: expect.stringMatching(/^\d{4}-.*Z$/),
      rate: expect.any(Number),
      secondsLeft: expect.any(Number),
    });
});

it("counts once for all who ask at the same time", async () => {
  expect(served.status()).toBe(served.status());
  await served.status();
});

it("says what it does not have, and nothing of where things lie", async () => {
  await expect(client.jobs.get("others")).rejects.toMatchObject({
    code: "PLAN_NOT_FOUND",
    status: 404,
    message: expect.stringContaining('without a plan "others"'),
  });
  const damaged = await servedPlan();
  await writeFile(join(damaged.run, "plan.json"), "{");
  const other = createClient(
    await listeningAt(await serverWith({ jobs: new Map([["run", damaged.served]]) })),
  );
  const { message, code } = await other.jobs.get("run").catch((error) => error);
  expect([code, message]).toEqual(["PLAN_INVALID", expect.not.stringContaining(damaged.run)]);
  expect(JSON.stringify(await client.jobs.get("photos"))).not.toContain(run);
});
