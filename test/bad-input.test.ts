import { execFileSync } from "node:child_process";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { nearlabel } from "./command-line.js";
import { temporaryFolder } from "./folders.js";
import { canMount } from "./mount.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const LABELS = "bus,cup,guitar,sunflower";
const sample = (name: string) => relative(process.cwd(), join(ROOT, "samples", `${name}.png`));

async function results(args: readonly string[]): Promise<unknown[]> {
  return JSON.parse((await nearlabel(["classify", ...args, "--json"])).stdout);
}

function picture(width: number, height: number) {
  return sharp({ create: { width, height, channels: 3, background: "teal" } });
}

async function truncatedJpeg(): Promise<Buffer> {
  const whole = await sharp(sample("bus")).jpeg().toBuffer();
  return whole.subarray(0, whole.length / 2);
}

describe("bad input", () => {
  it.each([
    [["classify", "a.jpg"], /^OPTION_INVALID: No labels\. Give them with --labels/],
    [["classify", "-l", LABELS], /^INPUT_EMPTY: No pictures given\./],
    [
      ["classify", "a.jpg", "-l", LABELS, "-i", "x"],
      /^OPTION_INVALID: Expected --labels or --index, got both/,
    ],
    [["classify", "a.jpg", "-l", ""], /^LABELS_EMPTY: /],
    [["classify", "a.jpg", "-l", "cat,dog,cat"], /^LABELS_DUPLICATE: .*"cat"/],
    [["classify", "a.jpg", "-l", "no-such.txt"], /^LABELS_INVALID: No label file no-such\.txt/],
    [["classify", "a.jpg", "-l", "./labels.lst"], /^LABELS_INVALID: No label file \.\/labels\.lst/],
    [["classify", "a.jpg", "-l", "labels.yaml"], /^LABELS_INVALID: No label file labels\.yaml/],
    [["classify", "a.jpg", "-l", "sets/animals"], /^LABELS_INVALID: No label file sets\/animals/],
    [["classify", "a.jpg", "-l", "cat", "-l", "dog,cat"], /^LABELS_DUPLICATE: .*"cat"/],
    [["classify", "a.jpg", "-l", LABELS, "--templates", "none.json#x"], /^TEMPLATE_INVALID: none\.json: /],
    [["classify", "a.jpg", "-l", LABELS, "-k", "0"], /error: option '-k, --top <n>' argument '0' is invalid/],
    [["classify", "a.jpg", "-l", LABELS, "--json", "--csv"], /cannot be used with/],
    [["classify", "a.jpg", "-l", LABELS, "-t", "no place"], /^TEMPLATE_INVALID: /],
    [["classify", "a.jpg", "-l", LABELS, "-m", "no-such-model"], /^MODEL_NOT_FOUND: /],
    [["classify", "a.jpg", "-l", LABELS, "--link"], /^OPTION_INVALID: --link goes with --sort-into/],
    [["classify", "a.jpg", "-i", "no-such-index"], /^INDEX_NOT_FOUND: /],
    [["classify", "--dataset", "no-such-data"], /^DATASET_NOT_FOUND: /],
    [["classfy"], /error: unknown command 'classfy'/],
    [["labels", "add", "no-such-index", "-l", "cat"], /^INDEX_NOT_FOUND: /],
  ])("%o is a usage error that says what is wrong", async (args, message) => {
    const { exitCode, stdout, stderr } = await nearlabel(args);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
  });

  it("gives each bad picture an error of its own and goes on", async () => {
    const folder = await temporaryFolder();
    const whole = await readFile(sample("bus"));
    await writeFile(join(folder, "0-bytes.jpg"), "");
    await writeFile(join(folder, "text.jpg"), "this is a text\n");
    await writeFile(join(folder, "truncated.jpg"), await truncatedJpeg());
    await writeFile(join(folder, "truncated.png"), whole.subarray(0, whole.length / 2));
    await cp(sample("bus"), join(folder, "whole.png"));
    const { exitCode, stdout } = await nearlabel(["classify", folder, "gone.png", "-l", LABELS, "--json"]);
    expect(exitCode).toBe(1);
    const codes = JSON.parse(stdout).map(({ error }: { error?: { code: string } }) => error?.code);
    expect(codes).toEqual([
      "IMAGE_EMPTY",
      "IMAGE_UNSUPPORTED",
      "IMAGE_CORRUPT",
      "IMAGE_CORRUPT",
      undefined,
      "IMAGE_NOT_FOUND",
    ]);
  });

  it("classifies a picture of one pixel, and refuses one of 100 megapixels without decoding it", async () => {
    const folder = await temporaryFolder();
    await picture(1, 1).png().toFile(join(folder, "1x1.png"));
    await picture(10_000, 10_000).png().toFile(join(folder, "bomb.png"));
    const [pixel, bomb] = await results([folder, "-l", LABELS]);
    expect(pixel).toMatchObject({ predictions: [{ rank: 1 }, {}, {}, {}] });
    expect(bomb).toMatchObject({
      error: { code: "IMAGE_TOO_LARGE", message: expect.stringContaining("bomb.png") },
    });
  });

  it("refuses a picture with more pixels than --max-pixels", async () => {
    const [result] = await results([sample("bus"), "-l", LABELS, "--max-pixels", "1000"]);
    expect(result).toMatchObject({ error: { code: "IMAGE_TOO_LARGE" } });
  });

  it("names a folder without pictures", async () => {
    const folder = await temporaryFolder();
    const { exitCode, stderr } = await nearlabel(["classify", folder, "-l", LABELS]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^INPUT_EMPTY: /);
    expect(stderr).toContain(folder);
  });

  it("tells that a picture could not be sorted, and keeps its predictions", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "a file"), "");
    const { exitCode, stdout, stderr } = await nearlabel([
      ...["classify", sample("bus"), "-l", LABELS, "--json"],
      ...["--sort-into", join(folder, "a file")],
    ]);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([
      { id: sample("bus"), predictions: [{ label: "bus" }, {}, {}, {}] },
    ]);
    expect(stderr).toMatch(/WRITE_FAILED: Could not put .*bus\.png into /);
  });

  it("takes one label, and 100,000", async () => {
    const folder = await temporaryFolder();
    // Class names repeat, and each is encoded once: encoding is not what is tried here.
    const rows = Array.from(
      { length: 100_000 },
      (_, at) => `label ${at},${at === 77_777 ? "bus" : `thing ${at % 50}`}`,
    );
    await writeFile(join(folder, "many.csv"), `label,class_name\n${rows.join("\n")}\n`);
    expect(await results([sample("bus"), "-l", join(folder, "many.csv"), "-k", "1"])).toMatchObject([
      { predictions: [{ label: "label 77777", rank: 1 }] },
    ]);
    expect(await results([sample("bus"), "-l", "bus"])).toMatchObject([
      { predictions: [{ label: "bus", score: 1 }] },
    ]);
  });

  it("names what a broken model folder lacks", async () => {
    const folder = await temporaryFolder();
    const attempt = async () =>
      (await nearlabel(["classify", sample("bus"), "-l", LABELS, "-m", folder])).stderr;
    expect(await attempt()).toMatch(/^MODEL_FILE_MISSING: /);
    await cp(join(ROOT, "models/mini"), folder, { recursive: true });
    const vision = join(folder, "onnx/vision_model.onnx");
    await writeFile(vision, (await readFile(vision)).subarray(0, 100_000));
    expect(await attempt()).toMatch(/^MODEL_FILE_INVALID: .*vision_model\.onnx/);
  });

  it("refuses an index of another model, naming both", async () => {
    const folder = await temporaryFolder();
    const other = join(folder, "other");
    await cp(join(ROOT, "models/mini"), other, { recursive: true });
    const config = JSON.parse(await readFile(join(other, "config.json"), "utf8"));
    await writeFile(join(other, "config.json"), JSON.stringify({ ...config, logit_scale: 29 }));
    const index = join(folder, "index");
    await nearlabel(["labels", "build", index, "-l", LABELS]);
    const { exitCode, stderr } = await nearlabel(["classify", sample("bus"), "-i", index, "-m", other]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^INDEX_MODEL_MISMATCH: /);
    expect(stderr).toContain("mini (sha256:");
    expect(stderr).toContain(`${other} (sha256:`);
  });

  it("names a table folder that cannot be written to", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "a file"), "");
    const { exitCode, stderr } = await nearlabel([
      "labels",
      "build",
      join(folder, "a file", "index"),
      "-l",
      LABELS,
    ]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^WRITE_FAILED: .*a file/);
  });

  it.skipIf(process.platform !== "linux")("ends where a system folder takes no others [Linux]", async () => {
    const build = await nearlabel(["labels", "build", "/proc/nearlabel", "-l", LABELS]);
    expect([build.exitCode, build.stderr]).toEqual([
      2,
      expect.stringMatching(/^WRITE_FAILED: \/proc\/nearlabel/),
    ]);
    const sort = await nearlabel(["classify", sample("bus"), "-l", LABELS, "--sort-into", "/proc/nearlabel"]);
    expect([sort.exitCode, sort.stderr]).toEqual([1, expect.stringContaining("WRITE_FAILED: ")]);
  });

  it("refuses to classify with an index that has no labels left", async () => {
    const index = join(await temporaryFolder(), "index");
    await nearlabel(["labels", "build", index, "-l", "bus"]);
    await nearlabel(["labels", "remove", index, "bus"]);
    const { exitCode, stderr } = await nearlabel(["classify", sample("bus"), "-i", index]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/^LABELS_EMPTY: /)]);
  });

  it.skipIf(!canMount())("keeps an index whole on a full disk [needs root and tmpfs]", async () => {
    const disk = await temporaryFolder();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=300k", "tmpfs", disk]);
    try {
      const index = join(disk, "index");
      await nearlabel(["labels", "build", index, "-l", "bus,cup"]);
      const many = Array.from({ length: 400 }, (_, at) => `thing ${at}`).join(",");
      const { exitCode, stderr } = await nearlabel(["labels", "add", index, "-l", many]);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/^WRITE_FAILED: /);
      expect((await nearlabel(["labels", "list", index])).stdout).toMatch(/\nbus +bus\ncup +cup\n$/);
    } finally {
      execFileSync("umount", [disk]);
    }
  });
});
