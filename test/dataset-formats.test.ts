import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { copyFile, cp, mkdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { openDataset } from "../src/datasets/open.js";
import { readTar as readTarSource, type TarEntry } from "../src/datasets/webdataset/tar.js";
import { openFile } from "../src/files/byte-source.js";
import { imageFile } from "../src/image/image-file.js";
import type { DecodedImage } from "../src/image/source.js";
import type { Dataset, ImageRow, RowRange } from "../src/rows/dataset.js";
import { temporaryFolder } from "./folders.js";

const golden = resolve(import.meta.dirname, "golden/dataset-formats");
const expected = JSON.parse(readFileSync(join(golden, "expected.json"), "utf8"));

async function rowsOf(dataset: Dataset, range?: RowRange): Promise<ImageRow[]> {
  const rows: ImageRow[] = [];
  // Versions hold times, and have a test of their own.
  for await (const { version: _, ...row } of dataset.rows(range)) rows.push(row);
  return rows;
}

/** The items of a stream up to its error, and the error. */
async function untilError<T>(items: AsyncIterable<T>): Promise<{ before: T[]; error: unknown }> {
  const before: T[] = [];
  try {
    for await (const item of items) before.push(item);
  } catch (error) {
    return { before, error };
  }
  throw new Error("Expected an error");
}

async function* readTar(path: string): AsyncGenerator<TarEntry> {
  await using source = await openFile(path);
  yield* readTarSource(source);
}

/** The error of a row without a picture. */
const emptyRow = (message: RegExp) =>
  expect.objectContaining({ code: "IMAGE_EMPTY", message: expect.stringMatching(message) });

/** A folder with these files, by path. */
async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

const sha256 = (bytes: unknown) =>
  createHash("sha256")
    .update(bytes as Uint8Array)
    .digest("hex");
const labelsOf = (rows: readonly ImageRow[]) => rows.map(({ label }) => label);
const pixelsOf = ({ image }: ImageRow) => image as DecodedImage;

describe("manifests", () => {
  const csv =
    'file_name,label\na.jpg,cat\n"b, 2.jpg","a ""big"" dog"\n\nsub/c.jpg,\n,cat\nd.jpg\n/abs/e.jpg,7\n';

  test("JSON Lines: a carriage return is a space within a value, and ends a line between two", async () => {
    const lines = '{"path": "a",\r "label": "x"}\n{"path": "b"}\r{"path": "c"}\r\n{"path": "d"}\n';
    const folder = await folderWith({ "m.jsonl": lines });
    expect((await rowsOf(await openDataset(join(folder, "m.jsonl")))).map(({ id }) => id)).toEqual([
      "a",
      "b",
      "c",
      "d",
    ]);
  });

  test("CSV: paths start at the manifest's folder; a line without a path or a cell is a row without a picture", async () => {
    const folder = await folderWith({ "pictures.csv": `\uFEFF${csv}` });
    const dataset = await openDataset(join(folder, "pictures.csv"));
    expect([dataset.name, dataset.labels, dataset.size]).toEqual(["pictures", undefined, undefined]);
    const rows = await rowsOf(dataset);
    expect(rows).toEqual([
      { id: "a.jpg", image: imageFile(resolve(folder, "a.jpg")), label: "cat" },
      { id: "b, 2.jpg", image: imageFile(resolve(folder, "b, 2.jpg")), label: 'a "big" dog' },
      { id: "sub/c.jpg", image: imageFile(resolve(folder, "sub/c.jpg")) },
      {
        id: "pictures.csv, line 6",
        image: new Uint8Array(),
        label: "cat",
        error: emptyRow(/line 6.*a path/),
      },
      { id: "pictures.csv, line 7", image: new Uint8Array(), error: emptyRow(/line 7.*2 cells/) },
      { id: "/abs/e.jpg", image: imageFile("/abs/e.jpg"), label: "7" },
    ]);
    expect(await rowsOf(dataset, { start: 1, end: 3 })).toEqual(rows.slice(1, 3));
  });

  test("JSON Lines: a line that is no object is a row without a picture", async () => {
    const lines = [
      '{"path":"a.jpg","label":1}',
      "{oops",
      "[1]",
      '{"path":"b.jpg","label":null}',
      '{"label":0}',
    ];
    const folder = await folderWith({ "p.jsonl": lines.join("\r\n"), "classnames.txt": "cat\ndog\n" });
    const dataset = await openDataset(join(folder, "p.jsonl"));
    expect(dataset.labels).toEqual(["cat", "dog"]);
    const rows = await rowsOf(dataset);
    expect(rows.map(({ id }) => id)).toEqual([
      "a.jpg",
      "p.jsonl, line 2",
      "p.jsonl, line 3",
      "b.jpg",
      "p.jsonl, line 5",
    ]);
    expect(labelsOf(rows)).toEqual(["dog", undefined, undefined, undefined, "cat"]);
  });

  test("JSON Lines: columns are those of each line, whatever the first has", async () => {
    const lines = [
      '{"file":"a.png"}',
      '{"file":"b.png","label":"cat"}',
      '{"Path":"c.png","Class":"dog"}',
      "",
      "oops",
    ];
    const folder = await folderWith({
      "p.jsonl": lines.join("\n"),
      "odd.jsonl": '{"x":1}\n{"where":"a","what":"owl"}',
    });
    const rows = await rowsOf(await openDataset(join(folder, "p.jsonl")));
    expect(rows.map(({ id, label }) => [id, label])).toEqual([
      ["a.png", undefined],
      ["b.png", "cat"],
      ["c.png", "dog"],
      ["p.jsonl, line 5", undefined],
    ]);
    expect(rows[3]?.error).toEqual(emptyRow(/line 5: expected a JSON object/));
    const odd = join(folder, "odd.jsonl");
    expect(
      labelsOf(await rowsOf(await openDataset(odd, { imageColumn: "where", labelColumn: "what" }))),
    ).toEqual([undefined, "owl"]);
    await expect(openDataset(odd)).rejects.toMatchObject({
      message: expect.stringMatching(/x, where, what/),
    });
    await expect(openDataset(odd, { imageColumn: "where", labelColumn: "kind" })).rejects.toMatchObject({
      message: expect.stringMatching(/no column "kind".*x, where, what/),
    });
  });

  test("text that is not UTF-8 is an error with its line, and UTF-16 with its mark is read", async () => {
    const folder = await folderWith({});
    const content = "path,label\na.png,cat\nb.png,autobús\n";
    await writeFile(join(folder, "latin1.csv"), content, "latin1");
    await writeFile(join(folder, "utf16.csv"), `\uFEFF${content}`, "utf16le");
    await writeFile(join(folder, "latin1.jsonl"), '{"path":"a","label":"autobús"}', "latin1");
    expect(labelsOf(await rowsOf(await openDataset(join(folder, "utf16.csv"))))).toEqual(["cat", "autobús"]);
    for (const [name, line] of [
      ["latin1.csv", 3],
      ["latin1.jsonl", 1],
    ] as const) {
      const read = async () => rowsOf(await openDataset(join(folder, name)));
      const message = expect.stringContaining(`${name}, line ${line}: expected UTF-8`);
      await expect(read()).rejects.toMatchObject({ code: "DATASET_INVALID", message });
    }
  });

  test("integers stand for class names only where these are known", async () => {
    const folder = await folderWith({ "p.csv": "image,class\na,1\nb,-1\nc,5\nd,owl\n" });
    const plain = await openDataset(join(folder, "p.csv"));
    expect(labelsOf(await rowsOf(plain))).toEqual(["1", "-1", "5", "owl"]);
    const named = await openDataset(join(folder, "p.csv"), { classNames: ["cat", "dog"] });
    expect(named.labels).toEqual(["cat", "dog"]);
    expect(labelsOf(await rowsOf(named))).toEqual(["dog", undefined, undefined, "owl"]);
  });

  test("columns are those asked for; missing, repeated and unreadable ones are errors that name file and line", async () => {
    const folder = await folderWith({
      "ok.csv": "where,what\na.jpg,cat\n",
      "twice.csv": "path,label,label\na,b,c\n",
      "quotes.csv": 'path,label\na,cat\nb,dog\n"c,owl\nd,hen\n',
      "empty.csv": "",
      "array.jsonl": '[\n{"path":"a"}\n]',
    });
    const at = (name: string) => join(folder, name);
    const asked = await openDataset(at("ok.csv"), { imageColumn: "where", labelColumn: "what" });
    expect(await rowsOf(asked)).toMatchObject([{ id: "a.jpg", label: "cat" }]);
    for (const [name, pattern] of [
      ["ok.csv", /ok\.csv" has no column of paths.*where, what.*imageColumn/],
      ["twice.csv", /twice\.csv", line 1.*"label" twice/],
      ["empty.csv", /empty\.csv", line 1.*empty/],
      ["array.jsonl", /array\.jsonl", line 1.*not a JSON object/],
    ] as const) {
      const error = { code: "DATASET_INVALID", message: expect.stringMatching(pattern) };
      await expect(openDataset(at(name)), name).rejects.toMatchObject(error);
    }
    const { before, error } = await untilError((await openDataset(at("quotes.csv"))).rows());
    expect(before.map((row) => (row as ImageRow).id)).toEqual(["a", "b"]);
    expect(error).toMatchObject({
      code: "DATASET_INVALID",
      message: expect.stringMatching(/quotes\.csv", line \d/),
    });
  });

  test("a picture in base64 in place of a path does not become the id of its row", async () => {
    const text = (await readFile(new URL("../samples/bus.png", import.meta.url))).toString("base64");
    const folder = await folderWith({
      "p.jsonl": `{"path":"a.png"}\n{"path":"${text}"}\n{"path":"data:image/png;base64,${text}"}`,
      "p.csv": `path\na.png\n${text}`,
    });
    const ids = async (name: string) =>
      (await rowsOf(await openDataset(join(folder, name)))).map(({ id }) => id);
    expect(await ids("p.jsonl")).toEqual(["a.png", "p.jsonl, line 2", "p.jsonl, line 3"]);
    expect(await ids("p.csv")).toEqual(["a.png", "p.csv, line 3"]);
  });

  test("class names are an array, and no text", async () => {
    const folder = await folderWith({ "p.csv": "path,label\na.png,0" });
    const opened = openDataset(join(folder, "p.csv"), { classNames: "cat" as never });
    await expect(opened).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });

  test("a long manifest is read as a stream", async () => {
    const folder = await temporaryFolder();
    const lines = Array.from({ length: 50_000 }, (_, row) => `pictures/${row}.jpg,${row % 7}`);
    await writeFile(join(folder, "long.csv"), `path,label\n${lines.join("\n")}`);
    const dataset = await openDataset(join(folder, "long.csv"));
    let row = 0;
    for await (const { id, label } of dataset.rows()) {
      if (id !== `pictures/${row}.jpg` || label !== String(row % 7)) throw new Error(`row ${row} is ${id}`);
      row++;
    }
    expect(row).toBe(50_000);
  });

  test("a folder with metadata: beside the pictures, in each split, or once above the splits", async () => {
    const own = await folderWith({ "metadata.csv": "file_name,label\n1.png,cat\n", "dog/1.png": "" });
    expect(await rowsOf(await openDataset(own))).toEqual([
      { id: "1.png", image: imageFile(join(own, "1.png")), label: "cat" },
    ]);
    const split = await folderWith({
      "train/metadata.jsonl": '{"file_name":"a/1.png","label":"owl"}\n',
      "val/metadata.csv": "file_name,label\n2.png,hen\n",
    });
    expect(await rowsOf(await openDataset(split))).toMatchObject([
      { image: imageFile(join(split, "val/2.png")), label: "hen" },
    ]);
    expect(await rowsOf(await openDataset(split, { split: "train" }))).toMatchObject([{ label: "owl" }]);
    const above = await folderWith({
      "metadata.csv": "file_name,label\ntrain/1.png,a\ntest/1.png,b\n./test/2.png,c\n",
      "train/1.png": "",
      "test/1.png": "",
    });
    expect(labelsOf(await rowsOf(await openDataset(above)))).toEqual(["b", "c"]);
    expect(labelsOf(await rowsOf(await openDataset(above, { split: "train" })))).toEqual(["a"]);
    const both = await folderWith({ "metadata.csv": "file_name\n", "metadata.jsonl": "{}" });
    await expect(openDataset(both)).rejects.toMatchObject({ code: "DATASET_INVALID" });
  });
});

describe("CIFAR, binary version", () => {
  test("CIFAR-10: batches in their order, pixels as RGB", async () => {
    const folder = join(golden, "cifar-10-batches-bin");
    const dataset = await openDataset(folder);
    expect(dataset).toMatchObject({
      name: "cifar-10-batches-bin/test",
      size: 2,
      labels: ["airplane", "automobile"],
    });
    const rows = await rowsOf(dataset);
    expect(rows.map((row) => sha256(pixelsOf(row).data))).toEqual(expected.cifar);
    expect(pixelsOf(rows[0]!)).toMatchObject({ width: 32, height: 32, channels: 3 });
    expect(labelsOf(rows)).toEqual(["automobile", "airplane"]);
    const train = await openDataset(folder, { split: "train" });
    expect(train.size).toBe(4);
    // The last label is 9, of which the list of names knows nothing.
    expect(labelsOf(await rowsOf(train))).toEqual(["airplane", "automobile", "automobile", undefined]);
    expect(await rowsOf(train, { start: 1, end: 3 })).toMatchObject([{ id: 1 }, { id: 2 }]);
    const batch = await openDataset(join(folder, "data_batch_2.bin"));
    expect(labelsOf(await rowsOf(batch, { end: 1 }))).toEqual(["automobile"]);
  });

  test("CIFAR-100: fine labels, or coarse ones", async () => {
    const folder = join(golden, "cifar-100-binary");
    const fine = await openDataset(folder);
    expect(fine.labels).toEqual(["apple", "aquarium_fish", "baby"]);
    const rows = await rowsOf(fine);
    expect(labelsOf(rows)).toEqual(["apple", "baby"]);
    expect(rows.map((row) => sha256(pixelsOf(row).data))).toEqual(expected.cifar);
    const coarse = await openDataset(folder, { labelColumn: "coarse_label" });
    expect(labelsOf(await rowsOf(coarse))).toEqual(["fruit", "fish"]);
    await expect(openDataset(folder, { labelColumn: "label" })).rejects.toMatchObject({
      code: "DATASET_INVALID",
      message: expect.stringContaining("fine_label, coarse_label"),
    });
    await expect(openDataset(folder, { split: "train" })).rejects.toMatchObject({ code: "DATASET_INVALID" });
  });

  test("a file that is not whole records is refused", async () => {
    const path = join(await temporaryFolder(), "test.bin");
    await copyFile(join(golden, "cifar-100-binary/test.bin"), path);
    await truncate(path, 5000);
    await expect(openDataset(path)).rejects.toMatchObject({
      code: "DATASET_INVALID",
      message: expect.stringContaining("5000 bytes"),
    });
  });
});

describe("tar", () => {
  test.each([
    ...["ustar", "gnu", "pax", "pax-global"],
    ...["sparse-gnu", "sparse-pax-0.0", "sparse-pax-0.1", "sparse-pax-1.0"],
  ])("files as Python reads them: %s", async (format) => {
    const files: string[][] = [];
    for await (const { name, read } of readTar(join(golden, `tar/${format}.tar`))) {
      files.push([name, sha256(await read())]);
    }
    expect(files).toEqual(expected[`tar/${format}.tar`]);
  });

  test("cut anywhere: what is whole before has come, then an error that names the file and the byte", async () => {
    const whole = await readFile(join(golden, "tar/pax.tar"));
    const path = join(await temporaryFolder(), "cut.tar");
    const names = expected["tar/pax.tar"].map(([name]: [string]) => name);
    // The header of a.jpg ends at 512, its content at 1212, its padding at 1536; a.cls is whole at 2049.
    for (const [length, count] of [
      [300, 0],
      [800, 0],
      [1536, 1],
      [1600, 1],
      [2049, 2],
      [2560, 2],
    ] as const) {
      await writeFile(path, whole.subarray(0, length));
      const { before, error } = await untilError(readTar(path));
      expect(
        before.map((entry) => (entry as { name: string }).name),
        `${length}`,
      ).toEqual(names.slice(0, count));
      expect(error).toMatchObject({
        code: "DATASET_INVALID",
        message: expect.stringMatching(/cut\.tar" from byte \d+/),
      });
    }
  });

  test.each([
    ["a negative size", { size: -1000 }],
    ["a size beyond all files", { size: 2 ** 50 }],
    ["a negative size in its attributes", { pax: "14 size=-1536\n" }],
    ["a size in its attributes that is no number", { pax: "13 size=many\n" }],
    ["an attribute that is no record", { pax: "99 size=12\n" }],
    ["a map of holes that is longer than the file", { pax: mapOfHoles("0,700,9,1") }],
    ["a map of holes of other bytes", { pax: mapOfHoles("0,12") }],
  ] as const)("%s is an error, not entries without end", async (_, given) => {
    const { size, pax }: { size?: number; pax?: string } = given;
    const path = join(await temporaryFolder(), "odd.tar");
    const header = tarHeader("a.jpg", 700, "0");
    if (size !== undefined) {
      header.fill(size < 0 ? 0xff : 0, 124, 136);
      header[124] = size < 0 ? 0xff : 0x80;
      header.writeBigInt64BE(BigInt(size), 128);
      withChecksum(header);
    }
    const attributes = pax === undefined ? [] : [tarHeader("pax", pax.length, "x"), tarBlock(pax)];
    await writeFile(path, Buffer.concat([...attributes, header, Buffer.alloc(4096)]));
    const { before, error } = await untilError(readTar(path));
    expect(before).toEqual([]);
    expect(error).toMatchObject({ code: "DATASET_INVALID", message: expect.stringContaining("odd.tar") });
  });

  test("a name that no file follows is an error", async () => {
    const path = join(await temporaryFolder(), "end.tar");
    await writeFile(path, Buffer.concat([tarHeader("long", 5, "L"), tarBlock("a.jpg"), Buffer.alloc(1024)]));
    expect((await untilError(readTar(path))).error).toMatchObject({ code: "DATASET_INVALID" });
  });

  test("damage between files is an error at that byte, with all before it", async () => {
    const path = join(await temporaryFolder(), "damaged.tar");
    const bytes = await readFile(join(golden, "tar/gnu.tar"));
    await writeFile(path, bytes.fill(7, 1540, 1560));
    const { before, error } = await untilError(readTar(path));
    expect(before).toHaveLength(1);
    expect(error).toMatchObject({ message: expect.stringContaining("from byte 1536 on") });
  });
});

describe("webdataset", () => {
  const labels = ["cat", "polar bear", "dog", "polar bear", "dog", "cat"];

  test("as CLIP_benchmark lays it out", async () => {
    const dataset = await openDataset(join(golden, "clip"));
    expect(dataset).toMatchObject({ name: "clip/test", labels: ["cat", "polar bear", "dog"] });
    const rows = await rowsOf(dataset);
    expect(labelsOf(rows)).toEqual(labels);
    expect(rows[4]!.id).toBe("test/1.tar/s0000004");
    expect(sha256(rows[4]!.image)).toBe(expected["clip/test/1.tar"][3][1]);
    expect(await rowsOf(dataset, { start: 2, end: 5 })).toEqual(rows.slice(2, 5));
  });

  test("one shard, a range in braces, a wildcard", async () => {
    const one = await openDataset(join(golden, "clip/test/1.tar"));
    expect(labelsOf(await rowsOf(one))).toEqual(labels.slice(3));
    for (const pattern of ["{0..1}.tar", "*.tar"]) {
      expect(labelsOf(await rowsOf(await openDataset(join(golden, "clip/test", pattern)))), pattern).toEqual(
        labels,
      );
    }
    await expect(openDataset(join(golden, "clip/test/{7..9}.tar"))).rejects.toMatchObject({
      code: "DATASET_NOT_FOUND",
    });
  });

  test("a missing shard and a shard cut short are errors; whole samples before the cut have come", async () => {
    const folder = await temporaryFolder();
    await cp(join(golden, "clip"), folder, { recursive: true });
    await truncate(join(folder, "test/1.tar"), 3072 + 100);
    const { before, error } = await untilError((await openDataset(folder)).rows());
    expect(labelsOf(before as ImageRow[])).toEqual(labels.slice(0, 4));
    expect(error).toMatchObject({ code: "DATASET_INVALID", message: expect.stringContaining("1.tar") });
    await rm(join(folder, "test/1.tar"));
    await expect(openDataset(folder)).rejects.toMatchObject({
      code: "DATASET_INVALID",
      message: expect.stringContaining("nshards.txt"),
    });
  });

  test("labels from json and txt, the asked extension, and a sample without a picture", async () => {
    const path = join(await temporaryFolder(), "mixed.tar");
    await writeTar(path, {
      "1.jpg": "one",
      "1.json": '{"label": "owl", "kind": "bird"}',
      "1.txt": "a caption",
      "2.PNG": "two",
      "2.txt": "hen\n",
      "3.cls": "4",
      "4.jpg": "four",
      "4.seg.png": "mask",
      "4.json": "{oops",
      "readme.md": "not a sample",
      ".hidden.jpg": "nor this",
    });
    const rows = await rowsOf(await openDataset(path));
    expect(rows.map(({ image }) => Buffer.from(image as Uint8Array).toString())).toEqual([
      "one",
      "two",
      "",
      "four",
    ]);
    expect(labelsOf(rows)).toEqual(["owl", "hen", "4", undefined]);
    const kinds = await rowsOf(await openDataset(path, { labelColumn: "kind" }));
    expect(labelsOf(kinds)).toEqual(["bird", undefined, undefined, undefined]);
    const masks = await rowsOf(await openDataset(path, { imageColumn: "seg.png", labelColumn: "txt" }));
    expect(masks.map(({ image }) => (image as Uint8Array).length)).toEqual([0, 0, 0, 4]);
  });

  test("pictures with dots in their names, unknown extensions and shards without files are told", async () => {
    const folder = await temporaryFolder();
    const errorsOf = async (name: string, files: Record<string, string>) => {
      await writeTar(join(folder, name), files);
      return (await rowsOf(await openDataset(join(folder, name)))).map(({ id, error }) => [
        id,
        error?.message ?? "",
      ]);
    };
    const dotted = await errorsOf("dots.tar", { "1.png": "one", "my.cup.png": "two", "my.cup.txt": "cup" });
    expect(dotted).toEqual([
      ["dots.tar/1", ""],
      ["dots.tar/my", expect.stringMatching(/\.cup\.png.*first dot.*imageColumn/)],
    ]);
    expect(await errorsOf("keys.tar", { "1.img": "one", "1.cap": "cup", "2.img": "two" })).toEqual([
      ["keys.tar", expect.stringMatching(/\.img; \.cap.*imageColumn/)],
    ]);
    expect(await errorsOf("none.tar", {})).toEqual([["none.tar", expect.stringMatching(/no files/)]]);
  });
});

describe("arrays", () => {
  const pictures: number[][] = expected.npy;

  test("channels last, with labels of an -images file; channels first; greyscale", async () => {
    const last = await openDataset(join(golden, "npy/last-images.npy"), {
      classNames: ["cat", "dog", "owl"],
    });
    expect(last).toMatchObject({ name: "last-images", size: 3, labels: ["cat", "dog", "owl"] });
    const rows = await rowsOf(last);
    expect(rows.map((row) => [...pixelsOf(row).data])).toEqual(pictures);
    expect(pixelsOf(rows[0]!)).toMatchObject({ height: 4, width: 5, channels: 3 });
    expect(labelsOf(rows)).toEqual(["owl", "cat", undefined]);
    const first = await rowsOf(await openDataset(join(golden, "npy/first.npy")));
    expect(first.map((row) => [...pixelsOf(row).data])).toEqual(pictures);
    expect(labelsOf(first)).toEqual(["2", "0", "1"]);
    const grey = await openDataset(join(golden, "npy/grey.npy"));
    expect(await rowsOf(grey, { start: 2 })).toMatchObject([{ id: 2, image: { channels: 1 } }]);
    expect([...pixelsOf((await rowsOf(grey, { start: 2 }))[0]!).data]).toEqual(
      pictures[2]!.filter((_, at) => at % 3 === 0),
    );
  });

  test("three lengths, the last of them channels, are one picture", async () => {
    const path = join(await temporaryFolder(), "one.npy");
    const whole = await readFile(join(golden, "npy/last-images.npy"));
    const header = whole.subarray(0, 128).toString("latin1");
    // The first of the three pictures of 4 x 5 alone.
    const alone = header.replace("(3, 4, 5, 3)", "(4, 5, 3)   ");
    await writeFile(path, Buffer.concat([Buffer.from(alone, "latin1"), whole.subarray(128, 128 + 60)]));
    const rows = await rowsOf(await openDataset(path));
    expect(rows).toMatchObject([{ id: 0, image: { width: 5, height: 4, channels: 3 } }]);
    expect([...pixelsOf(rows[0]!).data]).toEqual(pictures[0]);
  });

  test("labels as text or JSON; as many as pictures", async () => {
    const folder = await folderWith({
      "labels.txt": "cat\ndog\nowl\n",
      "some.json": '["x", 1, null]',
      "two.txt": "a\nb",
    });
    const path = join(folder, "grey.npy");
    await copyFile(join(golden, "npy/grey.npy"), path);
    expect(labelsOf(await rowsOf(await openDataset(path)))).toEqual(["cat", "dog", "owl"]);
    const json = await openDataset(path, { labelsFile: join(folder, "some.json") });
    expect(labelsOf(await rowsOf(json))).toEqual(["x", "1", undefined]);
    await expect(openDataset(path, { labelsFile: join(folder, "two.txt") })).rejects.toMatchObject({
      code: "DATASET_INVALID",
      message: expect.stringMatching(/2 labels.*3/),
    });
  });

  test("what is no picture, and a file cut short, are refused with what was found", async () => {
    await expect(openDataset(join(golden, "npy/float.npy"))).rejects.toMatchObject({
      code: "DATASET_INVALID",
      message: expect.stringMatching(/float32.*3, 4, 5, 3.*uint8/),
    });
    await expect(openDataset(join(golden, "npy/first-labels.npy"))).rejects.toMatchObject({
      code: "DATASET_INVALID",
    });
    const path = join(await temporaryFolder(), "x.npy");
    await copyFile(join(golden, "npy/first.npy"), path);
    const dataset = await openDataset(path);
    await truncate(path, 128 + 70);
    const { before, error } = await untilError(dataset.rows());
    expect(before).toHaveLength(1);
    expect(error).toMatchObject({ code: "DATASET_INVALID", message: expect.stringContaining("row 1") });
    await expect(openDataset(path)).rejects.toMatchObject({ code: "DATASET_INVALID" });
  });

  const real = resolve(import.meta.dirname, "../../shared/data/clip-vit-b32/cifar10-images.npy");
  test.runIf(existsSync(real))("500 pictures of CIFAR-10 (skipped where ../shared is absent)", async () => {
    const classNames = "airplane automobile bird cat deer dog frog horse ship truck".split(" ");
    const dataset = await openDataset(real, { classNames });
    expect(dataset.size).toBe(500);
    const rows = await rowsOf(dataset);
    expect(pixelsOf(rows[499]!)).toMatchObject({ width: 32, height: 32, channels: 3 });
    const file = await readFile(real);
    expect(
      Buffer.concat(rows.map((row) => pixelsOf(row).data as Uint8Array)).equals(file.subarray(128)),
    ).toBe(true);
    expect(labelsOf(rows).every((label) => label !== undefined && classNames.includes(label))).toBe(true);
  });
});

test("an option that a format does not have is refused, by name", async () => {
  const path = join(golden, "clip");
  await expect(openDataset(path, { labelsFile: "x.txt" })).rejects.toMatchObject({
    code: "OPTION_INVALID",
    message: expect.stringMatching(/"labelsFile".*split, imageColumn, labelColumn, classNames/),
  });
});

/** pax attributes of a file with holes, of 700 bytes. */
function mapOfHoles(map: string): string {
  const record = ` GNU.sparse.map=${map}\n`;
  return `${record.length + 2}${record}23 GNU.sparse.size=700\n`;
}

/** A tar file as POSIX has it, of text files. */
async function writeTar(path: string, files: Record<string, string>): Promise<void> {
  const entries = Object.entries(files).map(([name, content]) => {
    const header = tarHeader(name, Buffer.byteLength(content), "0");
    return Buffer.concat([header, tarBlock(content)]);
  });
  await writeFile(path, Buffer.concat([...entries, Buffer.alloc(1024)]));
}

/** The header of an entry of ustar. */
function tarHeader(name: string, size: number, type: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(size.toString(8).padStart(11, "0"), 124);
  header.write(`        ${type}`, 148);
  header.write("ustar\u000000", 257);
  return withChecksum(header);
}

function withChecksum(header: Buffer): Buffer {
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

/** `content`, padded to whole blocks. */
function tarBlock(content: string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}
