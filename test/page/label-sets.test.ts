import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readLabels } from "../../src/index.js";
import { openLabelSets } from "../../src/server/label-sets/label-set-folder.js";
import { temporaryFolder } from "../folders.js";
import { serverWith } from "../server/harness.js";
import { expectUsable, hasPage, useBrowser } from "./harness.js";

const templates = ["a photo of a {}"];
const ANIMALS = ["dog", "puppy", "cat", "kitten", "horse"].map((label) => ({
  label,
  className: label,
  parent: label === "horse" ? "farm animal" : "pet",
}));

async function serverWithSets() {
  const labelSets = await openLabelSets(await temporaryFolder());
  await labelSets.put("animals", { labels: ANIMALS.slice(0, 3), templates });
  await labelSets.put("animals", { labels: ANIMALS, templates });
  return { app: await serverWith({ labelSets }), labelSets };
}

describe.skipIf(!hasPage)("label sets on the page", () => {
  const browser = useBrowser();

  it("makes a set from a file, edits it, undoes, saves versions and exports what the library reads", async () => {
    const { app, labelSets } = await serverWithSets();
    const folder = await temporaryFolder();
    const file = join(folder, "sea.csv");
    await writeFile(file, 'label,class_name,parent\nseal,,mammal\n"ray, manta",manta ray,fish\n');
    const { page, complaints } = await browser.open(app, "/label-sets");
    await page.getByRole("button", { name: "New set" }).click();
    await page.getByLabel("Name").fill("sea");
    await page.getByLabel("Or from a file").setInputFiles(file);
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByText("2 labels · not saved yet").waitFor();
    await page.getByLabel("Add labels").fill("crab");
    await page.keyboard.press("Enter");
    await page.getByRole("row", { name: "crab" }).waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => page.getByRole("row", { name: "crab" }).count()).toBe(0);
    await page.getByRole("row", { name: "seal" }).click();
    await page.getByLabel("Class name").fill("grey seal");
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByRole("button", { name: "Save as version 1" }).click();
    await page.getByText("2 labels · version 1", { exact: true }).waitFor();
    expect((await labelSets.get("sea")).labels).toEqual([
      { label: "seal", className: "grey seal", parent: "mammal" },
      { label: "ray, manta", className: "manta ray", parent: "fish" },
    ]);
    for (const ending of ["JSON", "CSV"]) {
      const saving = page.waitForEvent("download");
      await page.getByRole("button", { name: `Export ${ending}` }).click();
      const path = join(folder, `again.${ending.toLowerCase()}`);
      await (await saving).saveAs(path);
      expect(await readFile(path, "utf8")).toContain("grey seal");
      expect(await readLabels(path)).toEqual((await labelSets.get("sea")).labels);
    }
    expect(complaints).toEqual([]);
  });

  it("does not write over what somebody else saved meanwhile", async () => {
    const { app, labelSets } = await serverWithSets();
    const { page } = await browser.open(app, "/label-sets?name=animals");
    await page.getByLabel("Add labels").fill("cow");
    await page.keyboard.press("Enter");
    await labelSets.put("animals", { labels: ANIMALS.slice(1), templates });
    await page.getByRole("button", { name: "Save as version 3" }).click();
    await page.getByRole("alert").getByText("LABEL_SET_CHANGED").waitFor();
    expect((await labelSets.get("animals")).labels).toHaveLength(4);
  });

  it("shows a hierarchy as a tree, compares versions, and tells which labels will be confused", async () => {
    const { app } = await serverWithSets();
    const { page } = await browser.open(app, "/label-sets?name=animals&compare=1");
    const tree = page.getByRole("treegrid");
    await tree.getByRole("row", { name: "kitten" }).waitFor();
    await tree.getByRole("row", { name: "pet" }).press("ArrowLeft");
    await expect.poll(() => tree.getByRole("row", { name: "kitten" }).count()).toBe(0);
    const compared = page.getByRole("region", { name: "Compared with version 1" });
    expect(await compared.innerText()).toContain("2 that it has not");
    const pairs = page.getByRole("region", { name: "Which labels will be confused" });
    await pairs.locator("li").first().waitFor();
    const [first, second] = await pairs.locator("li").allInnerTexts();
    for (const [one, other] of [
      ["dog", "puppy"],
      ["cat", "kitten"],
    ] as const) {
      expect([first, second].some((pair) => pair!.includes(one) && pair!.includes(other))).toBe(true);
    }
  });

  it("is usable, wide and narrow, light and dark", async () => {
    const { app } = await serverWithSets();
    const { page } = await browser.open(app, "/label-sets");
    await page.getByText("Choose a set").waitFor();
    await expectUsable(page, "label-sets-none");
    await page.getByRole("button", { name: /^animals/ }).click();
    await page.getByRole("row", { name: "kitten" }).click();
    await page.getByRole("region", { name: "Which labels will be confused" }).locator("li").first().waitFor();
    await expectUsable(page, "label-sets");
  });
});
