import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listeningAt, sample, serverWith } from "./harness.js";

const BUNDLE = fileURLToPath(new URL("../../dist/bundle/client.js", import.meta.url));
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const source = await readFile(BUNDLE, "utf8");

/** What a page does with the client: runs in the browser. */
const USE = `async ({ source, server, base64 }) => {
  const module = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { createClient } = await import(module);
  const client = createClient(server);
  const picture = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const pictures = [new File([picture], "bus.png"), picture.slice(0, 900)];
  const found = [];
  for await (const { id, error, predictions } of client.classifyEach(pictures, { labels: ["bus", "cup"] })) {
    found.push(id + ": " + (error?.code ?? predictions[0].label));
  }
  const error = await client.labelSets.get("missing").catch((thrown) => thrown);
  return [...found.sort(), error.name + ": " + error.code];
}`;

/** The same in a worker of the page. */
const USE_IN_WORKER = `(given) => new Promise((resolve, reject) => {
  const program = "onmessage = async ({ data }) => postMessage(await (" + given.use + ")(data))";
  const worker = new Worker(URL.createObjectURL(new Blob([program], { type: "text/javascript" })));
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
  worker.postMessage(given);
})`;

it("names nothing of Node.js and imports nothing", () => {
  expect(source).not.toMatch(/^import\b|\brequire\(|\bprocess\b|\bBuffer\b/m);
});

describe.skipIf(!existsSync(CHROMIUM))("in a browser [needs chromium]", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  });
  afterAll(() => browser.close());

  it.each([
    ["page", USE],
    ["worker", USE_IN_WORKER],
  ])("works in a %s", async (_where, program) => {
    const server = await listeningAt(await serverWith());
    // The server's own pages let no other script in.
    const context = await browser.newContext({ bypassCSP: true });
    const page = await context.newPage();
    await page.goto(`${server}/docs`);
    const given = { source, server, base64: (await sample("bus")).toString("base64"), use: USE };
    const found = await page.evaluate(`(${program})(${JSON.stringify(given)})`);
    expect(found).toEqual(["1: IMAGE_CORRUPT", "bus.png: bus", "ServerError: LABEL_SET_NOT_FOUND"]);
    await context.close();
  });
});
