import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { createExplainer } from "../../src/server/explain/explainer.js";
import { drawnDataset, evaluationsIn } from "../server/datasets.js";
import { serverWith } from "../server/harness.js";
import { hasPage, useBrowser } from "./harness.js";
import { servedPhotos } from "./photos.js";

const SAMPLES = fileURLToPath(new URL("../../samples/", import.meta.url));
const LABEL = "Type a label, or paste a list";

/** What somebody new to the page is asked to do, as CONTRIBUTING.md has it, from its first view and by what can be seen. */
describe.skipIf(!hasPage)("a person new to the page", async () => {
  const browser = useBrowser();
  const { table, parts } = await servedPhotos();
  const explainer = createExplainer("mini");
  afterAll(() => explainer.close());
  const app = await serverWith({
    ...parts,
    explainers: new Map([["mini", explainer]]),
    evaluations: await evaluationsIn(await drawnDataset()),
  });

  it("classifies three pictures, and sees how near the next label came", async () => {
    const { page } = await browser.open(app, "/");
    const files = ["bus", "snail", "pizza"].map((name) => join(SAMPLES, `${name}.png`));
    await page.getByLabel("Choose pictures").setInputFiles(files);
    for (const label of ["bus", "snail", "pizza"]) {
      await page.getByPlaceholder(LABEL).fill(label);
      await page.keyboard.press("Enter");
    }
    const strip = page.getByRole("list", { name: "All pictures, each with its nearest label" });
    await expect.poll(() => strip.locator(".strip-label").allInnerTexts()).toEqual(["bus", "snail", "pizza"]);
    await page.getByText(/It would need [\d.]+ more to be the first/).waitFor();
  });

  it("finds all pictures of a thing, and saves a list of them", async () => {
    const { page } = await browser.open(app, "/");
    await page.getByRole("link", { name: "Search" }).click();
    await page.getByLabel("What pictures show").pressSequentially("a lighthouse");
    await page.getByText(/relevant picture/).waitFor();
    await page.getByRole("button", { name: /^Select / }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Export CSV" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("photos-selection.csv");
  });

  it("labels a folder, and puts right what is wrong", async () => {
    const { page } = await browser.open(app, "/");
    await page.getByRole("link", { name: "Label a collection" }).click();
    await page.getByPlaceholder(LABEL).fill("animal, food, thing");
    await page.keyboard.press("Enter");
    const counts = page.getByRole("list", { name: "Pictures by label" });
    await counts.getByRole("button", { name: /^food/ }).click();
    await page.getByText(/gets? “food”/).waitFor();
    const pictures = page.getByRole("grid", { name: "Pictures of the table" }).getByRole("gridcell");
    await pictures.first().click();
    await pictures.nth(1).click();
    await page.getByRole("region", { name: "Selection" }).getByLabel("Label").fill("thing");
    await page.getByRole("button", { name: "Label them" }).click();
    await expect.poll(() => table.count("given_label = 'thing'")).toBe(2);
    await counts.getByRole("button", { name: /^thing/ }).click();
    await expect.poll(() => page.getByText("thing, given").count()).toBe(2);
    await page.getByRole("link", { name: "Review the uncertain" }).click();
    await page.getByRole("button", { name: /^1 / }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByText("1 reviewed").waitFor();
    await page.getByRole("button", { name: /^2 / }).click();
    await page.getByText("2 reviewed").waitFor();
    await page.getByRole("button", { name: /^1 / }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByText("3 reviewed, 1 of them corrected").waitFor();
    await expect.poll(() => table.count("given_label IS NOT NULL")).toBe(5);
  });

  it("finds classes that are confused, sees their pictures, and how near they lie", async () => {
    const { page } = await browser.open(app, "/");
    await page.getByRole("link", { name: "Evaluate" }).click();
    await page.getByRole("button", { name: "Evaluate" }).click();
    await page.getByRole("heading", { name: "Most confused pairs" }).waitFor();
    await page.locator(".pair").first().click();
    await page.getByRole("heading", { name: /, taken for / }).waitFor();
    await page.getByText(/^To the model, “\w+” and “\w+” have a similarity of/).waitFor();
    await page.getByRole("link", { name: "Try other words for them" }).click();
    await page.getByRole("heading", { name: "Run 2" }).waitFor();
  });

  it("explains a wrong answer from its numbers", async () => {
    const { page } = await browser.open(app, "/");
    await page.getByLabel("Choose pictures").setInputFiles(join(SAMPLES, "bus.png"));
    await page.getByPlaceholder(LABEL).fill("house, vehicle, pizza");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "How it works, with this picture" }).click();
    const first = await page.locator("#distances tbody th").first().innerText();
    const other = first === "pizza" ? "house" : "pizza";
    await page.locator("#prompts").getByText(other, { exact: true }).click();
    await page
      .getByText(new RegExp(`“${other}” is at place \\d. Its similarity is less than that of “${first}” by`))
      .waitFor();
  });
});
