import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { serverWith } from "../server/harness.js";
import { fitsWidth, hasPage, pictured, useBrowser, violations } from "./harness.js";
import { servedPhotos } from "./photos.js";

describe.skipIf(!hasPage)("the search view", async () => {
  const browser = useBrowser();
  const { table, parts, names } = await servedPhotos();
  const app = await serverWith(parts);

  it("finds pictures while one types, ends where relevance ends, and is restored by its address", async () => {
    const { page, complaints } = await browser.open(app, "/search");
    await page.getByText(`${names.length} pictures.`).waitFor();
    await page.getByLabel("What pictures show").fill("an elephant");
    await page.getByRole("gridcell", { name: "elephant.png" }).first().waitFor();
    await page.getByText("Relevance ends here.").waitFor();
    expect(page.url()).toContain("q=an+elephant");
    await page.reload();
    await page.getByRole("gridcell", { name: "elephant.png" }).first().waitFor();
    const kept = await page.getByRole("gridcell").count();
    await page.getByRole("button", { name: "Show what lies beyond" }).click();
    await expect.poll(() => page.getByRole("gridcell").count()).toBeGreaterThan(kept);
    expect(complaints).toEqual([]);
  });
});
