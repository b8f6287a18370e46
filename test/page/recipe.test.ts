import { afterAll, describe, expect, it } from "vitest";
import { explain } from "../../src/index.js";
import { createExplainer } from "../../src/server/explain/explainer.js";
import { mini, sample, serverWith } from "../server/harness.js";
import { expectUsable, hasPage, useBrowser } from "./harness.js";

const explainer = createExplainer("mini");
afterAll(() => explainer.close());
const explainingServer = () => serverWith({ explainers: new Map([["mini", explainer]]) });

describe.skipIf(!hasPage)("how it works", () => {
  const browser = useBrowser();

  it("shows each step with the values of explain, and where a number comes from", async () => {
    const labels = ["cup", "bus", "sea_lion"];
    const { page, complaints } = await browser.open(
      await explainingServer(),
      `/recipe?pictures=bus&labels=${labels.join("%0A")}`,
    );
    await page.getByRole("heading", { name: "Which label is nearest?" }).waitFor();
    const told = await explain(new Uint8Array(await sample("bus")), labels, mini);
    const [best] = told.predictions;
    await page.getByRole("button", { name: "sea_lion", exact: true }).click();
    await page.locator(".prompts").getByText("a photo of a sea lion").waitFor();
    for (const { id } of told.prompts[2]!.tokens) {
      expect(await page.locator(".token", { hasText: String(id) }).count()).toBeGreaterThan(0);
    }
    await page
      .locator("#distances")
      .getByRole("button", { name: best!.similarity.toFixed(4) })
      .click();
    const origin = page.locator(".origin");
    expect(await origin.innerText()).toContain("Similarity of the picture to bus");
    expect(await origin.innerText()).toContain(`In all: ${best!.similarity.toPrecision(4)}`);
    await page.keyboard.press("Escape");
    await expect.poll(() => origin.isVisible()).toBe(false);
    await page.locator("#picture-vector").getByRole("slider").press("PageUp");
    await page
      .locator("#picture-vector")
      .getByRole("button", { name: told.imageEmbedding[16]!.toFixed(4) })
      .waitFor();
    await page.getByLabel("Scale").fill("0");
    await expect
      .poll(() => page.locator("#scores tbody tr").first().innerText())
      .toContain(best!.similarity.toFixed(2));
    await page.getByText("Show the tutorial's arithmetic").click();
    await page.getByText("All distances lie from").waitFor();
    await page.reload();
    await page.getByText("All distances lie from").waitFor();
    expect(complaints).toEqual([]);
  });

  it("tells why a picture cannot be explained", async () => {
    const { page } = await browser.open(await serverWith(), "/recipe");
    await page.getByRole("alert").getByText("This model cannot be explained by this server.").waitFor();
  });

  it("is usable, wide and narrow, light and dark", async () => {
    const { page } = await browser.open(await explainingServer(), "/recipe?published=1");
    await page.getByText("All distances lie from").waitFor();
    await expectUsable(page, "recipe");
  });
});
