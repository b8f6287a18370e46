import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tableLines } from "../src/cli/terminal/table.js";
import { writeNote } from "../src/cli/terminal/terminal.js";
import { printable, printableJson } from "../src/files/printable.js";
import { importLabelIndex } from "../src/labels/index/build.js";
import { matrixOf } from "../src/math/matrix.js";
import { nearlabel } from "./command-line.js";
import { temporaryFolder } from "./folders.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SAMPLES = join(ROOT, "samples");
/** Clears the screen, sets the title, begins a sequence in one character (C1), turns the direction of writing. */
const HOSTILE = "a\u001b[2J\u001b]0;b\u0007\u009b31mc\u202ed\u2066e\u061cf";
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const ACTS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;
describe("text from outside", () => {
  const text = fc
    .array(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...HOSTILE)))
    .map((parts) => parts.join(""));

  it("is one line in which nothing acts, however often it is made printable", () => {
    fc.assert(
      fc.property(text, (given) => {
        const shown = printable(given);
        expect(shown).not.toMatch(ACTS);
        expect(shown).not.toContain("\n");
        expect(printable(shown)).toBe(shown);
      }),
    );
  });

  it("leaves letters of every script, and emoji of several characters", () => {
    const names = ["café", "猫", "قطة", "עברית", "👩‍🚀", "ﬀ", "naïve – “x”"];
    expect(names.map(printable)).toEqual(names);
  });

  it("is the same value in JSON, in which nothing acts either", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 2 }), (given, indent) => {
        const json = printableJson({ [given]: [given] }, indent);
        expect(json).not.toMatch(ACTS);
        expect(JSON.parse(json)).toEqual({ [given]: [given] });
      }),
    );
  });
});

it("breaks notes at 100 columns where a terminal says that it has none", () => {
  let shown = "";
  const write = (text: string) => (shown += text);
  writeNote(
    { isTTY: true, columns: 0, write } as object as NodeJS.WriteStream,
    Array(30).fill("word").join(" "),
  );
  expect(shown.trim().split("\n")).toHaveLength(2);
});

describe("tables", () => {
  it("have columns as wide as what is shown", () => {
    expect(
      tableLines(
        [{ header: "x" }, { header: "y" }],
        [
          ["猫", "1"],
          ["\u009b", "2"],
        ],
      ),
    ).toEqual(["x       y", "猫      1", "\\u009b  2"]);
  });

  it("leave dispensable columns out where there is no room, and cut none", () => {
    const columns = [
      { header: "name" },
      { header: "more", dispensable: 1 },
      { header: "most", dispensable: 2 },
    ];
    const table = (room?: number) => tableLines(columns, [["a name", "12345", "123"]], room);
    expect(table()).toEqual(["name    more   most", "a name  12345  123"]);
    expect(table(19)).toEqual(table());
    expect(table(18)).toEqual(["name    more", "a name  12345"]);
    expect(table(3)).toEqual(["name", "a name"]);
  });

  it("may have more rows than a call takes arguments", () => {
    const rows = Array.from({ length: 200_000 }, (_, at) => [String(at)]);
    expect(tableLines([{ header: "" }], rows)).toHaveLength(200_000);
  });
});

describe("names from outside in what commands print", () => {
  it("act in no table of a label index", async () => {
    const folder = join(await temporaryFolder(), "index");
    const model = {
      model: `model ${HOSTILE}`,
      fingerprint: `sha256:${HOSTILE}`,
      logitScale: 1,
      logitBias: 0,
      scoreFunction: "softmax",
    } as const;
    const labels = ["plain", "other"];
    const embeddings = matrixOf([
      [1, 0],
      [0, 1],
    ]);
    await (
      await importLabelIndex(folder, { labels, embeddings, model, templates: [`{} ${HOSTILE}`] })
    ).close();
    for (const args of [["info"], ["list"], ["info", "--json"], ["list", "--json"]]) {
      const [command = "", ...rest] = args;
      const { exitCode, stdout, stderr } = await nearlabel(["labels", command, folder, ...rest]);
      expect([exitCode, stderr]).toEqual([0, ""]);
      expect(stdout).not.toMatch(ACTS);
      if (command === "info") expect(stdout).toContain("\\u009b31m");
    }
    const other = await nearlabel(["classify", join(SAMPLES, "bus.png"), "--index", folder]);
    expect([other.exitCode, other.stderr]).toEqual([2, expect.not.stringMatching(ACTS)]);
    const removed = await nearlabel(["labels", "remove", folder, HOSTILE]);
    expect(removed.stdout).not.toMatch(ACTS);
    const gone = await nearlabel(["labels", "remove", folder, HOSTILE]);
    expect([gone.exitCode, gone.stderr]).toEqual([2, expect.not.stringMatching(ACTS)]);
  });

  it("act in no survey, evaluation or explanation of a data set", async () => {
    const folder = join(await temporaryFolder(), `data ${HOSTILE}`);
    for (const split of ["test", HOSTILE]) {
      await mkdir(folder, { recursive: true });
      const shard = join(folder, `${split}-00000-of-00001.parquet`);
      await cp(join(ROOT, "test/golden/datasets/strings.parquet"), shard);
    }
    const classes = join(await temporaryFolder(), `classes ${HOSTILE}`);
    for (const name of ["bus", HOSTILE]) {
      await mkdir(join(classes, name), { recursive: true });
      await cp(join(SAMPLES, "bus.png"), join(classes, name, `${HOSTILE}.png`));
    }
    await writeFile(join(classes, "bus", `broken ${HOSTILE}.png`), HOSTILE);
    for (const args of [
      ["datasets", "info", folder],
      ["datasets", "info", folder, "--split", `no ${HOSTILE}`],
      ["datasets", "info", classes],
      ["datasets", "info", classes, "--json"],
      ["evaluate", "--dataset", classes, "--no-cache", "-t", `{} ${HOSTILE}`],
      ["explain", "--dataset", classes, "--row", "0", "--original"],
      ["classify", classes, "-l", `bus,${HOSTILE}`, "--sort-into", join(classes, "..", HOSTILE)],
      ["embed", classes, "--out", join(classes, "..", `embeddings ${HOSTILE}`)],
    ]) {
      const { stdout, stderr } = await nearlabel(args);
      expect(stdout).not.toMatch(ACTS);
      expect(stderr).not.toMatch(ACTS);
      expect(`${stdout}${stderr}`).toContain("\\u009b31m");
    }
  });

  it("are no HTML and no Markdown in a report", async () => {
    const folder = await temporaryFolder();
    const label = "&lt;<b>~~`x`~~";
    for (const name of [label, "cup"]) {
      await mkdir(join(folder, name));
      await cp(join(SAMPLES, "cup.png"), join(folder, name, "1.png"));
    }
    const template = "a ` <b>{}</b> `` photo";
    const { stdout } = await nearlabel([
      "evaluate",
      "-d",
      folder,
      "--no-cache",
      "-t",
      template,
      "--markdown",
      "-",
    ]);
    expect(stdout).toContain("\\&lt;\\<b\\>\\~\\~\\`x\\`\\~\\~");
    expect(stdout).toContain(`\`\`\`${template}\`\`\``);
  });
});
