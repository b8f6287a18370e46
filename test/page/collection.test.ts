import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { giveLabels } from "../../src/images/label/given-labels.js";
import { serverWith } from "../server/harness.js";
import { expectUsable, hasPage, pictured, useBrowser, violations } from "./harness.js";
import { servedPhotos } from "./photos.js";

const LABELS = "labels=lighthouse%0Apizza%0Abus%0Asnail";

describe.skipIf(!hasPage)("the view to label a collection", async () => {
  const browser = useBrowser();
  const { table, parts } = await servedPhotos((folder) =>
    sharp(join(folder, "cup.png")).jpeg({ quality: 90 }).toFile(join(folder, "cup-copy.jpg")),
  );
  const app = await serverWith(parts);

  it("re-ranks all pictures while a label is typed, counts them, and cuts where they are less sure", async () => {
    const { page, complaints } = await browser.open(app, `/collection?${LABELS}`);
    await page.getByText("25 pictures, surest first.").waitFor();
    await page.getByPlaceholder("Type a label, or paste a list").pressSequentially("guitar");
    await page.getByText(/gets? “guitar”/).waitFor();
    const counts = page.getByRole("list", { name: "Pictures by label" });
    await expect.poll(() => counts.getByRole("button").nth(1).textContent()).toMatch(/^guitar[1-9]/);
    await page.getByRole("slider", { name: "How sure" }).fill("90");
    await page.getByText(/with at least 90 %/).waitFor();
    await page.getByText(/Below are the other/).waitFor();
    expect(page.url()).toContain("sure=90");
    expect(complaints).toEqual([]);
  });

  it("reviews the least sure first, by keys, with undo, and learns from what it is told", async () => {
    const { page, complaints } = await browser.open(app, `/collection?${LABELS}&show=review&learn=1`);
    await page.getByText("0 reviewed").waitFor();
    await page.getByRole("button", { name: /^1 / }).waitFor();
    await page.keyboard.press("2");
    await page.getByText("1 reviewed, 1 of them corrected.").waitFor();
    await expect.poll(() => table.count("given_label IS NOT NULL")).toBe(1);
    await page.keyboard.press("u");
    await page.getByText("0 reviewed").waitFor();
    await expect.poll(() => table.count("given_label IS NOT NULL")).toBe(0);
    for (let done = 1; done <= 6; done++) {
      await page.getByRole("button", { name: /^1 / }).waitFor();
      await page.keyboard.press("Enter");
      await page.getByText(`${done} reviewed`).waitFor();
    }
    await page.getByText(/^\d examples?[.,] /).waitFor();
    // Else the last of them is written over what the next tests give.
    await expect.poll(() => table.count("given_label IS NOT NULL")).toBe(6);
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  describe("with given labels", () => {
    beforeAll(async () => {
      const images = [];
      for await (const image of table.images()) images.push(image);
      const nameOf = (path: string) => /(\w+)[^/\\]*$/.exec(path)![1]!.replace("-copy", "");
      const labels = images.map(({ id, path }) => {
        const name = nameOf(path);
        return { id, label: name === "bus" ? "pizza" : name };
      });
      await giveLabels(table, labels);
    });

    it("shows labels that the model doubts, and changes them by a key", async () => {
      const { page } = await browser.open(app, "/collection?show=suspects");
      await page
        .getByRole("button", { name: "C Change to bus" })
        .or(page.getByText("bus.png"))
        .first()
        .waitFor();
      await page.getByText(/ 0 judged/).waitFor();
      expect(await violations(page)).toEqual([]);
      await pictured(page, "suspects");
      const before = await table.count("given_label = 'pizza'");
      await page.keyboard.press("c");
      await page.getByText(/ 1 judged, 1 of them changed/).waitFor();
      await page.keyboard.press("u");
      await page.getByText(/ 0 judged/).waitFor();
      await expect.poll(() => table.count("given_label = 'pizza'")).toBe(before);
    });

    it("shows duplicates side by side, and remembers what is none", async () => {
      const { page } = await browser.open(app, "/collection?show=duplicates&band=similar");
      await page.getByText("cup-copy.jpg").waitFor();
      expect(await violations(page)).toEqual([]);
      await pictured(page, "duplicates");
      await page.getByRole("button", { name: "These are no duplicates" }).first().click();
      await page.getByText("cup-copy.jpg").waitFor({ state: "detached" });
      await page.reload();
      await page.getByRole("heading", { name: "No duplicates" }).waitFor();
    });
  });

  it("has nothing in a person's way, wide and narrow, light and dark", async () => {
    const { page } = await browser.open(app, `/collection?${LABELS}&label=pizza&sure=50`);
    await page.getByText(/gets? “pizza”/).waitFor();
    await expectUsable(page, "collection");
  });
});
