import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { parquetMetadata } from "hyparquet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listPictures } from "../src/datasets/folders/picture-files.js";
import { openDataset } from "../src/datasets/open.js";
import { openParquet } from "../src/datasets/parquet/parquet.js";
import { naturalOrder } from "../src/files/natural-order.js";
import { imageFile } from "../src/image/image-file.js";
import { readImage } from "../src/image/read.js";
import type { EncodedImage } from "../src/image/source.js";
import type { Dataset, ImageRow } from "../src/rows/dataset.js";
import { temporaryFolder } from "./folders.js";

const golden = resolve(import.meta.dirname, "golden/datasets");
const expected: Record<string, { sha256: string | null; label: string | null }[]> = JSON.parse(
  readFileSync(join(golden, "expected.json"), "utf8"),
);

/** A row as `expected.json` has it. */
function digest({ image, label }: ImageRow) {
  if (!(image instanceof Uint8Array)) throw new TypeError(`Expected bytes, got ${typeof image}`);
  const sha256 = image.length === 0 ? null : createHash("sha256").update(image).digest("hex");
  return { sha256, label: label ?? null };
}

async function rowsOf(dataset: Dataset, range?: { start?: number; end?: number }): Promise<ImageRow[]> {
  const rows: ImageRow[] = [];
  // Versions hold times, and have a test of their own.
  for await (const { version: _, ...row } of dataset.rows(range)) rows.push(row);
  return rows;
}

describe("Parquet", () => {
  const carded = ["0", "1"].flatMap((shard) => expected[`carded/data/test-0000${shard}-of-00002.parquet`]!);

  test("several files and row groups are one data set, with class names from the card as they are written", async () => {
    const dataset = await openDataset(join(golden, "carded"));
    expect(dataset).toMatchObject({
      name: "carded/test",
      size: 10,
      labels: ["null", "1.0", "polar bear", "no"],
    });
    const rows = await rowsOf(dataset);
    expect(rows.map(digest)).toEqual(carded);
    expect(rows.map(({ id }) => id)).toEqual([...carded.keys()]);
  });

  test("any range gives the same rows as the whole", async () => {
    const dataset = await openDataset(join(golden, "carded"));
    const whole = await rowsOf(dataset);
    const bound = fc.integer({ min: 0, max: 12 });
    await fc.assert(
      fc.asyncProperty(bound, bound, async (start, end) => {
        expect(await rowsOf(dataset, { start, end })).toEqual(whole.slice(start, Math.max(start, end)));
      }),
      { numRuns: 50 },
    );
  });

  test("a split is chosen by its own name or a usual one; one that is not there is an error that lists them", async () => {
    const train = await openDataset(join(golden, "carded"), { split: "training" });
    expect((await rowsOf(train)).map(digest)).toEqual(expected["carded/data/train-00000-of-00001.parquet"]);
    await expect(openDataset(join(golden, "carded"), { split: "dev" })).rejects.toMatchObject({
      code: "DATASET_INVALID",
      message: expect.stringContaining("test, train"),
    });
  });

  test("the card says which configuration is read where none is asked for", async () => {
    const rich = await openDataset(join(golden, "configs"));
    expect(rich.labels).toEqual(["x", "y"]);
    const plain = await openDataset(join(golden, "configs"), { config: "plain" });
    expect((await rowsOf(plain)).map(({ label }) => label)).toEqual(["b", "a"]);
    expect((await openDataset(join(golden, "configs/plain"))).labels).toEqual(["a", "b"]);
    await expect(openDataset(join(golden, "configs"), { config: "none" })).rejects.toMatchObject({
      code: "DATASET_INVALID",
      message: expect.stringContaining("plain, rich"),
    });
  });

  test("a row without a picture or with a label out of range is still a row", async () => {
    const dataset = await openDataset(join(golden, "faulty.parquet"));
    expect(dataset).toMatchObject({ name: "faulty", size: 6, labels: ["cat", "dog"] });
    const rows = (await rowsOf(dataset)).map(digest);
    expect(rows.map(({ label }) => label)).toEqual(["cat", "dog", "cat", null, null, null]);
    expect(rows.map(({ sha256 }) => sha256 !== null)).toEqual([true, false, false, false, true, true]);
  });

  test.each(["strings.parquet", "integers.parquet"])(
    "labels without class names are text: %s",
    async (file) => {
      const dataset = await openDataset(join(golden, file));
      expect(dataset.labels).toBeUndefined();
      expect((await rowsOf(dataset)).map(digest)).toEqual(expected[file]);
    },
  );

  test("booleans are labels, NaN is none, and names of columns may be in capitals", async () => {
    const labelsIn = async (file: string, options = {}) =>
      (await rowsOf(await openDataset(join(golden, file), options))).map(({ label }) => label);
    expect(await labelsIn("booleans.parquet")).toEqual(["true", "false", undefined]);
    expect(await labelsIn("floats.parquet")).toEqual(["1", undefined, "0"]);
    expect(await labelsIn("floats.parquet", { classNames: ["cat", "dog"] })).toEqual([
      "dog",
      undefined,
      "cat",
    ]);
    expect(await labelsIn("capitals.parquet")).toEqual(["a", "b", "c"]);
    expect(await labelsIn("capitals.parquet", { labelColumn: "label" })).toEqual(["a", "b", "c"]);
  });

  test("a column of lists is neither pictures nor labels, which an error says where nothing else is there", async () => {
    await expect(openDataset(join(golden, "lists.parquet"))).rejects.toMatchObject({
      code: "DATASET_INVALID",
      message: expect.stringMatching(/no column of pictures: "image" holds values of type list/),
    });
    const several = join(golden, "several-labels.parquet");
    expect((await rowsOf(await openDataset(several))).map(({ label }) => label)).toEqual(["a", "b", "c"]);
    await expect(openDataset(several, { labelColumn: "labels" })).rejects.toMatchObject({
      code: "DATASET_INVALID",
      message: expect.stringMatching(/no labels in "labels", which holds values of type list/),
    });
  });

  test.each(["none", "snappy", "gzip", "brotli", "lz4", "zstd"])("compression %s", async (codec) => {
    const file = `codecs/${codec}.parquet`;
    expect((await rowsOf(await openDataset(join(golden, file)))).map(digest)).toEqual(expected[file]);
  });

  test("a page of gzip with another checksum than its content is refused", async () => {
    const bytes = await readFile(join(golden, "codecs/gzip.parquet"));
    const { buffer, byteOffset, length } = bytes;
    const { row_groups: groups } = parquetMetadata(buffer.slice(byteOffset, byteOffset + length));
    const chunk = groups[0]!.columns[0]!.meta_data!;
    const start = chunk.dictionary_page_offset ?? chunk.data_page_offset;
    // The checksum and the length, of four bytes each, end the last page of a column.
    const checksum = Number(start + chunk.total_compressed_size) - 8;
    bytes[checksum]! ^= 1;
    const path = join(await temporaryFolder(), "gzip.parquet");
    await writeFile(path, bytes);
    await expect(rowsOf(await openDataset(path))).rejects.toMatchObject({ code: "DATASET_INVALID" });
  });

  test("the declared picture column is read; of several class columns one must be chosen", async () => {
    const path = join(golden, "ambiguous.parquet");
    await expect(openDataset(path)).rejects.toMatchObject({
      code: "DATASET_INVALID",
      message: expect.stringMatching(/shape, colour.*labelColumn/),
    });
    const dataset = await openDataset(path, { labelColumn: "colour" });
    expect((await rowsOf(dataset)).map(digest)).toEqual(expected["ambiguous.parquet"]);
    const scans = await openDataset(path, { labelColumn: "shape", imageColumn: "scan" });
    expect(scans.labels).toEqual(["round", "square"]);
    expect(digest((await rowsOf(scans))[0]!)).toEqual({
      sha256: expected["integers.parquet"]![0]!.sha256,
      label: "round",
    });
  });

  test("a column that is not there, or no picture column, is an error that lists the columns", async () => {
    const path = join(golden, "faulty.parquet");
    await expect(openDataset(path, { labelColumn: "class" })).rejects.toMatchObject({
      code: "DATASET_INVALID",
      message: expect.stringMatching(/"class".*image, label/),
    });
    await expect(openDataset(join(golden, "no-picture.parquet"))).rejects.toMatchObject({
      code: "DATASET_INVALID",
    });
  });

  test("paths that lead out of a data set of the hub are errors of their rows", async () => {
    const root = join(golden, "beside");
    const rowsWithin = async (within: string) =>
      rowsOf(await openParquet(root, [join(root, "test.parquet")], { within }));
    expect((await rowsWithin(root)).map(({ error }) => error)).toEqual([undefined, undefined]);
    for (const { image, error } of await rowsWithin(join(root, "other"))) {
      expect(image).toEqual(new Uint8Array());
      expect(error?.message).toMatch(
        /Row \d of .* names the file "pictures.*Expected one of the data set's own/,
      );
    }
  });

  test("a picture that is a file beside is given by its path", async () => {
    const dataset = await openDataset(join(golden, "beside"));
    expect(await rowsOf(dataset)).toEqual([
      { id: 0, image: imageFile(join(golden, "beside/pictures/1.png")), label: "one" },
      { id: 1, image: imageFile(join(golden, "beside/pictures/none.png")), label: "two" },
    ]);
  });

  test("a row group larger than one read is read in parts by its page index", async () => {
    const dataset = await openDataset(join(golden, "pages.parquet"));
    let row = 0;
    for await (const { id, image, label } of dataset.rows()) {
      expect([id, (image as Uint8Array).length, label]).toEqual([row, 2 ** 22, String(row)]);
      row++;
    }
    expect(row).toBe(24);
    expect((await rowsOf(dataset, { start: 17, end: 18 })).map(digest)).toEqual([
      expected["pages.parquet"]![17],
    ]);
  });

  test.runIf(existsSync("/proc/self/fd"))("files are closed, also when reading stops halfway", async () => {
    const path = join(golden, "faulty.parquet");
    for await (const _ of (await openDataset(path)).rows()) break;
    const links = (await readdir("/proc/self/fd")).map((fd) =>
      readlink(`/proc/self/fd/${fd}`).catch(() => ""),
    );
    expect(await Promise.all(links)).not.toContain(path);
  });
});

describe("pictures in folders", () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "nearlabel-datasets-"));
    for (const file of [
      "pets/dog/10.jpg",
      "pets/dog/2.JPG",
      "pets/dog/puppies/1.png",
      "pets/dog/notes.txt",
      "pets/dog/.hidden.png",
      "pets/cat/a.webp",
      "pets/empty/readme.txt",
      "pets/.git/x.png",
      "splits/train/red/1.png",
      "splits/val/blue/1.png",
      "nothing/text.txt",
      "odd/photo[1].jpg",
      "broken.parquet",
    ]) {
      await mkdir(join(root, file, ".."), { recursive: true });
      await writeFile(join(root, file), file);
    }
    const damaged = await readFile(join(golden, "codecs/snappy.parquet"));
    await writeFile(join(root, "damaged.parquet"), damaged.fill(255, 4, 300));
    await symlink(join(root, "pets"), join(root, "pets/dog/loop"), "dir");
    await symlink(join(root, "pets/dog"), join(root, "pets/dog/puppies/up"), "dir");
    await mkdir(join(root, "links/pets"), { recursive: true });
    await symlink(join(root, "pets/cat"), join(root, "links/pets/cat"), "dir");
    await symlink(join(root, "pets/cat/a.webp"), join(root, "links/cat.webp"));
  });
  afterAll(() => rm(root, { recursive: true }));

  async function list(...inputs: string[]): Promise<string[]> {
    const paths: string[] = [];
    for await (const { path } of listPictures(inputs)) {
      paths.push(path.replaceAll("\\", "/").replace(`${root.replaceAll("\\", "/")}/`, ""));
    }
    return paths;
  }

  test("class folders are labels, at any depth, in natural order", async () => {
    const pets = join(root, "pets");
    const dataset = await openDataset(pets);
    expect(dataset).toMatchObject({ name: "pets", labels: ["cat", "dog"] });
    const rows = await rowsOf(dataset);
    expect(rows).toEqual(
      [
        ["cat", "cat/a.webp"],
        ["dog", "dog/2.JPG"],
        ["dog", "dog/10.jpg"],
        ["dog", "dog/puppies/1.png"],
      ].map(([label, path]) => ({ id: `${pets}/${path}`, image: imageFile(`${pets}/${path}`), label })),
    );
    expect(await rowsOf(dataset, { start: 1, end: 3 })).toEqual(rows.slice(1, 3));
  });

  test("folders named as splits are splits, not labels", async () => {
    const path = join(root, "splits");
    expect(await openDataset(path)).toMatchObject({ name: "splits/val", labels: ["blue"] });
    expect(await openDataset(path, { split: "train" })).toMatchObject({ labels: ["red"] });
    await expect(openDataset(path, { split: "test" })).rejects.toMatchObject({
      message: expect.stringContaining("train, val"),
    });
    await expect(openDataset(join(root, "pets"), { split: "test" })).rejects.toMatchObject({
      code: "DATASET_INVALID",
    });
  });

  test("a folder is listed with its folders, without hidden files, and links in a loop end", async () => {
    expect(await list(join(root, "pets/dog"))).toEqual([
      "pets/dog/2.JPG",
      "pets/dog/10.jpg",
      "pets/dog/loop/cat/a.webp",
      "pets/dog/puppies/1.png",
    ]);
  });

  test("inputs keep their order; files come as given, whatever their name and whether or not they exist", async () => {
    const text = join(root, "nothing/text.txt");
    expect(await list(text, "no such (1).jpg", join(root, "pets/cat"), text)).toEqual([
      "nothing/text.txt",
      "no such (1).jpg",
      "pets/cat/a.webp",
      "nothing/text.txt",
    ]);
  });

  test("a glob gives the pictures that it matches, through links too, unless a file has that very name", async () => {
    expect(await list(`${root}/pets/{cat,dog}/*`)).toEqual([
      "pets/cat/a.webp",
      "pets/dog/2.JPG",
      "pets/dog/10.jpg",
    ]);
    expect(await list(`${root}/links/**`)).toEqual(["links/cat.webp", "links/pets/cat/a.webp"]);
    expect(await list(join(root, "odd/photo[1].jpg"))).toEqual(["odd/photo[1].jpg"]);
  });

  test("an input without pictures is an error before the first picture", async () => {
    const cat = join(root, "pets/cat");
    for (const empty of [join(root, "nothing"), `${root}/nothing/*`]) {
      const pictures = listPictures([cat, empty]);
      await expect(pictures.next()).rejects.toMatchObject({
        code: "INPUT_EMPTY",
        message: expect.stringContaining(empty),
      });
    }
  });

  test("a Parquet file that is damaged past its footer opens, and reading names the file and the rows", async () => {
    const path = join(root, "damaged.parquet");
    const dataset = await openDataset(path);
    expect(dataset.size).toBe(3);
    await expect(rowsOf(dataset)).rejects.toMatchObject({
      code: "DATASET_INVALID",
      message: expect.stringContaining(`rows 0 to 2 of "${path}"`),
    });
  });

  /** The path as bytes, with `\xE9` for one that is not UTF-8. */
  const latin1 = (path: string) => Buffer.from(path.replace("\\xE9", "é"), "latin1");

  test.runIf(process.platform === "linux")("names that are not UTF-8 are found, in globs too", async () => {
    const folder = await temporaryFolder();
    await mkdir(latin1(`${folder}/caf\\xE9`));
    const files = ["1.png", "n\\xE9e.png", "caf\\xE9/2.png"];
    for (const file of files) await writeFile(latin1(`${folder}/${file}`), file);
    const names = async (...inputs: string[]) => {
      const found: string[] = [];
      for await (const { path, file } of listPictures(inputs)) {
        expect(await readFile(file, "utf8")).toBe(path.slice(folder.length + 1));
        found.push(path.slice(folder.length + 1));
      }
      return found;
    };
    const there = ["1.png", "caf\\xE9/2.png", "n\\xE9e.png"];
    expect(await names(folder)).toEqual(there);
    expect(await names(`${folder}/**/*.png`)).toEqual(there);
    const dataset = await openDataset(folder);
    expect(dataset.labels).toEqual(["caf\\xE9"]);
    expect(
      (await rowsOf(dataset)).map(({ id, label }) => [String(id).slice(folder.length + 1), label]),
    ).toEqual([
      ["1.png", undefined],
      ["caf\\xE9/2.png", "caf\\xE9"],
      ["n\\xE9e.png", undefined],
    ]);
    for await (const part of dataset.parts!()) {
      const key = JSON.parse(JSON.stringify(part.key));
      for await (const { image } of dataset.part!(key).rows()) {
        expect(Buffer.from((await readImage(image as EncodedImage, 100)).bytes).toString()).toMatch(/png$/);
      }
    }
  });

  test.runIf(process.platform === "linux")(
    "a named pipe is an error of its own, and never opened to wait",
    async () => {
      const folder = await temporaryFolder();
      for (const name of [
        "dog/a.png",
        "dog/b.png",
        "dog/metadata.csv",
        "README.md",
        "classnames.txt",
        "list.csv",
      ]) {
        await mkdir(join(folder, name, ".."), { recursive: true });
        execFileSync("mkfifo", [join(folder, name)]);
      }
      await rm(join(folder, "dog/b.png"));
      await writeFile(join(folder, "dog/b.png"), "a picture");
      const rows = await rowsOf(await openDataset(folder));
      const read = rows.map(({ image }) => readImage(image as EncodedImage, 100));
      await expect(read[0]).rejects.toMatchObject({ code: "IMAGE_UNREADABLE" });
      await expect(read[1]).resolves.toMatchObject({ bytes: Buffer.from("a picture") });
      expect(rows).toHaveLength(2);
      for (const name of ["list.csv", "x.tar", "x.npy", "x.parquet", "test.bin"]) {
        if (!existsSync(join(folder, name))) execFileSync("mkfifo", [join(folder, name)]);
        await expect(openDataset(join(folder, name)), name).rejects.toMatchObject({
          code: "DATASET_INVALID",
        });
      }
    },
  );

  test("folders at the beginning of a glob are taken literally where they exist", async () => {
    const folder = await temporaryFolder();
    for (const name of ["photos (1)", "shards [v1]", "!new", "v", "{a,b}"]) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, "1.png"), "");
    }
    const found = async (pattern: string) => {
      const paths: string[] = [];
      for await (const { path } of listPictures([`${folder}/${pattern}`]))
        paths.push(path.slice(folder.length + 1));
      return paths;
    };
    for (const name of ["photos (1)", "shards [v1]", "!new", "{a,b}"]) {
      expect(await found(`${name}/*.png`)).toEqual([`${name}/1.png`]);
    }
    expect(await found("!n*/*.png")).toEqual(["!new/1.png"]);
    expect(await found("@(v|w)/?.png")).toEqual(["v/1.png"]);
    expect(await found("[v-w]/*")).toEqual(["v/1.png"]);
    const tar = join(folder, "shards [v1]", "shard-000.tar");
    await copyFile(resolve(import.meta.dirname, "golden/dataset-formats/tar/ustar.tar"), tar);
    const shards = await openDataset(join(folder, "shards [v1]", "shard-{000..001}.tar"));
    expect((await rowsOf(shards)).length).toBeGreaterThan(0);
  });

  test("labels of folders are in composed Unicode", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "cafe\u0301"));
    await writeFile(join(folder, "cafe\u0301", "1.png"), "");
    const dataset = await openDataset(folder);
    expect(dataset.labels).toEqual(["caf\u00E9"]);
    expect((await rowsOf(dataset)).map(({ label }) => label)).toEqual(["caf\u00E9"]);
  });

  test("what is no data set is an error that says so", async () => {
    const broken = join(root, "broken.parquet");
    for (const path of [join(root, "nothing"), join(root, "pets/cat/a.webp"), broken]) {
      const error = { code: "DATASET_INVALID", message: expect.stringContaining(path) };
      await expect(openDataset(path)).rejects.toMatchObject(error);
    }
    await expect(openDataset(join(root, "none"))).rejects.toMatchObject({ code: "DATASET_NOT_FOUND" });
    await expect(openDataset(join(root, "pets"), { labelColumn: "label" })).rejects.toMatchObject({
      code: "OPTION_INVALID",
    });
  });
});

describe("natural order", () => {
  const name = fc.string({ unit: fc.constantFrom(..."0019a-./é") });

  test("numbers count as numbers, and a folder comes before names that begin like it", () => {
    const sorted = ["a/10", "a/2", "a-b/1", "a/02", "B", "10", "9", "é"].sort(naturalOrder);
    expect(sorted).toEqual(["9", "10", "B", "a/02", "a/2", "a/10", "a-b/1", "é"]);
    const long = ["00", "90071992547409931", "0", "90071992547409930", "09", "8"];
    expect(long.sort(naturalOrder)).toEqual(["0", "00", "8", "09", "90071992547409930", "90071992547409931"]);
  });

  test("it is a total order", () => {
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        expect(Math.sign(naturalOrder(a, b))).toBe(0 - Math.sign(naturalOrder(b, a)));
        expect(naturalOrder(a, b) === 0).toBe(a === b);
        const [first, second, third] = [a, b, c].sort(naturalOrder) as [string, string, string];
        expect(naturalOrder(first, second)).toBeLessThanOrEqual(0);
        expect(naturalOrder(second, third)).toBeLessThanOrEqual(0);
        expect(naturalOrder(first, third)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 2000 },
    );
  });
});

const cifar100 = resolve(import.meta.dirname, "../../shared/data/cifar100");

describe.runIf(existsSync(cifar100))("CIFAR-100 (skipped where ../shared/data/cifar100 is absent)", () => {
  test("all 10,000 rows, in their order, with fine labels", async () => {
    const dataset = await openDataset(cifar100);
    expect(dataset).toMatchObject({ name: "cifar100/test", size: 10_000 });
    expect([dataset.labels?.length, dataset.labels?.[0], dataset.labels?.[99]]).toEqual([
      100,
      "apple",
      "worm",
    ]);
    const hash = createHash("sha256");
    let rows = 0;
    for await (const { id, image } of dataset.rows()) {
      expect(id).toBe(rows++);
      hash.update(image as Uint8Array);
    }
    expect(rows).toBe(10_000);
    // Of the pictures' bytes one after another, as pyarrow reads them.
    expect(hash.digest("hex")).toBe("a02b123766f2eecbf6c058050a019f9149d2c3ad24bb7562b57932a0c298cbef");
  });

  test("one row alone, and the coarse labels", async () => {
    const fine = await openDataset(cifar100);
    const labels = (await rowsOf(fine, { end: 5 })).map(({ label }) => label);
    expect(labels).toEqual(["hamster", "lawn_mower", "bus", "keyboard", "beaver"]);
    expect(await rowsOf(fine, { start: 9017, end: 9018 })).toMatchObject([{ id: 9017, label: "orange" }]);
    const coarse = await openDataset(cifar100, { labelColumn: "coarse_label" });
    expect(coarse.labels).toHaveLength(20);
    expect((await rowsOf(coarse, { end: 2 })).map(({ label }) => label)).toEqual([
      "small_mammals",
      "vehicles_2",
    ]);
  });
});
