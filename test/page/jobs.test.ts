import { describe, expect, it } from "vitest";
import { writePoison } from "../../src/jobs/shard/marker.js";
import { openObjectStore } from "../../src/objects/open-store.js";
import { serverWith } from "../server/harness.js";
import { servedPlan } from "../server/planned.js";
import { expectUsable, hasPage, pictured, useBrowser, violations } from "./harness.js";

describe.skipIf(!hasPage)("the page's view Jobs", async () => {
  const browser = useBrowser();
  const { run, plan, doShard, served } = await servedPlan();
  const app = await serverWith({ jobs: new Map([["photos", served]]) });

  it("shows a plan as it goes on, without being asked again", async () => {
    const { page, complaints } = await browser.open(app, "/classify");
    await page.getByRole("link", { name: "Jobs" }).click();
    await page.getByText("No shard is done yet").waitFor();
    await pictured(page, "jobs-waiting");
    for (const shard of [0, 1, 2]) await doShard(shard);
    await page.getByText("3 of 6 shards").waitFor();
    await page.getByText(/pictures a second, \d+ s left/).waitFor();
    await page.getByRole("heading", { name: "Failed pictures, by kind" }).waitFor();
    const poison = { plan: plan.id, shard: 5, code: "DATASET_INVALID", message: "The tar file is damaged." };
    await writePoison(openObjectStore(run), poison);
    for (const shard of [3, 4]) await doShard(shard);
    await page.getByText("Ended, with shards set aside").waitFor();
    await page.getByRole("heading", { name: "1 shard set aside" }).waitFor();
    expect(complaints).toEqual([]);
  });

  it("has nothing in a person's way, wide and narrow, light and dark", async () => {
    const { page } = await browser.open(app, "/jobs");
    await page.getByRole("progressbar").waitFor();
    await expectUsable(page, "jobs");
  });

  it("is not in the menu of a server without plans, and says there what to do", async () => {
    const { page } = await browser.open(await serverWith(), "/classify");
    await page.getByRole("link", { name: "Evaluate" }).waitFor();
    await page.waitForLoadState("networkidle");
    expect(await page.getByRole("link", { name: "Jobs" }).count()).toBe(0);
    await page.goto(new URL("/jobs", page.url()).href);
    await page.getByText("nearlabel serve --plan").waitFor();
    expect(await violations(page)).toEqual([]);
    await pictured(page, "jobs-none");
  });
});
