import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import type { ServerApp } from "../../src/server/app.js";
import { listeningAt } from "../server/harness.js";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--use-fake-device-for-media-stream",
];
const PAGE = fileURLToPath(new URL("../../dist/web/index.html", import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Whether the page can be opened here: `describe.skipIf(!hasPage)`. */
export const hasPage = existsSync(CHROMIUM) && existsSync(PAGE);
if (!hasPage) {
  console.warn(`No ${existsSync(PAGE) ? `browser at ${CHROMIUM}` : `page at ${PAGE}`}: it is not opened.`);
}

/** A page that is open. */
export interface OpenPage {
  readonly page: Page;
  /** What it complained of meanwhile: errors, breaches of its policy, requests to elsewhere. */
  readonly complaints: readonly string[];
  /** The addresses that it asked for meanwhile. */
  readonly requests: readonly string[];
}

export interface OpenOptions extends Pick<BrowserContextOptions, "hasTouch" | "permissions"> {
  /** Of the window, in pixels. Default: 1280. */
  readonly width?: number;
  readonly dark?: boolean;
}

/** Opens addresses of servers in one browser, which ends with the file's tests. */
export function useBrowser() {
  let browser: Browser;
  beforeAll(async () => {
    if (hasPage) browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  });
  afterAll(() => browser?.close());
  return {
    /** Opens `path` of a server, which listens from then on. A new window shares nothing with others. */
    async open(app: ServerApp, path: string, options: OpenOptions = {}): Promise<OpenPage> {
      const { width = 1280, dark = false, ...rest } = options;
      const address = await addressOf(app);
      const context = await browser.newContext({
        ...rest,
        viewport: { width, height: 900 },
        colorScheme: dark ? "dark" : "light",
        reducedMotion: "reduce",
      });
      context.setDefaultTimeout(120_000);
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(error.message));
      const requests: string[] = [];
      page.on("request", (request) => {
        requests.push(request.url());
        if (!request.url().startsWith(address) && !/^(?:blob|data):/.test(request.url()))
          complaints.push(request.url());
      });
      await page.goto(`${address}${path}`);
      return { page, complaints, requests };
    },
  };
}

async function addressOf(app: ServerApp): Promise<string> {
  const [listening] = app.addresses();
  return typeof listening === "object" ? `http://127.0.0.1:${listening.port}` : listeningAt(app);
}

/** What axe finds wrong with how the page can be used, as short lines. */
export async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: Axe };
    interface Axe {
      run(options: object): Promise<{ violations: Violation[] }>;
    }
    interface Violation {
      readonly id: string;
      readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
    }
    // All rules are looked at; where nothing is wrong is not written down, which takes longer than to look.
    const found = await axe.run({ resultTypes: ["violations"] });
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map(
        ({ html, failureSummary = "" }) => `${id}: ${html.slice(0, 200)} ${failureSummary.slice(0, 300)}`,
      ),
    );
  });
}

/** Writes a picture of the whole page to the folder `PAGE_PICTURES`, where that is set, to be looked at. */
export async function pictured(page: Page, name: string): Promise<void> {
  const folder = process.env.PAGE_PICTURES;
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await page.evaluate("scrollTo(0, 0)");
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** How a page may look: in a narrow window and in a wide one, light and dark. */
interface Look {
  readonly width: number;
  readonly dark: boolean;
}

const LOOKS: readonly Look[] = [390, 1280].flatMap((width) => [
  { width, dark: false },
  { width, dark: true },
]);

/** Expects of a page that stands that nothing is in a person's way in any of `looks`, and that it fits the window's width. */
export async function expectUsable(page: Page, name: string, looks = LOOKS): Promise<void> {
  for (const { width, dark } of looks) {
    const look = `${name}-${width}-${dark ? "dark" : "light"}`;
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
    expect(await violations(page), look).toEqual([]);
    expect(await fitsWidth(page), look).toBe(true);
    await pictured(page, look);
  }
}

/** Whether nothing sticks out at the side, where a person would have to scroll to. */
async function fitsWidth(page: Page): Promise<boolean> {
  return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth");
}
