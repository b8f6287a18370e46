import { existsSync } from "node:fs";
import { copyFile, cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { openEmbeddings } from "../src/datasets/embeddings/stored-embeddings.js";
import { loadModel } from "../src/encoder/load.js";
import { decodeImage } from "../src/image/decode/decode.js";
import { imageFile } from "../src/image/image-file.js";
import { dot } from "../src/math/vector.js";
import { nearlabel } from "./command-line.js";
import { vectorsOf } from "./embeddings.js";
import { temporaryFolder } from "./folders.js";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const carded = path("golden/datasets/carded");
const samples = path("../samples");
const cifar = path("../../shared/data/cifar100");

/** Classes `drink` and `plant` from the samples, one picture of each kind, and a file that is no picture. */
async function classFolders(): Promise<string> {
  const root = await temporaryFolder();
  const names = (await readdir(samples)).filter((name) => name.endsWith(".png")).sort();
  for (const [label, at] of [
    ["drink", 0],
    ["plant", 1],
    ["plant", 2],
  ] as const) {
    await mkdir(join(root, label), { recursive: true });
    await cp(join(samples, names[at]!), join(root, label, names[at]!));
  }
  await writeFile(join(root, "plant/zz-broken.png"), "no picture");
  return root;
}

describe("nearlabel datasets info", () => {
  test("counts rows, labels, sizes and formats of a Parquet data set", async () => {
    const { exitCode, stdout } = await nearlabel(["datasets", "info", carded]);
    expect(stdout).toMatch(/name +carded\/test\n/);
    expect(stdout).toMatch(/format +Parquet\n/);
    expect(stdout).toMatch(/splits +test, train\n/);
    expect(stdout).toMatch(/pictures +10\n/);
    expect(stdout).toMatch(/sizes +2 x 2\n/);
    expect(stdout).toMatch(/formats +PNG\n/);
    expect(stdout).toMatch(/polar bear +\d+ +█/);
    expect(exitCode).toBe(0);
  });

  test("unreadable pictures are counted and told, and the others are counted", async () => {
    const root = await classFolders();
    const { exitCode, stdout, stderr } = await nearlabel(["datasets", "info", root, "--json"]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/IMAGE_UNSUPPORTED.*zz-broken\.png/);
    expect(JSON.parse(stdout)).toMatchObject({
      rows: 4,
      unreadable: 1,
      unlabelled: 0,
      labels: [
        { label: "drink", pictures: 1 },
        { label: "plant", pictures: 3 },
      ],
      formats: [{ format: "PNG", pictures: 3 }],
      failures: [{ error: { code: "IMAGE_UNSUPPORTED" } }],
    });
  });

  test("--limit looks at the first pictures only", async () => {
    const { stdout } = await nearlabel(["datasets", "info", carded, "--limit", "3", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ size: 10, rows: 3 });
  });

  test.each([
    ["png", "\x89PNG"],
    ["jpg", "\xff\xd8\xff"],
    ["webp", "RIFF"],
  ])("draws a contact sheet as .%s, the same for the same seed", async (ending, magic) => {
    const root = await classFolders();
    const folder = await temporaryFolder();
    const draw = async (name: string) => {
      const file = join(folder, `${name}.${ending}`);
      const { stderr } = await nearlabel([
        "datasets",
        "info",
        root,
        "--contact-sheet",
        file,
        "--per-class",
        "2",
      ]);
      expect(stderr).toContain(`${file}: 3 pictures of 2 classes`);
      return readFile(file);
    };
    const sheet = await draw("sheet");
    expect(sheet.toString("latin1", 0, magic.length)).toBe(magic);
    expect(await draw("again")).toEqual(sheet);
    const { width, height, data } = await decodeImage(sheet);
    // Two blocks of two pictures with 64 pixels and a caption each, in one column.
    expect([width, height]).toEqual([154, 212]);
    // The picture that plant has and drink has not: white where drink's second would be.
    const pixel = (x: number, y: number) => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
    expect(pixel(12 + 66 + 32, 12 + 22 + 60)).toEqual([255, 255, 255]);
    expect(pixel(12 + 66 + 32, 12 + 102 + 22 + 60)).not.toEqual([255, 255, 255]);
  });

  test("a sheet of another format is refused before anything is read", async () => {
    const { exitCode, stderr } = await nearlabel([
      "datasets",
      "info",
      "nowhere",
      "--contact-sheet",
      "sheet.pdf",
    ]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      'OPTION_INVALID: Expected --contact-sheet to name a .png, .jpg or .webp file, got "sheet.pdf"',
    );
  });

  test.skipIf(!existsSync(cifar))("lists ten labels from each end [needs ../shared]", async () => {
    const { stdout } = await nearlabel(["datasets", "info", cifar, "--limit", "200"]);
    expect(stdout).toMatch(/pictures +200 of 10,000 looked at\n/);
    expect(stdout).toContain("... 80 more; --all shows them ...");
  });
});

describe("nearlabel embed", () => {
  test("writes what the model computes, leaves failures out and tells them", async () => {
    const root = await classFolders();
    const out = join(await temporaryFolder(), "new/out");
    const args = ["embed", "--dataset", root, "--out", out, "--rows-per-file", "2", "--numbers", "float16"];
    const { exitCode, stderr } = await nearlabel(args);
    expect(stderr).toMatch(/IMAGE_UNSUPPORTED.*zz-broken\.png/);
    expect(stderr).toContain(`3 embeddings in ${out}, 1 failed`);
    expect(exitCode).toBe(1);
    expect((await readdir(join(out, "img_emb"))).sort()).toEqual(["img_emb_0.npy", "img_emb_1.npy"]);
    await using model = await loadModel("mini");
    const stored = await openEmbeddings(out);
    expect(stored).toMatchObject({ dimension: model.dimension, size: 3 });
    for await (const { id, label, embedding } of stored.rows()) {
      expect(String(id)).toContain(`/${label}/`);
      const [computed] = vectorsOf(await model.embedImages([imageFile(String(id))]));
      expect(dot(embedding!, computed!)).toBeGreaterThan(0.9999);
    }
    const again = await nearlabel(args);
    expect(again.exitCode).toBe(2);
    expect(again.stderr).toContain("holds embeddings already");
  });

  test("when interrupted, what is written is whole", async () => {
    const out = join(await temporaryFolder(), "out");
    const interrupt = new AbortController();
    interrupt.abort();
    const { exitCode } = await nearlabel(["embed", samples, "--out", out], { signal: interrupt.signal });
    expect(exitCode).toBe(130);
    expect(existsSync(join(out, "img_emb/img_emb_0.npy"))).toBe(false);
  });
});

describe("nearlabel classify and evaluate on data sets", () => {
  const options = ["--labels", "cup,bus", "--top", "1"];
  const pictures = ["cup.png", "bus.png"] as const;

  /** Two pictures in a folder, by these names in it. */
  async function twoPictures(...names: readonly string[]): Promise<string> {
    const root = await temporaryFolder();
    for (const [at, name] of names.entries()) {
      await mkdir(join(root, name, ".."), { recursive: true });
      await cp(join(samples, pictures[at]!), join(root, name));
    }
    return root;
  }

  test("pictures of other labels are left out of the accuracy and counted", async () => {
    const root = await twoPictures("cup/1.png", "Bus/1.png");
    const { stdout, stderr, exitCode } = await nearlabel(["classify", "--dataset", root, ...options]);
    expect(stdout).toMatch(/acc@1 .* \([01] of 1\)/);
    expect(stderr).toMatch(/1 picture has a label that is not in the label set.*"Bus"/);
    expect(exitCode).toBe(0);
  });

  test("labels that differ in nothing but Unicode's ways to write them are the same", async () => {
    const root = await twoPictures("cafe\u0301/1.png", "bus/1.png");
    const labels = ["--labels", "cafe\u0301,bus", "--top", "1"];
    const { stdout, stderr } = await nearlabel(["classify", "--dataset", root, ...labels]);
    expect(stdout).toMatch(/of 2\)/);
    expect(stderr).not.toContain("not in the label set");
  });

  test("labels come from the rows where a list has no class names", async () => {
    const root = await twoPictures("1.png", "2.png");
    await writeFile(join(root, "metadata.csv"), "file_name,label\n1.png,cup\n2.png,bus\n");
    const evaluated = await nearlabel(["evaluate", "--dataset", root, "--no-cache", "--json", "-"]);
    expect(JSON.parse(evaluated.stdout).dataset.labels).toEqual(["bus", "cup"]);
    const classified = await nearlabel(["classify", "--dataset", root, "--jsonl"]);
    const [first] = classified.stdout.trim().split("\n");
    const labels = JSON.parse(first!).predictions.map(({ label }: { label: string }) => label);
    expect(labels.sort()).toEqual(["bus", "cup"]);
    await writeFile(join(root, "metadata.csv"), "file_name,label\n1.png,0\n2.png,1\n");
    const { stderr } = await nearlabel(["evaluate", "--dataset", root, "--no-cache"]);
    expect(stderr).toMatch(/DATASET_INVALID.*integers.*classnames\.txt/);
  });

  test("lists of names in UTF-16 and with a byte order mark name these files and no others", async () => {
    const root = await twoPictures("1.png", "2.png");
    const names = [join(root, "1.png"), join(root, "2.png")];
    const text = `\uFEFF${names.join("\r\n")}\r\n`;
    for (const stdin of [
      Buffer.from(text),
      Buffer.from(text, "utf16le"),
      Buffer.from(text, "utf16le").swap16(),
    ]) {
      const { stdout } = await nearlabel(["classify", "--files-from", "-", ...options, "--jsonl"], { stdin });
      expect(
        stdout
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line).id),
      ).toEqual(names);
    }
    const unmarked = Buffer.from(text.slice(1), "utf16le");
    const { stderr, exitCode } = await nearlabel(["classify", "--files-from", "-", ...options], {
      stdin: unmarked,
    });
    expect(stderr).toMatch(/OPTION_INVALID.*UTF-16 without a byte order mark/);
    expect(exitCode).toBe(2);
  });

  test.runIf(process.platform === "linux")("a list may hold names that are not UTF-8", async () => {
    const root = await twoPictures("1.png");
    const odd = Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([0xe9]), Buffer.from(".png")]);
    await copyFile(join(root, "1.png"), odd);
    for (const end of ["\0", "\n"]) {
      const stdin = Buffer.concat([odd, Buffer.from(end)]);
      const { stdout } = await nearlabel(["classify", "--files-from", "-", ...options, "--jsonl"], { stdin });
      expect(JSON.parse(stdout)).toMatchObject({ id: `${root}/caf\\xE9.png`, predictions: [{ rank: 1 }] });
    }
  });

  test("stored embeddings take the place of pictures", async () => {
    const root = await twoPictures("cup/1.png", "bus/1.png");
    const out = join(await temporaryFolder(), "embeddings");
    await nearlabel(["embed", "--dataset", root, "--out", out]);
    const run = (dataset: string) => nearlabel(["classify", "--dataset", dataset, ...options, "--jsonl"]);
    const known = await run(out);
    expect(known.exitCode).toBe(0);
    const best = (text: string) =>
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
        .map(({ id, predictions }) => [id, predictions[0].label]);
    expect(best(known.stdout)).toEqual(best((await run(root)).stdout));
    const evaluated = await nearlabel(["evaluate", "--dataset", out, "--no-cache", "--json", "-"]);
    expect(JSON.parse(evaluated.stdout).dataset).toMatchObject({ pictures: 2, labels: ["bus", "cup"] });
    const sorted = await nearlabel([
      "classify",
      "--dataset",
      out,
      ...options,
      "--sort-into",
      join(root, "sorted"),
    ]);
    expect(sorted.stderr).toMatch(/is an embedding: there is no picture/);
    const other = path("golden/npy/float32.npy");
    const { stdout, exitCode } = await run(other);
    expect(stdout).toMatch(/expected an embedding of \d+ numbers.*got 3/);
    expect(exitCode).toBe(1);
  });

  test("help names every kind of data set", async () => {
    for (const command of ["classify", "evaluate", "embed"]) {
      const help = (await nearlabel([command, "--help"])).stdout.replaceAll(/\s+/g, " ");
      for (const kind of ["class folders", ".csv", ".jsonl", "Parquet", ".tar", ".npy", ".bin", "hub id"]) {
        expect(help).toContain(kind);
      }
    }
  });

  test("a contact sheet of more pictures a class than fit is refused before any is looked at", async () => {
    const root = await twoPictures("1.png");
    const { exitCode, stdout, stderr } = await nearlabel([
      ...["datasets", "info", root, "--contact-sheet", join(root, "sheet.png"), "--per-class", "1000"],
    ]);
    expect([exitCode, stdout, stderr]).toEqual([2, "", expect.stringContaining("from 1 to 100")]);
  });
});
