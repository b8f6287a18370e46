import { execFile } from "node:child_process";
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { afterAll, describe, expect, it } from "vitest";
import { createExplainer } from "../../src/server/explain/explainer.js";
import { openLabelSets } from "../../src/server/label-sets/label-set-folder.js";
import { drawnDataset, evaluationsIn } from "../server/datasets.js";
import { serverWith } from "../server/harness.js";
import { hasPage, useBrowser } from "./harness.js";
import { servedPhotos } from "./photos.js";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What a view shows is what its command prints and its program gives, when they are copied and run. */
describe.skipIf(!hasPage)("the same in code", async () => {
  const browser = useBrowser();
  const { folder, parts } = await servedPhotos();
  await cp(join(await drawnDataset(), "drawn"), join(folder, "drawn"), { recursive: true });
  await symlink(join(ROOT, "samples"), join(folder, "samples"));
  await mkdir(join(folder, "node_modules"));
  await symlink(ROOT, join(folder, "node_modules", "nearlabel"));
  const explainer = createExplainer("mini");
  afterAll(() => explainer.close());
  const labelSets = await openLabelSets(join(folder, "label-sets"));
  const labels = ["cat", "dog"].map((label) => ({ label, className: label }));
  await labelSets.put("pets", { labels, templates: ["a photo of a {}"] });
  const app = await serverWith({
    labelSets,
    ...parts,
    explainers: new Map([["mini", explainer]]),
    evaluations: await evaluationsIn(folder),
  });

  it("of Classify gives its scores", async () => {
    const labels = "labels=bus%0Apizza%0Aa%2C+b&templates=a+drawing+of+a+%7B%7D";
    const { page } = await browser.open(app, `/classify?pictures=bus&${labels}`);
    const { command, code } = await shown(page);
    const rows = page.locator(".prediction-table tbody tr");
    await rows.first().waitFor();
    const expected = await rows.locator("td:nth-of-type(2)").allInnerTexts();
    const [printed] = JSON.parse(await printedBy(`${command} --json`));
    expect(printed.predictions.map(similarityOf)).toEqual(expected);
    const [result] = await givenBy(code, "results");
    expect(result.predictions.map(similarityOf)).toEqual(expected);
  });

  it("of How it works gives its distances", async () => {
    const { page } = await browser.open(app, "/recipe?pictures=bus&labels=bus%0Apizza%0Asnail");
    const { command, code } = await shown(page);
    const rows = page.locator("#distances tbody tr");
    await rows.first().waitFor();
    const expected = await rows.locator("td:nth-child(2)").allInnerTexts();
    expect(expected.length).toBe(3);
    for (const similarity of expected) expect(await printedBy(command)).toContain(similarity);
    const { predictions } = await givenBy(code, "explanation");
    expect(predictions.map(similarityOf)).toEqual(expected);
  });

  it("of Search finds its pictures", async () => {
    const { page } = await browser.open(app, "/search?terms=%2Ba+bus%0A-pizza&where=width+%3E+10&beyond=1");
    await page.locator(".picture-cell").first().waitFor();
    const { command, code } = await shown(page);
    const names = await page.locator(".picture-cell").evaluateAll((cells) => cells.map((cell) => cell.title));
    const { results } = await printedLines(`${command} --json`);
    expect(results.slice(0, 5)).toEqual(names.slice(0, 5));
    const found = await givenBy(code, "results");
    expect(found.map(({ image }: { image: { path: string } }) => nameOf(image.path)).slice(0, 5)).toEqual(
      names.slice(0, 5),
    );
  });

  it("of Label a collection counts its labels", async () => {
    const { page } = await browser.open(app, "/collection?labels=lighthouse%0Apizza%0Abus");
    const buttons = page.getByRole("list", { name: "Pictures by label" }).getByRole("button");
    await buttons.nth(3).waitFor();
    const { command, code } = await shown(page);
    const texts = (await buttons.allInnerTexts()).slice(1).map((text) => text.split(/\s+/));
    const expected = Object.fromEntries(texts.map(([label, count]) => [label, Number(count)]));
    const printed = await printedBy(command);
    for (const [label, count] of Object.entries(withoutNone(expected)))
      expect(printed).toMatch(new RegExp(`${label}\\s+${count}\\b`));
    const other = code
      .replace("const { counts }", "const { counts: found }")
      .replace('save: "labels"', 'save: "others"');
    expect(withoutNone(await givenBy(other, "Object.fromEntries(found)"))).toEqual(withoutNone(expected));
  });

  it("of Evaluate gives its accuracy", async () => {
    const { page } = await browser.open(
      app,
      "/evaluate?runs=%5B%7B%22templates%22%3A%5B%22a+drawing+of+a+%7B%7D%22%5D%7D%5D",
    );
    await page.getByRole("button", { name: "Evaluate" }).click();
    await page.locator(".report").waitFor();
    const { command, code } = await shown(page);
    const { evaluation } = await givenBy(code, "{ evaluation }");
    const { value } = evaluation.runs[0].metrics["acc@1"];
    await page
      .getByText(`${(100 * value).toFixed(1)} %`)
      .first()
      .waitFor();
    expect(await printedBy(command)).toContain(`${(100 * value).toFixed(2)} %`);
  });

  it("of Label sets reads the set", async () => {
    const { page } = await browser.open(app, "/label-sets?name=pets");
    await page.getByRole("heading", { name: "pets" }).waitFor();
    const { command, code } = await shown(page);
    const { labels, templates } = JSON.parse(await printedBy(command));
    expect(await givenBy(code, "{ labels: set.labels, templates: set.templates }")).toEqual({
      labels,
      templates,
    });
    expect(labels).toMatchObject([{ label: "cat" }, { label: "dog" }]);
  });

  /** What `command` prints, typed in a shell in a folder with the things that it names. */
  async function printedBy(command: string): Promise<string> {
    const program = `nearlabel() { "${process.execPath}" "${join(ROOT, "dist/bundle/nearlabel.js")}" "$@"; }`;
    const { stdout } = await run("bash", ["-c", `${program}\n${command}`], { cwd: folder });
    return stdout;
  }

  async function printedLines(command: string) {
    const printed = JSON.parse(await printedBy(command));
    const results = (printed.results ?? printed).map(({ path }: { path: string }) => nameOf(path));
    return { results };
  }

  /** The value of an expression after a program was run. */
  async function givenBy(code: string, expression: string) {
    const file = join(folder, "program.mjs");
    const out = `\nimport { writeFileSync } from "node:fs";\nwriteFileSync("out.json", JSON.stringify(${expression}));\nprocess.exit();\n`;
    await writeFile(file, code.replaceAll("await using ", "const ") + out);
    await run(process.execPath, [file], { cwd: folder });
    return JSON.parse(await readFile(join(folder, "out.json"), "utf8"));
  }
});

async function shown(page: Page): Promise<{ command: string; code: string }> {
  const details = page.locator(".same-in-code").last();
  await details.locator("summary").click();
  const [command = "", code = ""] = await details.locator("pre").allInnerTexts();
  return { command, code };
}

function similarityOf({ similarity }: { similarity: number }): string {
  return similarity.toFixed(4);
}

function nameOf(path: string): string {
  return path.replace(/^.*[/\\]/, "");
}

function withoutNone(counts: Readonly<Record<string, number>>) {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}
