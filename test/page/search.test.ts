import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { serverWith } from "../server/harness.js";
import { expectUsable, hasPage, useBrowser, violations } from "./harness.js";
import { servedPhotos } from "./photos.js";

describe.skipIf(!hasPage)("the search view", async () => {
  const browser = useBrowser();
  const { table, parts, names } = await servedPhotos();
  const app = await serverWith(parts);

  it("finds pictures while one types, ends where relevance ends, and is restored by its address", async () => {
    const { page, complaints } = await browser.open(app, "/search");
    await page.getByText(`${names.length} pictures.`).waitFor();
    await page.getByLabel("What pictures show").pressSequentially("a lighthouse");
    await page.getByRole("gridcell", { name: "lighthouse.png" }).waitFor();
    await page.getByText("Relevance ends here.").waitFor();
    expect(page.url()).toContain("q=a+lighthouse");
    await page.reload();
    await page.getByText("Relevance ends here.").waitFor();
    const kept = await page.getByRole("gridcell").count();
    await page.getByRole("button", { name: "Show what lies beyond" }).click();
    await expect.poll(() => page.getByRole("gridcell").count()).toBeGreaterThan(kept);
    await page.getByLabel("What pictures show").fill("an armadillo");
    await page.getByRole("heading", { name: "Nothing here clearly looks like “an armadillo”" }).waitFor();
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it("goes on from a picture by a click, takes a person's own, minus, and filters", async () => {
    const { page, complaints } = await browser.open(app, "/search?q=a+lighthouse");
    await page.getByRole("gridcell", { name: "lighthouse.png" }).click();
    await page.waitForURL(/terms=/);
    const cells = page.getByRole("gridcell");
    await expect.poll(() => cells.first().textContent()).toContain("1.000");
    await page.getByLabel("What pictures show").fill("-a house");
    await page.getByLabel("What pictures show").press("Enter");
    await page.getByRole("button", { name: "Remove a house" }).waitFor();
    await page.getByText("Add a filter").click();
    await page.getByLabel("Column").selectOption("name");
    await page.getByLabel("Value").fill("bus");
    await page.getByRole("button", { name: "Add filter" }).click();
    await expect.poll(() => cells.count()).toBe(1);
    await page.goto(`${new URL(page.url()).origin}/search`);
    const chosen = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "By picture…" }).click();
    await (await chosen).setFiles(fileURLToPath(new URL("../../samples/cup.png", import.meta.url)));
    await page.waitForURL(/terms=/);
    await page.getByRole("gridcell", { name: "cup.png" }).waitFor();
    await page.reload();
    await expect.poll(() => cells.first().getAttribute("title")).toBe("cup.png");
    expect(complaints).toEqual([]);
  });

  it("selects by keys, labels the selection, takes that back, and exports it", async () => {
    const { page } = await browser.open(app, "/search");
    await page.getByRole("gridcell").first().focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("Shift+ArrowRight");
    await page.getByText("2 pictures selected").waitFor();
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export CSV" }).click();
    expect((await saved).suggestedFilename()).toBe("photos-selection.csv");
    await page.getByLabel("Label", { exact: true }).fill("things");
    await page.getByRole("button", { name: "Label them" }).click();
    await page.getByText("2 pictures labelled “things”").waitFor();
    await expect.poll(() => table.count("given_label = 'things'")).toBe(2);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => table.count("given_label = 'things'")).toBe(0);
  });

  it("has nothing in a person's way, wide and narrow, light and dark", async () => {
    const { page } = await browser.open(app, "/search?q=a+lighthouse");
    await page.getByText("Relevance ends here.").waitFor();
    await expectUsable(page, "search");
  });
});
