import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type {
  ClassMetrics,
  Estimate,
  Evaluation,
  EvaluationRun,
  Metrics,
} from "../src/evaluate/evaluation.js";
import { thumbnailUri } from "../src/image/draw/thumbnail.js";
import { htmlReport, picturesShown } from "../src/report/html.js";

/** What a page must survive as text: an element, the end of the script that holds it, an attribute's end, a long name. */
const LABELS = [
  "<b>bold</b>",
  "</script><script>window.harmed = 1</script>",
  '"><img src=x onerror="window.harmed = 1">',
  "great grey owl".repeat(12),
  "tabby_cat",
];

/** Pictures by true label (row) and prediction (column), 20 of each label. */
const CONFUSION = [
  [
    [12, 8, 0, 0, 0],
    [4, 14, 2, 0, 0],
    [0, 0, 20, 0, 0],
    [0, 0, 0, 17, 3],
    [1, 0, 0, 9, 10],
  ],
  [
    [14, 6, 0, 0, 0],
    [4, 15, 1, 0, 0],
    [0, 0, 20, 0, 0],
    [0, 0, 0, 19, 1],
    [0, 0, 0, 6, 14],
  ],
];

function estimate(value: number): Estimate {
  return { value, low: Math.max(0, value - 0.05), high: value + 0.05, interval: "bootstrap" };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function classMetrics(confusion: readonly (readonly number[])[], label: number): ClassMetrics {
  const right = confusion[label]![label]!;
  const [pictures, predicted] = [sum(confusion[label]!), sum(confusion.map((row) => row[label]!))];
  const [precision, recall] = [right / predicted, right / pictures];
  return { pictures, predicted, precision, recall, f1: (2 * precision * recall) / (precision + recall) };
}

function run(name: string, counts: readonly (readonly number[])[], hierarchy: boolean): EvaluationRun {
  const confusion = counts.flatMap((row, label) =>
    row.flatMap((pictures, predicted) => (pictures > 0 ? [[label, predicted, pictures] as const] : [])),
  );
  const wrong = confusion.filter(([label, predicted]) => label !== predicted);
  const accuracy = sum(counts.map((row, label) => row[label]!)) / 100;
  const share = estimate(accuracy);
  return {
    name,
    model: { id: "mini", fingerprint: `sha256:${"0".repeat(64)}`, dimension: 256 },
    templates: ["a photo of a {}"],
    method: "cosine",
    labels: LABELS,
    logitScale: 100,
    metrics: {
      "acc@1": share,
      "acc@5": estimate(1),
      meanPerClassRecall: share,
      meanAveragePrecision: share,
      ece: estimate(0.1),
      brier: estimate(0.4),
      nll: estimate(1.2),
      aurc: estimate(0.2),
    },
    perClass: LABELS.map((_, label) => classMetrics(counts, label)),
    confusion,
    clusterOrder: [0, 1, 2, 4, 3],
    confusedPairs: wrong.map(([label, predicted, pictures]) => ({
      label: LABELS[label]!,
      predicted: LABELS[predicted]!,
      pictures,
      share: pictures / 20,
      examples: [label, String(label)],
    })),
    reliability: [
      { from: 0, to: 0.5, pictures: 0, confidence: 0, accuracy: 0 },
      { from: 0.5, to: 1, pictures: 100, confidence: 0.8, accuracy },
    ],
    riskCoverage: [
      { coverage: 0.5, risk: 0.1, threshold: 0.8 },
      { coverage: 1, risk: 1 - accuracy, threshold: 0.5 },
    ],
    worstMistakes: wrong.map(([label, predicted], rank) => ({
      id: rank,
      label: LABELS[label]!,
      predicted: LABELS[predicted]!,
      score: 0.9,
      labelScore: 0.05,
      labelRank: 2,
    })),
    labelMap: LABELS.map((_, label) => ({ x: Math.cos(label), y: Math.sin(label) })),
    ...(hierarchy
      ? { hierarchy: { parents: ["a", "b"], rolledUp: share, summedScores: share, topDown: share } }
      : {}),
  };
}

const NOTHING = { value: 0, low: -0.01, high: 0.01, interval: "bootstrap" } as const;
const DIFFERENCES: Metrics = {
  "acc@1": NOTHING,
  "acc@5": NOTHING,
  meanPerClassRecall: NOTHING,
  meanAveragePrecision: NOTHING,
  ece: NOTHING,
  brier: NOTHING,
  nll: NOTHING,
  aurc: NOTHING,
};

const EVALUATION: Evaluation = {
  format: 2,
  program: { version: "0.1.0", command: "nearlabel evaluate --dataset 'owls & <cats>'" },
  created: "2026-11-23T12:00:00.000Z",
  dataset: { name: "owls & <cats>", labels: LABELS, pictures: 100, unlabelled: 0, fittedOn: 0, others: 0 },
  seed: 0,
  failures: [{ id: "a/<i>.png", error: { code: "IMAGE_CORRUPT", message: "a/<i>.png is damaged" } }],
  runs: [run("one template", CONFUSION[0]!, true), run("<u>three</u> templates", CONFUSION[1]!, false)],
  comparisons: [
    {
      first: 0,
      second: 1,
      onlyFirst: 3,
      onlySecond: 12,
      both: 70,
      neither: 15,
      differences: {
        ...DIFFERENCES,
        "acc@1": { value: 0.09, low: 0.02, high: 0.16, interval: "bootstrap" },
        nll: { value: -0.25, low: -0.4, high: 0.1, interval: "bootstrap" },
      },
      pValue: 0.035,
      differing: [{ id: 70, label: LABELS[4]!, first: LABELS[3]!, second: LABELS[4]! }],
    },
  ],
};

const SINGLE: Evaluation = {
  ...EVALUATION,
  failures: [],
  comparisons: [],
  runs: [{ ...EVALUATION.runs[1]!, worstMistakes: [], confusedPairs: [] }],
};

async function thumbnails(): Promise<Map<string | number, string>> {
  const pixels = { data: new Uint8Array(32 * 32 * 3).fill(120), width: 32, height: 32, channels: 3 } as const;
  const uri = await thumbnailUri(pixels, { side: 96 });
  return new Map(picturesShown(EVALUATION).map((id) => [id, uri]));
}

describe("htmlReport", () => {
  it("puts every label into the page as data, never as markup", () => {
    const html = htmlReport(EVALUATION, new Map());
    expect(html).toContain("<title>Evaluation of owls &#38; &#60;cats&#62;</title>");
    expect(html.match(/<\/script/gi)).toHaveLength(2);
    for (const markup of ["<b>", "<u>", "<img", "<i>"])
      expect(html.split("<script>")[0]).not.toContain(markup);
    const data = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)?.[1];
    expect(JSON.parse(data!)).toEqual({ evaluation: EVALUATION, thumbnails: {} });
  });

  it("names nothing to load and forbids to load anything", () => {
    const html = htmlReport(EVALUATION, new Map());
    const head = html.slice(0, html.indexOf("<style>"));
    expect(head).toContain("default-src 'none'");
    expect(head).toMatch(/script-src 'sha256-[\w+/]+=*';/);
    expect(head.match(/(?:src|href)="[^"]*"/g)).toEqual(['href="data:,"']);
    expect(html.match(/@import|url\(\s*["']?(?!#)/g) ?? []).toEqual([]);
  });

  it("holds only the thumbnails of pictures that it shows, and tells 1 from '1'", () => {
    const given = new Map<string | number, string>([
      [1, "data:image/jpeg;base64,one"],
      ["1", "data:image/jpeg;base64,text"],
      ["other", "data:image/jpeg;base64,other"],
    ]);
    const html = htmlReport(EVALUATION, given);
    expect(html).toContain('{"1":"data:image/jpeg;base64,one","\\"1\\"":"data:image/jpeg;base64,text"}');
    expect(html).not.toContain("base64,other");
  });
});

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];
if (!existsSync(CHROMIUM)) console.warn(`No browser at ${CHROMIUM}: the report is not opened. Set CHROMIUM.`);

describe.skipIf(!existsSync(CHROMIUM))("the report in a browser", () => {
  let browser: Browser;
  let folder: string;
  const complaints: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "nearlabel-report-"));
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function opened(evaluation: Evaluation, width = 1280): Promise<Page> {
    const file = join(folder, "report.html");
    await writeFile(file, htmlReport(evaluation, await thumbnails()));
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    page.setDefaultTimeout(120_000);
    complaints.length = 0;
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      if (!/^(?:file|data):/.test(request.url())) complaints.push(request.url());
    });
    await page.goto(pathToFileURL(file).href);
    await page.locator("#summary svg").first().waitFor();
    return page;
  }

  it.each([1280, 390])("draws all parts at %i pixels without an error, a request or harm", async (width) => {
    const page = await opened(EVALUATION, width);
    for (const id of [
      "summary",
      "comparison",
      "classes",
      "reliability",
      "risk-coverage",
      "label-map",
      "hierarchy",
    ]) {
      expect(await page.locator(`#${id} svg[aria-label]`).count(), id).toBeGreaterThan(0);
    }
    expect(await page.locator("#confusion canvas").count()).toBe(1);
    expect(await page.locator("#mistakes img").count()).toBeGreaterThan(0);
    expect(await page.locator("#failures").innerText()).toContain("a/<i>.png is damaged");
    expect(await page.evaluate("window.harmed")).toBeUndefined();
    expect(await page.locator("b, u, i").count()).toBe(0);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("shows only what the filter asks for", async () => {
    const page = await opened(EVALUATION);
    await page.getByRole("searchbox").fill("TABBY cat");
    await page.getByText("1 of 5 labels").waitFor();
    await expectCount(page, "#pairs .card", 3);
    await expectCount(page, "#mistakes .card", 3);
    await page.getByRole("searchbox").fill("no such label");
    await expectCount(page, "#mistakes .card", 0);
    expect(await page.locator("#mistakes .empty").innerText()).toBe("No mistake matches the filter.");
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("filters to a pair from its card and by the keys of the matrix, and back", async () => {
    const page = await opened(EVALUATION);
    await page.getByRole("button", { name: `Show only ${LABELS[4]} taken for ${LABELS[3]}` }).click();
    await expectCount(page, "#pairs .card", 1);
    await page.getByRole("button", { name: /^Show all labels again/ }).click();
    await expectCount(page, "#pairs .card", 6);
    await page.locator("#confusion canvas").focus();
    for (const key of ["ArrowDown", "ArrowRight"]) await page.keyboard.press(key);
    expect(await page.locator("#confusion .tooltip").innerText()).toMatch(/\n8\spictures, 40\.0/);
    await page.keyboard.press("Enter");
    await expectCount(page, "#mistakes .card", 1);
    await page.close();
  });

  it("switches all figures to another run", async () => {
    const page = await opened(EVALUATION);
    const accuracy = page.locator("#summary .figure").first();
    expect(await accuracy.innerText()).toMatch(/^73\.0\s%$/);
    await page.getByRole("radio", { name: "<u>three</u> templates" }).focus();
    await page.keyboard.press("Space");
    await expectFigure(page, "82.0");
    await expectCount(page, "#pairs .card", 5);
    expect(await page.locator("#hierarchy").isVisible()).toBe(false);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("has every metric of every run in one table, and says which differences are more than chance", async () => {
    const page = await opened(EVALUATION);
    const cells = page.locator("#metrics tbody tr");
    expect(await cells.count()).toBe(Object.keys(DIFFERENCES).length);
    expect(await cells.first().innerText()).toMatch(
      /acc@1\s+73\.0\s%[\s\S]*82\.0\s%[\s\S]*▲ \+9\.0 \(\+2\.0 to \+16\.0\)/,
    );
    expect(await page.locator("#metrics .gain").count()).toBe(1);
    expect(await page.locator("#metrics .loss").count()).toBe(0);
    const footer = await page.locator("footer").innerText();
    expect(footer).toContain("nearlabel 0.1.0");
    expect(footer).toContain("nearlabel evaluate --dataset 'owls & <cats>'");
    await page.close();
  });

  it("keeps the run switch and the letters of charts within a narrow screen", async () => {
    const page = await opened(EVALUATION, 390);
    expect(await page.getByRole("radio").first().isVisible()).toBe(false);
    await page.locator(".run-list").selectOption({ label: "<u>three</u> templates" });
    await expectFigure(page, "82.0");
    await page.locator(".run-list").selectOption({ label: "one template" });
    await expectFigure(page, "73.0");
    const outside = await page.evaluate(`
      [...document.querySelectorAll(".chart svg text")].filter((text) => {
        const chart = text.closest(".chart").getBoundingClientRect();
        const box = text.getBoundingClientRect();
        return box.width > 0 && (box.left < chart.left - 1 || box.right > chart.right + 1);
      }).map((text) => text.textContent)`);
    expect(outside).toEqual([]);
    const names = page.locator("#summary svg").first().getByText("<u>three</u> templates");
    expect(await names.count()).toBe(1);
    await page.close();
  });

  it("leaves labels that nothing is told of out of the charts where there are thousands", async () => {
    const labels = [...LABELS, ...Array.from({ length: 5000 }, (_, at) => `thing ${at}`)];
    const nothing = { pictures: 0, predicted: 0, precision: 0, recall: 0, f1: 0 };
    const runs = EVALUATION.runs.map((each) => ({
      ...each,
      labels,
      perClass: labels.map((_, at) => each.perClass[at] ?? nothing),
      clusterOrder: [...labels.keys()],
      labelMap: labels.map((_, at) => ({ x: Math.cos(at), y: Math.sin(at) })),
    }));
    const page = await opened({ ...EVALUATION, runs });
    expect(await page.locator("#label-map svg circle").count()).toBe(LABELS.length);
    await page.getByText("All figures of the classes").click();
    await expectCount(page, "#classes tbody tr", LABELS.length);
    expect(await page.locator("header").innerText()).toMatch(/5,000\slabels that no picture has/);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("says so where there is one run and no mistake", async () => {
    const page = await opened(SINGLE);
    expect(await page.getByRole("radio").count()).toBe(0);
    for (const id of ["metrics", "comparison", "hierarchy", "failures"]) {
      expect(await page.locator(`#${id}`).isVisible(), id).toBe(false);
    }
    expect(await page.locator("#mistakes .empty").innerText()).toBe("There are no mistakes.");
    expect(await page.locator("#pairs .empty").innerText()).toBe("No pair is confused.");
    expect(complaints).toEqual([]);
    await page.close();
  });
});

/** Waits for acc@1. The page's policy forbids what the browser would evaluate to wait itself. */
async function expectFigure(page: Page, percent: string): Promise<void> {
  await expect.poll(() => page.locator("#summary .figure").first().innerText()).toContain(percent);
}

async function expectCount(page: Page, selector: string, count: number): Promise<void> {
  await expect.poll(() => page.locator(selector).count()).toBe(count);
}
