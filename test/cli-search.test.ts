import { cp, mkdtemp, readFile, rm, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packagePath } from "../src/files/package-files.js";
import { nearlabel } from "./command-line.js";

let root: string;
let photos: string;
const before = process.env.NEARLABEL_DATA;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "nearlabel-"));
  process.env.NEARLABEL_DATA = join(root, "data");
  photos = join(root, "photos");
  await cp(packagePath("samples"), photos, { recursive: true });
});
afterAll(async () => {
  if (before === undefined) delete process.env.NEARLABEL_DATA;
  else process.env.NEARLABEL_DATA = before;
  await rm(root, { recursive: true });
});

test("the first command ever typed embeds the folder and answers; later ones see what changed", async () => {
  const first = await nearlabel(["search", "an orange", photos]);
  expect(first.exitCode).toBe(0);
  expect(first.stdout).toMatch(
    /^ +picture +relevance +similarity +size +label\n1 .*orange\.png +\d\.\d +0\.\d{3} +288 x 288\n$/,
  );
  expect(first.stderr).toContain("1 of 24 pictures; relevance ends there, --all goes on.");
  await unlink(join(photos, "clock.png"));
  const second = await nearlabel(["search", "a clock", photos, "--all", "--paths", "--limit", "50"]);
  expect(second.stdout.trim().split("\n")).toHaveLength(23);
  expect(second.stdout).not.toContain("clock.png");
});

test("what is not there gives nothing and says so", async () => {
  const { exitCode, stdout, stderr } = await nearlabel(["search", "harbour", photos]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "" });
  expect(stderr).toMatch(
    /^Nothing in 23 pictures clearly looks like "harbour": chance alone gives a relevance of up to \d\.\d\.\nNearest: .*\.png \(-?\d\.\d\), /,
  );
});

describe("results", () => {
  test("as JSON, lines, CSV and paths", async () => {
    const query = ["search", "bus", photos, "--all", "--limit", "2"];
    const json = JSON.parse((await nearlabel([...query, "--json"])).stdout);
    expect(json).toMatchObject({
      more: true,
      relevance: { absent: false },
      results: [{ rank: 1 }, { rank: 2 }],
    });
    expect(json.results[0].path).toBe(join(photos, "bus.png"));
    const lines = (await nearlabel([...query, "--jsonl"])).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toEqual(json.results);
    expect((await nearlabel([...query, "--csv"])).stdout).toMatch(
      /^rank,path,similarity,relevance,.*\n1,.*bus\.png,/,
    );
    expect((await nearlabel([...query, "-0"])).stdout.split("\0")).toHaveLength(3);
    const next = [...query, "--offset", "2", "--table-version", String(json.version), "--jsonl"];
    expect(JSON.parse((await nearlabel(next)).stdout.split("\n")[0]!)).toMatchObject({ rank: 3 });
  });

  test("as a contact sheet that loads and runs nothing", async () => {
    const sheet = join(root, "sheet.html");
    const run = await nearlabel([
      "search",
      '<b onclick="x">',
      photos,
      "--all",
      "--limit",
      "3",
      "--html",
      sheet,
    ]);
    expect(run.exitCode).toBe(0);
    const html = await readFile(sheet, "utf8");
    expect(html.match(/<img src="data:image\/jpeg;base64,/g)).toHaveLength(3);
    expect(html).not.toContain("<b onclick");
    expect(html).not.toContain("<script");
    expect(html).toContain("default-src 'none'");
  });
});

test("a picture, weights, minus and filters", async () => {
  const like = await nearlabel([
    "search",
    "--image",
    join(photos, "snail.png"),
    photos,
    "--paths",
    "--limit",
    "1",
  ]);
  expect(like.stdout).toMatch(/snail\.png\n$/);
  const mixed = await nearlabel([
    "search",
    "bus:2",
    "guitar",
    "--minus",
    "snow:0.5",
    photos,
    "--all",
    "--paths",
    "--limit",
    "1",
  ]);
  expect(mixed.stdout).toMatch(/bus\.png\n$/);
  const filtered = await nearlabel([
    "search",
    "bus",
    photos,
    "--all",
    "--paths",
    "--where",
    "path like '%cup%'",
  ]);
  expect(filtered.stdout).toMatch(/cup\.png\n$/);
});

test("check-recall tells how much is found", async () => {
  const { stdout } = await nearlabel(["images", "check-recall", photos, "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ rows: 23, index: "exact", recall: 1 });
});

describe("refuses", () => {
  test.each([
    ["nothing to look for", ["search"], "Nothing to look for"],
    ["nowhere to search", ["search", "bus"], "Where to search?"],
    ["a folder that is not there", ["search", "bus", "none/"], 'no folder "none/"'],
  ])("%s", async (_, args, message) => {
    const { exitCode, stderr } = await nearlabel(args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });

  test("a filter with an error, and says where", async () => {
    const { exitCode, stderr } = await nearlabel([
      "search",
      "bus",
      photos,
      "--where",
      "width > 1 and heigth > 2",
    ]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("(at character 15)");
  });
});
