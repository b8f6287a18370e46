import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { drawnDataset, evaluationsIn } from "../server/datasets.js";
import { serverWith } from "../server/harness.js";
import { expectUsable, hasPage, pictured, useBrowser } from "./harness.js";

const isBuilt = existsSync(fileURLToPath(new URL("../../dist/bundle/evaluation-worker.js", import.meta.url)));

describe.skipIf(!hasPage || !isBuilt)("the page's view Evaluate", async () => {
  const browser = useBrowser();
  const app = await serverWith({ evaluations: await evaluationsIn(await drawnDataset()) });
  const choices = { width: 1280 };

  /** The first evaluation, with two runs, in a window. */
  async function evaluated(): Promise<Page> {
    const { page } = await browser.open(app, "/evaluate", choices);
    await page.getByRole("button", { name: "Evaluate", exact: true }).click();
    await page.waitForURL(/evaluation=/);
    await page.getByRole("heading", { name: "drawn", level: 1 }).waitFor();
    return page;
  }

  it("evaluates runs that its form describes, and shows the report with the pictures of a cell", async () => {
    const { page, complaints } = await browser.open(app, "/evaluate");
    await page.getByText("None yet.").waitFor();
    await page.getByRole("button", { name: "Add a run to compare" }).click();
    const second = page.getByRole("listitem", { name: "Run 2" });
    await second.getByLabel("Templates, one a line").fill("a drawing of a {}\na {");
    await second.getByText("Each line needs exactly one {}").waitFor();
    await second.getByLabel("Templates, one a line").fill("a drawing of a {}\na {}");
    await expect.poll(() => page.url()).toContain("drawing");
    await page.reload();
    expect(await second.getByLabel("Templates, one a line").inputValue()).toBe("a drawing of a {}\na {}");
    await pictured(page, "evaluate-form");
    await page.getByRole("button", { name: "Evaluate 2 runs" }).click();
    await page.getByRole("heading", { name: "drawn", level: 1 }).waitFor();
    await page.locator("#confusion canvas").focus();
    for (const key of ["ArrowDown", "Enter"]) await page.keyboard.press(key);
    await page.waitForURL(/label=\w+&predicted=/);
    await page.locator("#cell img").first().waitFor();
    const title = await page.locator("#cell h2").innerText();
    await page.reload();
    await page.locator("#cell img").first().waitFor();
    expect(await page.locator("#cell h2").innerText()).toBe(title);
    await page.goBack();
    await expect.poll(() => page.locator("#cell").isVisible()).toBe(false);
    await page.getByRole("radio", { name: "2 templates" }).check({ force: true });
    await page.waitForURL(/run=2/);
    expect(complaints).toEqual([]);
  });

  it("compares evaluations, lists them, and removes one", async () => {
    const page = await evaluated();
    await page.getByRole("link", { name: "← All evaluations" }).click();
    const rows = page.getByRole("checkbox", { name: /^Choose drawn of/ });
    await expect.poll(() => rows.count()).toBe(2);
    for (const row of await rows.all()) await row.check();
    await pictured(page, "evaluate-list");
    await page.getByRole("button", { name: "Compare the chosen" }).click();
    await page.getByRole("heading", { name: "All metrics" }).waitFor();
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByRole("button", { name: "Remove for good" }).click();
    await page.getByRole("heading", { name: "New evaluation" }).waitFor();
    await expect.poll(() => rows.count()).toBe(2);
  });

  it("says what to do where there is no data set, and what failed", async () => {
    const { page } = await browser.open(await serverWith(), "/evaluate");
    await page.getByText("nearlabel serve --dataset").waitFor();
    const other = await browser.open(app, "/evaluate?evaluation=00000000-0000-0000-0000-000000000000");
    await other.page.getByText("EVALUATION_NOT_FOUND").waitFor();
    await other.page.getByRole("link", { name: "← All evaluations" }).waitFor();
  });

  it("has nothing in a person's way, wide and narrow, light and dark", async () => {
    const { page } = await browser.open(app, "/evaluate");
    await page
      .getByRole("checkbox", { name: /^Choose drawn of/ })
      .first()
      .waitFor();
    await expectUsable(page, "evaluate");
    await page.getByRole("link", { name: "drawn, 2 runs" }).first().click();
    await page.locator("#summary svg").first().waitFor();
    await expectUsable(page, "report");
  });
});
