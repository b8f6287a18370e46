import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createExplainer } from "../../src/server/explain/explainer.js";
import { openLabelSets } from "../../src/server/label-sets/label-set-folder.js";
import { drawnDataset, evaluationsIn } from "../server/datasets.js";
import { serverWith } from "../server/harness.js";
import { expectUsable, hasPage, type OpenPage, useBrowser } from "./harness.js";
import { servedPhotos } from "./photos.js";

const BUILT = fileURLToPath(new URL("../../dist/web/", import.meta.url));
const VIEWS = ["classify", "recipe", "search", "collection", "evaluate", "label-sets", "jobs"];
/** Bytes of scripts and styles under gzip, from an empty cache until a view stands. */
const FIRST_LOAD = 230_000;

describe.skipIf(!hasPage)("the page as a whole", async () => {
  const browser = useBrowser();
  const folder = await drawnDataset();
  const labelSets = await openLabelSets(join(folder, "label-sets"));
  await labelSets.put("pets", {
    labels: [{ label: "cat", className: "cat" }],
    templates: ["a photo of a {}"],
  });
  const { parts } = await servedPhotos();
  const explainer = createExplainer("mini");
  afterAll(() => explainer.close());
  const app = await serverWith({
    ...parts,
    explainers: new Map([["mini", explainer]]),
    labelSets,
    evaluations: await evaluationsIn(folder),
  });

  describe.each(VIEWS)("in %s", (view) => {
    let opened: OpenPage;
    beforeAll(async () => {
      opened = await browser.open(app, `/${view}`);
      await opened.page.waitForLoadState("networkidle");
    });
    afterAll(() => opened.page.context().close());

    it("loads little before it stands, and no charts", () => {
      const asset = /\/assets\/([^/]+\.(?:js|css))$/;
      const names = new Set(opened.requests.flatMap((url) => asset.exec(url)?.slice(1) ?? []));
      const sizes = [...names].map((name) => gzipSync(readFileSync(`${BUILT}assets/${name}`)).length);
      expect(names.size).toBeGreaterThan(1);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(FIRST_LOAD);
      const withCharts = readdirSync(`${BUILT}assets`).filter(
        (name) =>
          name.endsWith(".js") &&
          readFileSync(`${BUILT}assets/${name}`, "utf8").includes("--plot-background"),
      );
      expect(withCharts.length).toBeGreaterThan(0);
      expect(withCharts.filter((name) => names.has(name))).toEqual([]);
    });

    it("has nothing in a person's way, wide and narrow, light and dark", async () => {
      const looks = [
        { width: 1280, dark: false },
        { width: 1280, dark: true },
        { width: 360, dark: false },
      ];
      await expectUsable(opened.page, view, looks);
      expect(opened.complaints).toEqual([]);
    });
  });

  it("runs no script of others, and asks nobody else", async () => {
    const asked: string[] = [];
    const elsewhere = createServer(({ url = "" }, response) => {
      asked.push(url);
      response.end();
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    const place = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    const { page } = await browser.open(app, "/classify");
    await page.evaluate(tryOthers, place);
    expect(await page.evaluate("window.harmed")).toBeUndefined();
    expect(asked).toEqual([]);
    elsewhere.close();
    elsewhere.closeAllConnections();
  });

  it("goes on by itself when its server was gone and is back", async () => {
    const first = await serverWith({ labelSets });
    const { page } = await browser.open(first, "/classify?pictures=bus&labels=cup");
    const rows = page.locator(".prediction-table tbody tr");
    await rows.first().waitFor();
    const { port } = first.addresses()[0] as AddressInfo;
    await first.close();
    await page.getByRole("textbox", { name: "Add to labels" }).fill("bus");
    await page.keyboard.press("Enter");
    await page.getByText("The server does not answer.").waitFor();
    const second = await serverWith({ labelSets });
    await second.listen({ host: "127.0.0.1", port });
    await expect.poll(() => rows.count()).toBe(2);
    expect(await rows.first().innerText()).toMatch(/^1\s*bus/);
    expect(await page.getByText("The server does not answer.").count()).toBe(0);
  });

  it("keeps two tabs apart, and shows in one what the other stored", async () => {
    const { page } = await browser.open(app, "/classify?pictures=bus&labels=cup");
    const other = await page.context().newPage();
    await other.goto(new URL("/classify?pictures=cup&labels=bus", page.url()).href);
    await other.locator(".prediction-table tbody tr").first().waitFor();
    await page.locator(".prediction-table tbody tr").first().waitFor();
    expect(await page.locator(".prediction-table tbody tr").innerText()).toMatch(/^1\s*cup/);
    expect(await other.locator(".prediction-table tbody tr").innerText()).toMatch(/^1\s*bus/);
    await page.goto(new URL("/evaluate", page.url()).href);
    await page.getByText("None yet.").waitFor();
    await other.goto(new URL("/evaluate", page.url()).href);
    await other.getByRole("button", { name: "Evaluate", exact: true }).click();
    await page.getByRole("link", { name: "drawn, 1 run" }).waitFor();
  });
});

/** In the page: what somebody would do who got a script or an address into it. */
async function tryOthers(place: string): Promise<void> {
  const { document } = globalThis as unknown as { document: Document };
  const script = document.createElement("script");
  script.textContent = "window.harmed = 1";
  document.body.append(script);
  const button = document.createElement("button");
  button.setAttribute("onclick", "window.harmed = 2");
  document.body.append(button);
  button.click();
  for (const [tag, attribute] of [
    ["script", "src"],
    ["img", "src"],
    ["iframe", "src"],
  ] as const) {
    const made = document.createElement(tag);
    made.setAttribute(attribute, `${place}/${tag}`);
    document.body.append(made);
  }
  await fetch(`${place}/fetch`, { mode: "no-cors" }).catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 300));
}

/** What the function above uses of a browser's document. */
interface Document {
  readonly body: { append(element: Made): void };
  createElement(tag: string): Made;
}

interface Made {
  textContent: string;
  setAttribute(name: string, value: string): void;
  click(): void;
}
