import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { matrixOf, row } from "../src/math/matrix.js";
import { nearlabel } from "./command-line.js";
import { temporaryFolder } from "./folders.js";
import { addImages, newTable, randomUnits } from "./image-rows.js";

/** Twelve pictures of which the first two are one, with their files. */
async function tableOf() {
  const folder = await temporaryFolder();
  const place = join(folder, "photos.db");
  const photos = join(folder, "photos");
  await mkdir(photos);
  const vectors = randomUnits(12, 256, 1);
  const rows = Array.from({ length: 12 }, (_, at) => row(vectors, at === 1 ? 0 : at));
  const path = rows.map((_, at) => join(photos, `${String(at).padStart(2, "0")}.jpg`));
  for (const [at, file] of path.entries()) await writeFile(file, `picture ${at}`);
  const table = await newTable(place);
  await addImages(table, matrixOf(rows), {
    path,
    id: rows.map((_, at) => String(at).padStart(64, "0")),
    width: rows.map((_, at) => 100 + at),
    height: rows.map(() => 100),
    given_label: rows.map((_, at) => (at < 6 ? "cat" : "dog")),
  });
  await table.close();
  return { folder, place, photos, path };
}

describe("nearlabel classify --table", () => {
  it("prints what it finds, or writes it into the table, and counts it", async () => {
    const { place, path } = await tableOf();
    const args = ["classify", "--table", place, "--labels", "cat,dog"];
    const printed = await nearlabel([...args, "--jsonl", "--where", "width < 103"]);
    expect(printed.exitCode).toBe(0);
    const lines = printed.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ id }) => id).sort()).toEqual(path.slice(0, 3));
    expect(lines[0].predictions).toHaveLength(2);
    const saved = await nearlabel([...args, "--save", "pets"]);
    expect(saved.stderr).toMatch(/^12 pictures labelled with pets@1, \d/m);
    const counts = JSON.parse((await nearlabel(["images", "label-counts", place, "--json"])).stdout);
    expect(counts).toMatchObject({ pictures: 12, unknown: 0, unlabelled: 0, labelSets: { "pets@1": 12 } });
    const earlier = await nearlabel(["images", "label-counts", place, "--label-set", "pets@1", "--json"]);
    expect(JSON.parse(earlier.stdout).counts).toEqual(counts.counts);
    const again = await nearlabel(["classify", "--table", place, "--save", "pets", "--json"]);
    expect(JSON.parse(again.stdout)).toMatchObject({ labelled: 0, unchanged: 12 });
    const fitted = await nearlabel([...args, "--save", "both", "--multi-label", "--fit"]);
    expect(fitted.stderr).toContain("Least scores fitted on 12 pictures with known labels.");
  });

  it.each([
    [["x.jpg", "--labels", "cat"], "pictures cannot be given with it"],
    [[], "No labels."],
    [["--labels", "cat", "--fit"], "--fit goes with --multi-label"],
    [["--labels", "cat", "--save", "a", "--csv"], "--save writes labels into the table"],
  ])("refuses %j", async (args, message) => {
    const { place } = await tableOf();
    const { exitCode, stderr } = await nearlabel(["classify", "--table", place, ...args]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });

  it("says where options of tables stand alone", async () => {
    const { exitCode, stderr } = await nearlabel(["classify", "x.jpg", "--labels", "a,b", "--save", "c"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("--save goes with --table");
  });
});

describe("nearlabel images", () => {
  it("moves duplicates only with --apply, and back again", async () => {
    const { folder, place, photos, path } = await tableOf();
    const into = join(folder, "duplicates");
    const told = await nearlabel(["images", "duplicates", place, "--move-to", into]);
    expect(told.stdout).toMatch(new RegExp(`^keep {5}${path[1]}.*\nnear {5}${path[0]}`));
    expect(told.stderr).toContain("1 picture would be moved");
    expect(await readdir(photos)).toHaveLength(12);
    const moved = await nearlabel(["images", "duplicates", place, "--move-to", into, "--apply"]);
    expect(moved.stderr).toContain("1 picture moved");
    expect(await readdir(join(into, "near"))).toEqual(["00.jpg"]);
    expect(JSON.parse((await nearlabel(["images", "duplicates", place, "--json"])).stdout)).toEqual([]);
    const undo = /nearlabel unsort (.*)$/m.exec(moved.stderr)![1]!;
    expect((await nearlabel(["unsort", undo])).exitCode).toBe(0);
    expect(await readdir(photos)).toHaveLength(12);
  });

  it("remembers what are no duplicates", async () => {
    const { place, path } = await tableOf();
    const apart = await nearlabel(["images", "duplicates", place, path[0]!, path[1]!, "--apart"]);
    expect(apart.stdout).toContain("2 pictures are no duplicates");
    expect((await nearlabel(["images", "duplicates", place])).stderr).toContain("No duplicates.");
  });

  it("lists clusters, outliers and suspects", async () => {
    const { place } = await tableOf();
    const clusters = await nearlabel(["images", "clusters", place, "--words", "cat,dog,bus", "--count", "3"]);
    expect(clusters.stdout).toMatch(/^group +pictures +cohesion +most typical\n/);
    expect(clusters.stderr).toContain("12 pictures in 3 groups");
    const outliers = await nearlabel(["images", "outliers", place, "--limit", "3", "--json"]);
    expect(JSON.parse(outliers.stdout)).toHaveLength(3);
    const suspects = await nearlabel(["images", "suspects", place, "--json", "--least", "0.6"]);
    expect(JSON.parse(suspects.stdout)).toMatchObject({ pictures: 12, leftOut: 0 });
  });

  it("exports and imports", async () => {
    const { folder, place, path } = await tableOf();
    const out = join(folder, "out.jsonl");
    const { exitCode } = await nearlabel(["images", "export", place, "-f", "jsonl", "-o", out]);
    expect(exitCode).toBe(0);
    const copy = join(folder, "copy.db");
    expect((await nearlabel(["images", "import", copy, out, "-f", "jsonl"])).stderr).toContain(
      "12 pictures in",
    );
    expect((await nearlabel(["images", "list", copy, "--paths"])).stdout.trim().split("\n").sort()).toEqual(
      path,
    );
    const yolo = join(folder, "yolo");
    await nearlabel(["images", "export", place, "-f", "yolo", "-o", yolo, "--labels", "given"]);
    expect(await readdir(join(yolo, "train", "cat"))).toHaveLength(6);
    expect(await readFile(join(yolo, "train", "dog", "11.jpg"), "utf8")).toBe("picture 11");
  });
});
