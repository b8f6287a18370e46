import { cp, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { nearlabel } from "./command-line.js";
import { temporaryFolder } from "./folders.js";

const LABELS = ["bus", "cup", "guitar"];
const sample = (name: string) => fileURLToPath(new URL(`../samples/${name}.png`, import.meta.url));

/** An index of three labels, and class folders with `count` different sizes of the samples. */
async function prepared(count = 2) {
  const folder = await temporaryFolder();
  const index = join(folder, "index");
  const { exitCode } = await nearlabel(["labels", "build", index, "--labels", LABELS.join(",")]);
  expect(exitCode).toBe(0);
  const pictures = await pictureFolders(join(folder, "pictures"), count, 200);
  return { folder, index, pictures, add: (...args: string[]) => addExamples(index, pictures, ...args) };
}

/** A folder a label with `count` pictures, whose widths begin at `width`. */
async function pictureFolders(folder: string, count: number, width: number): Promise<string> {
  for (const label of LABELS) {
    await mkdir(join(folder, label), { recursive: true });
    for (let at = 0; at < count; at++) {
      const file = join(folder, label, `${at}.png`);
      await sharp(sample(label))
        .resize(width + 8 * at)
        .toFile(file);
    }
  }
  return folder;
}

function addExamples(index: string, pictures: string, ...args: string[]) {
  return nearlabel(["labels", "add-examples", index, "--dataset", pictures, ...args]);
}

async function classified(index: string, ...args: string[]): Promise<string> {
  const pictures = LABELS.map(sample);
  const { stdout, stderr } = await nearlabel(["classify", ...pictures, "--index", index, "--json", ...args]);
  return stdout || stderr;
}

const lastLine = (text: string) => text.trimEnd().split("\n").at(-1);

describe("nearlabel labels add-examples", () => {
  it("moves labels towards pictures, once, and back without them", async () => {
    const { index, pictures, add } = await prepared();
    const before = await classified(index);
    const first = await add();
    expect(first.exitCode).toBe(0);
    expect(first.stdout).toMatch(
      /^label +examples\nbus +2\ncup +2\nguitar +2\n6 added, 0 updated, 0 unchanged; 6 examples in /,
    );
    const after = await classified(index);
    const scores = (text: string) =>
      JSON.parse(text).map(
        ({ predictions }: { predictions: { label: string; similarity: number }[] }, at: number) =>
          predictions.find(({ label }) => label === LABELS[at])?.similarity,
      );
    for (const [at, similarity] of scores(after).entries())
      expect(similarity).toBeGreaterThan(scores(before)[at]);

    await rename(join(pictures, "bus", "0.png"), join(pictures, "bus", "another name.png"));
    const again = await add();
    expect(lastLine(again.stdout)).toMatch(/^0 added, 0 updated, 6 unchanged; 6 examples in /);
    expect(await classified(index)).toBe(after);

    expect((await nearlabel(["labels", "remove-examples", index])).exitCode).toBe(0);
    expect(await classified(index)).toBe(before);
  });

  it("says that what was fitted without the examples went", async () => {
    const { folder, index, add } = await prepared();
    const known = await pictureFolders(join(folder, "known"), 2, 150);
    const fit = () =>
      nearlabel(["labels", "threshold", index, "--known", known, "--keep", "0.9", "--no-cache"]);
    expect((await fit()).exitCode).toBe(0);
    expect((await add()).stderr).toContain("The threshold belonged to the labels before");
    expect((await add()).stderr).toBe("");
    await fit();
    const removed = await nearlabel(["labels", "remove-examples", index]);
    expect(removed.stderr).toContain("The threshold belonged to the labels before");
  });

  it("stays when labels change, shows in info, and comes and goes with the versions", async () => {
    const { folder, index, add } = await prepared();
    const before = await classified(index);
    await add();
    const after = await classified(index);
    const known = await pictureFolders(join(folder, "known"), 2, 150);
    const fit = ["labels", "threshold", index, "--known", known, "--keep", "0.9", "--no-cache"];
    expect((await nearlabel(fit)).exitCode).toBe(0);
    await nearlabel(["labels", "remove", index, "cup"]);
    expect(JSON.parse(await classified(index))[1].predictions).toHaveLength(2);
    const { stdout: info } = await nearlabel(["labels", "info", index]);
    expect(info).toMatch(/^examples +6 pictures, weight 0\.\d$/m);
    expect(info).toMatch(/^dtype +fp32$/m);
    expect(info).toMatch(/^versions +1 {2}\S+ {2}3 labels {2}built$/m);
    expect(info).toMatch(/^ +2 {2}\S+ {2}3 labels {2}examples: 0 to 6 pictures, weight 0\.\d$/m);
    expect(info).toMatch(/^ +3 {2}\S+ {2}3 labels {2}threshold similarity 0\.\d+$/m);
    expect(info).toMatch(/^ +4 {2}\S+ {2}3 labels {2}as version 2 again$/m);
    expect(info).toMatch(/^ +5 {2}\S+ {2}2 labels {2}1 label removed: "cup" {2}\(current\)$/m);

    const back = async (version: string) => (await nearlabel(["labels", "restore", index, version])).stdout;
    expect(await back("1")).toBe(`Back at version 1; 3 labels in ${index}.\n`);
    expect(await classified(index)).toBe(before);
    expect(await back("3")).toBe(`Back at version 3; 3 labels and 6 examples in ${index}.\n`);
    expect(await classified(index)).toBe(after);
    expect(JSON.parse((await nearlabel(["labels", "info", index, "--json"])).stdout)).toMatchObject({
      dtype: "fp32",
      examples: { count: 6 },
      rejection: { method: "similarity" },
      versions: expect.arrayContaining([expect.objectContaining({ changes: ["as version 1 again"] })]),
    });
  });

  it("gives a picture that moved to another folder its new label", async () => {
    const { pictures, add } = await prepared();
    await add();
    await rename(join(pictures, "bus", "0.png"), join(pictures, "cup", "bus.png"));
    const { stdout } = await add();
    expect(stdout).toMatch(/bus +1\ncup +3\n/);
    expect(lastLine(stdout)).toMatch(/^0 added, 1 updated, 5 unchanged; 6 examples in /);
  });

  it("draws some of each label, the same for a seed", async () => {
    const { index, add } = await prepared(4);
    expect(lastLine((await add("--shots", "1", "--seed", "7")).stdout)).toMatch(
      /^3 added, .* weight 0\.05\.$/,
    );
    expect(lastLine((await add("--shots", "1", "--seed", "7")).stdout)).toMatch(
      /^0 added, 0 updated, 3 unchanged/,
    );
    expect(lastLine((await add()).stdout)).toMatch(/^9 added, 0 updated, 3 unchanged; 12 examples in /);
    expect(JSON.parse(await classified(index))).toHaveLength(3);
  });

  it("lists labels that are not in the index, adding nothing, or leaves them out", async () => {
    const { index, pictures, add } = await prepared();
    const before = await classified(index);
    for (const label of ["piano", "tram"])
      await cp(join(pictures, "bus"), join(pictures, label), { recursive: true });
    const refused = await add();
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(
      'LABELS_INVALID: pictures: labels that are not in the index (2): "piano"; "tram"',
    );
    expect(await classified(index)).toBe(before);
    expect(lastLine((await add("--ignore-unknown")).stdout)).toMatch(/^6 added/);
  });

  it("counts a picture that comes again once, and leaves out one with two labels", async () => {
    const { pictures, add } = await prepared();
    await cp(join(pictures, "bus", "0.png"), join(pictures, "bus", "the same.png"));
    await cp(join(pictures, "cup", "1.png"), join(pictures, "guitar", "no guitar.png"));
    const { exitCode, stdout, stderr } = await add();
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/bus +2\ncup +1\nguitar +2\n5 added/);
    expect(stderr).toMatch(
      /^Left out: 1 picture there more than once; 2 pictures given with several labels: .*1\.png as "cup"; .*no guitar\.png as "guitar"\.$/m,
    );
  });

  it("is not measured on: an evaluation leaves the examples out, and says so", async () => {
    const { folder, index, pictures, add } = await prepared();
    await add();
    await pictureFolders(join(folder, "more"), 3, 150);
    await cp(join(pictures, "bus", "0.png"), join(folder, "more", "bus", "an example.png"));
    const args = ["evaluate", "--index", index, "--no-cache", "--dataset"];
    const { stdout } = await nearlabel([...args, join(folder, "more"), "--json", "-"]);
    expect(JSON.parse(stdout).dataset).toMatchObject({ pictures: 9, fittedOn: 1 });
    expect((await nearlabel([...args, join(folder, "more")])).stdout).toContain(
      "1 left out that an index was fitted on",
    );
    const own = await nearlabel([...args, pictures]);
    expect(own.exitCode).toBe(2);
    expect(own.stderr).toMatch(/^DATASET_INVALID: .*6 that are left out because a run was fitted on them$/m);
  });

  it("reports pictures that cannot be read, and adds the others", async () => {
    const { index, pictures, add } = await prepared();
    await writeFile(join(pictures, "cup", "broken.png"), "not a picture");
    const { exitCode, stdout, stderr } = await add();
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^IMAGE_\w+: .*broken\.png/);
    expect(lastLine(stdout)).toMatch(/^6 added/);
    expect(JSON.parse(await classified(index))).toHaveLength(3);
  });

  it("warns of labels without examples", async () => {
    const { index, pictures } = await prepared();
    const { stderr } = await addExamples(index, pictures, "--shots", "1");
    expect(stderr).toBe("");
    await nearlabel(["labels", "add", index, "--labels", "sunflower"]);
    expect((await addExamples(index, pictures, "--shots", "1")).stderr).toMatch(/\(1\): "sunflower"/);
  });

  it("refuses a search in the table, which knows nothing of the examples", async () => {
    const { index, add } = await prepared();
    expect(JSON.parse(await classified(index, "--search", "table"))).toHaveLength(3);
    await add();
    expect(await classified(index, "--search", "table")).toMatch(/OPTION_INVALID: .*remove-examples/);
  });

  it("is gone once the index is built anew, and back with the version before", async () => {
    const { index, add } = await prepared();
    await add();
    const after = await classified(index);
    const tiny = fileURLToPath(new URL("golden/families/clip", import.meta.url));
    await nearlabel(["labels", "build", index, "--labels", LABELS.join(","), "--model", tiny, "--overwrite"]);
    expect(JSON.parse(await classified(index))).toHaveLength(3);
    expect((await nearlabel(["labels", "info", index])).stdout).not.toContain("\nexamples ");
    await nearlabel(["labels", "restore", index, "2"]);
    expect(await classified(index)).toBe(after);
  });
});
