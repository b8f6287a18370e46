import { afterAll, describe, expect, it } from "vitest";
import { createExplainer } from "../../src/server/explain/explainer.js";
import { serverWith } from "../server/harness.js";
import { hasPage, useBrowser } from "./harness.js";

describe.skipIf(!hasPage)("the page's frame", () => {
  const browser = useBrowser();
  const explainer = createExplainer("mini");
  afterAll(() => explainer.close());

  it("opens each view at its address, without a script or style that the policy forbids", async () => {
    const app = await serverWith({ explainers: new Map([["mini", explainer]]) });
    const answer = await app.inject("/classify");
    const policy = String(answer.headers["content-security-policy"]);
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain("unsafe");
    expect(answer.body).toContain(/'nonce-(.+?)'/.exec(policy)![1]);
    const { page, complaints } = await browser.open(app, "/");
    for (const [name, path] of [
      ["How it works", "/recipe"],
      ["Search", "/search"],
      ["Label a collection", "/collection"],
      ["Evaluate", "/evaluate"],
      ["Label sets", "/label-sets"],
      ["Classify", "/classify"],
    ] as const) {
      await page.getByRole("navigation").getByRole("link", { name, exact: true }).click();
      await page.waitForURL(`**${path}`);
      await expect.poll(() => page.title()).toBe(`${name} · nearlabel`);
    }
    await page.goBack();
    await page.waitForURL("**/label-sets");
    expect(complaints).toEqual([]);
  });
});
