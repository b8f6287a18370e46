/**
 * What a person at the page waits for, in Chromium, against `nearlabel serve`: from a key to the frame that shows all pictures of a table
 * ranked anew, and how many frames a second scrolling through them has.
 *
 *   npm run build && node bench/page/run.mjs [--rows 100000] [--words 12] [--json file]
 *
 * Rows are random vectors of the built-in model's dimension; their files are the sample pictures, so that thumbnails are made as for any
 * table. Each letter is typed once the one before is painted; then other words as fast as people type, where only the last letter of a
 * word has to be shown in time. CHROMIUM names the browser.
 */
import { once } from "node:events";
import { linkSync, statSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { imageTable } from "../images/table.mjs";
import { argumentsOf, bar, machine, median, round, writeResult } from "../result.mjs";
import { percentile, startServer } from "../server/clients.mjs";
import { lastIsPainted, watchFrames, watchKeys } from "./watch.mjs";

const WORDS = [
  ...["guitar", "castle", "snowman", "bicycle", "elephant", "teapot"],
  ...["volcano", "submarine", "cactus", "violin", "penguin", "windmill"],
];
/** Others, as what was ranked before costs no product again. */
const FAST_WORDS = [
  ...["harbour", "lantern", "meadow", "pumpkin", "rocket", "saddle"],
  ...["trumpet", "unicorn", "walnut", "zebra", "anchor", "balloon"],
];
const LABELS = ["lighthouse", "pizza", "bus", "snail", "clock", "mushroom"];
/** Milliseconds between letters of somebody who types fast. */
const FAST = 120;
const KEY_TO_PAINT = 100;
const FRAMES = 55;
const FIRST_PAINT = 1000;

const { rows = "100000", words = "12", json } = argumentsOf(["rows", "words"]);
const folder = await mkdtemp(join(tmpdir(), "nearlabel-bench-"));
try {
  const place = join(folder, "bench.db");
  const files = await linkedPictures(join(folder, "pictures"), Number(rows));
  const fileOf = (number) => files[number];
  await (await imageTable(place, { rows: Number(rows), model: "mini", fileOf })).close();
  const server = await startServer(["--data", join(folder, "sets"), "--table", `bench=${place}`]);
  try {
    const result = resultOf(await measured(`http://127.0.0.1:${server.port}`));
    console.log(result.figures);
    await writeResult(result, json);
  } finally {
    server.process.kill("SIGTERM");
    await once(server.process, "exit");
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function measured(address) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.addInitScript(watchKeys);
    await page.goto(`${address}/collection?labels=${encodeURIComponent(LABELS.join("\n"))}`);
    await page.locator(".picture-grid").waitFor({ timeout: 60_000 });
    const slow = await typedWords(page, WORDS.slice(0, Number(words)), { waits: true });
    const fast = await typedWords(page, FAST_WORDS.slice(0, Number(words)), { waits: false });
    const frames = await page.evaluate(watchFrames, { selector: ".picture-frame", step: 60, seconds: 5 });
    const paints = [];
    for (let turn = 0; turn < 5; turn++) paints.push(await firstPaint(browser, `${address}/classify`));
    return { slow, fast, frames, paints };
  } finally {
    await browser.close();
  }
}

/** So many files, which are the sample pictures, each by many names. */
async function linkedPictures(at, count) {
  await mkdir(at);
  const samples = fileURLToPath(new URL("../../samples/", import.meta.url));
  const names = (await readdir(samples)).filter((name) => name.endsWith(".png"));
  const files = [];
  for (let number = 0; number < count; number++) {
    const path = join(at, `${number}.png`);
    const first = files[number % names.length];
    if (first) linkSync(first.path, path);
    else await copyFile(join(samples, names[number]), path);
    files.push(first ? { ...first, path } : { path, ...whatItIsLike(path) });
  }
  return files;
}

function whatItIsLike(path) {
  const { size, mtimeMs } = statSync(path);
  return { bytes: size, modified: new Date(Math.floor(mtimeMs)) };
}

/** Types words, clearing the field between; gives what was seen of the letters: of all of them, or of the last of each word. */
async function typedWords(page, words, { waits }) {
  const field = page.getByPlaceholder("Type a label, or paste a list");
  const seen = [];
  for (const word of words) {
    await field.fill("");
    await page.locator(".label-count.draft").waitFor({ state: "detached" });
    await page.waitForTimeout(300);
    await page.evaluate("keysSeen.length = 0; performance.clearResourceTimings()");
    if (waits)
      for (const letter of word) {
        await field.press(letter);
        await page.evaluate(lastIsPainted);
        await page.waitForTimeout(50);
      }
    else {
      await field.pressSequentially(word, { delay: FAST });
      await page.evaluate(lastIsPainted);
    }
    const keys = await page.evaluate("keysSeen");
    seen.push(...(waits ? keys : keys.slice(-1)));
  }
  return seen;
}

async function firstPaint(browser, address) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(address);
  await page.getByRole("heading", { level: 1 }).waitFor();
  const time = await page.evaluate(
    "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? performance.now()",
  );
  await context.close();
  return time;
}

function resultOf({ slow, fast, frames, paints }) {
  const times = slow.map(({ pressed, painted }) => painted - pressed);
  const last = fast.map(({ pressed, painted }) => painted - pressed);
  const rate = 1000 / (frames.reduce((sum, each) => sum + each, 0) / frames.length);
  const what = `${rows} rows ranked, from key to paint`;
  const within = (name, value, limit) => bar(name, `at most ${limit} ms`, value, "ms", value <= limit);
  return {
    name: "page",
    bars: [
      within(`${what}: median of ${times.length} keys`, median(times), KEY_TO_PAINT),
      within(`the last key of a word typed at ${FAST} ms a letter: median`, median(last), KEY_TO_PAINT),
      bar(`frames a second while scrolling`, `at least ${FRAMES}`, rate, "", rate >= FRAMES),
      within("first paint from localhost: the slowest of 5", Math.max(...paints), FIRST_PAINT),
    ],
    figures: {
      p95: round(percentile(times, 0.95)),
      p95OfLast: round(percentile(last, 0.95)),
      slowestFrame: round(Math.max(...frames)),
      framesOver20: frames.filter((each) => each > 20).length / frames.length,
      parts: partsOf(slow),
      partsOfLast: partsOf(fast),
      machine: machine(),
    },
  };
}

/** Where the time goes: medians in milliseconds. */
function partsOf(keys) {
  const middle = (from, to) => round(median(keys.map((key) => key[to] - key[from])));
  return {
    "key to request": middle("pressed", "asked"),
    "request to answer": middle("asked", "begun"),
    "answer to its end": middle("begun", "came"),
    "end to page": middle("came", "committed"),
    "page to paint": middle("committed", "painted"),
  };
}
