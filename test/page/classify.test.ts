import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { classify, readLabels } from "../../src/index.js";
import { temporaryFolder } from "../folders.js";
import { mini, sample, serverWith } from "../server/harness.js";
import { expectUsable, hasPage, useBrowser } from "./harness.js";

describe.skipIf(!hasPage)("classifying on the page", () => {
  const browser = useBrowser();

  it("shows what classify gives, and follows while a label is typed", async () => {
    const { page, complaints } = await browser.open(
      await serverWith(),
      "/classify?pictures=bus&labels=cup%0Aguitar",
    );
    const first = page.locator(".prediction-table tbody tr").first();
    await first.waitFor();
    await page.getByRole("textbox", { name: "Add to labels" }).fill("bus");
    await page.getByText("being typed").waitFor();
    expect(await first.innerText()).toMatch(/^1\s*bus/);
    await page.keyboard.press("Enter");
    await page.waitForURL(/labels=cup%0Aguitar%0Abus/);
    const [expected] = await classify([await sample("bus")], {
      labels: ["cup", "guitar", "bus"],
      model: mini,
    });
    for (const [at, { label, similarity, score, logit }] of expected!.predictions!.entries()) {
      const cells = await page.locator(".prediction-table tbody tr").nth(at).innerText();
      for (const shown of [label, similarity.toFixed(4), logit.toFixed(2)]) expect(cells).toContain(shown);
      expect(cells).toContain(score < 0.001 ? "< 0.1 %" : `${(score * 100).toFixed(1)} %`);
    }
    expect(complaints).toEqual([]);
  });

  it("scores as classify does with a temperature, several labels, and unknown pictures", async () => {
    const labels = ["cup", "guitar", "bus"];
    const bus = await sample("bus");
    const app = await serverWith();
    const { page } = await browser.open(
      app,
      `/classify?pictures=bus&labels=${labels.join("%0A")}&temperature=4`,
    );
    const first = page.locator(".prediction-table tbody tr").first();
    await first.waitFor();
    const scoreOf = async (options: object) => {
      const [result] = await classify([bus], { labels, model: mini, ...options });
      return `${(result!.predictions![0]!.score * 100).toFixed(1)} %`;
    };
    expect(await first.innerText()).toContain(await scoreOf({ temperature: 4 }));
    await page.getByLabel("Several labels may be right").check();
    await expect.poll(() => first.innerText()).toContain(await scoreOf({ multiLabel: true }));
    await page.getByLabel("Several labels may be right").uncheck();
    for (const method of ["similarity", "mcm", "negative-labels"] as const) {
      await page.getByRole("combobox", { name: "None of these" }).selectOption(method);
      await page.getByLabel("Unknown below").fill("1");
      const negatives = (await readLabels("samples/words.txt")).map(({ label }) => label);
      const reject = { method, threshold: 1, ...(method === "negative-labels" && { negatives }) };
      const [expected] = await classify([bus], { labels, model: mini, reject });
      const value = expected!.unknown!.value.toFixed(3);
      await page.getByText(`Against unknown pictures: ${value}, and known from 1.000 up.`).waitFor();
      await page.getByText("nearest is bus").waitFor();
    }
  });

  it("asks for a key where the server wants one, and takes a picture with the camera", async () => {
    const key = { id: "1", name: "page", scopes: ["read", "classify", "write"] } as const;
    const keys = { find: (secret: string) => (secret === "open-sesame" ? key : undefined) };
    const { page } = await browser.open(await serverWith({ keys: keys as never }), "/classify?labels=bus", {
      permissions: ["camera"],
    });
    await page.getByLabel("API key").fill("open-sesame");
    await page.getByRole("button", { name: "Use this key" }).click();
    await page.getByRole("button", { name: "Camera" }).click();
    await page.getByRole("button", { name: "Take the picture" }).click();
    await page.locator(".prediction-table").waitFor();
    await page.getByText("camera.png", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Close the camera" }).click();
  });

  it("takes chosen, dropped and pasted pictures, shows a broken one as such, and restores all from the address", async () => {
    const folder = await temporaryFolder();
    const broken = join(folder, "broken.jpg");
    const large = join(folder, "large.png");
    await writeFile(broken, (await sample("cup")).subarray(0, 300));
    const blank = { width: 8000, height: 5000, channels: 3, background: "#d33" } as const;
    await sharp({ create: blank }).png().toFile(large);
    const { page } = await browser.open(await serverWith(), "/classify?set=%2Blabels&pictures=bus");
    await page.locator('input[type="file"]').setInputFiles([broken, large]);
    await page.locator(".strip li").nth(2).waitFor();
    await page.getByText("Cannot be read").waitFor();
    await page.getByRole("alert").getByText("IMAGE_CORRUPT").waitFor();
    for (const kind of ["drop", "paste"]) {
      const bytes = [...(await sample("cup"))];
      await page.evaluate(giveFile, { kind, bytes, name: `${kind}.png` });
      await page.locator(".strip").getByAltText(`${kind}.png`).waitFor();
    }
    await page.getByRole("heading", { name: "Classify" }).waitFor({ state: "attached" });
    await expect.poll(() => page.locator(".strip-label", { hasText: "…" }).count()).toBe(0);
    const labels = await page.locator(".strip-label").allInnerTexts();
    expect(labels[3]).toBe("cup");
    await page.reload();
    await expect.poll(() => page.locator(".strip-label").allInnerTexts()).toEqual(labels);
  });

  it("takes 500 labels, and labels with quotes and script in them", async () => {
    const { page, complaints } = await browser.open(await serverWith(), "/classify?pictures=snail");
    const nasty = `<img src=x onerror="window.harmed=1">"'`;
    const list = [nasty, ...Array.from({ length: 498 }, (_, at) => `thing ${at}`), "snail"].join("\n");
    await page.getByRole("textbox", { name: "Add to labels" }).waitFor();
    await page.evaluate(pasteText, list);
    await page.getByText("Show all 500 labels").waitFor();
    expect(await page.locator(".prediction-table tbody tr").first().innerText()).toContain("snail");
    await page.getByText("Show all 500 labels").click();
    await page.locator(".row-label", { hasText: nasty }).waitFor();
    await page.reload();
    await page.getByText("Show all 500 labels").waitFor();
    await page.getByText("The same in code").click();
    await page.getByText("labels.txt").first().waitFor();
    expect(await page.evaluate("window.harmed")).toBeUndefined();
    expect(complaints).toEqual([]);
  });

  it("goes back and forward, and goes on when the server was away", async () => {
    const { page } = await browser.open(await serverWith(), "/classify?pictures=bus&labels=cup%0Abus");
    await page.locator(".prediction-table").waitFor();
    await page.getByRole("button", { name: "Remove cup" }).click();
    await expect.poll(() => page.locator(".prediction-table tbody tr").count()).toBe(1);
    await page.goBack();
    await expect.poll(() => page.locator(".prediction-table tbody tr").count()).toBe(2);
    await page.goForward();
    await expect.poll(() => page.locator(".prediction-table tbody tr").count()).toBe(1);
    await page.context().setOffline(true);
    await page.getByRole("textbox", { name: "Add to labels" }).fill("tree");
    await page.keyboard.press("Enter");
    await page.getByText("The server does not answer.").waitFor();
    await page.context().setOffline(false);
    await expect.poll(() => page.locator(".prediction-table tbody tr").count()).toBe(2);
    expect(await page.getByText("The server does not answer.").count()).toBe(0);
  });

  it("is usable, wide and narrow, light and dark", async () => {
    const { page } = await browser.open(await serverWith(), "/classify");
    await page.getByText("What does a picture show?").waitFor();
    await expectUsable(page, "classify-empty");
    await page.getByRole("button", { name: "Try it with six samples" }).click();
    await page.locator(".prediction-table").waitFor();
    await page.getByText("Scores", { exact: true }).click();
    await page.getByText("The same in code").click();
    await expect.poll(() => page.locator(".strip-label", { hasText: "…" }).count()).toBe(0);
    await expectUsable(page, "classify");
  });
});

/** In the page: gives it a file as a drop or a paste does. */
function giveFile({ kind, bytes, name }: { kind: string; bytes: number[]; name: string }): void {
  const { DataTransfer, DragEvent, ClipboardEvent, File, dispatchEvent } = globalThis as never as Window;
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
  const event =
    kind === "drop"
      ? new DragEvent("drop", { dataTransfer: data, cancelable: true })
      : new ClipboardEvent("paste", { clipboardData: data, cancelable: true });
  dispatchEvent(event);
}

/** In the page: pastes text into the field for labels. */
function pasteText(text: string): void {
  const { DataTransfer, ClipboardEvent, document } = globalThis as never as Window;
  const data = new DataTransfer();
  data.setData("text", text);
  const field = document.querySelector(".chips input");
  field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}

/** As much of a browser's window as these need: the tests are compiled without its types. */
interface Window {
  DataTransfer: new () => { items: { add(file: unknown): void }; setData(type: string, text: string): void };
  DragEvent: new (type: string, init: object) => object;
  ClipboardEvent: new (type: string, init: object) => object;
  File: new (parts: readonly Uint8Array[], name: string, init: object) => object;
  dispatchEvent(event: object): void;
  document: { querySelector(selector: string): { dispatchEvent(event: object): void } };
}
