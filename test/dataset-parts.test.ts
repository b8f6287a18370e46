import { copyFile, mkdir, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { openDataset } from "../src/datasets/open.js";
import type { Dataset, ImageRow, JsonValue, Part, RowsOptions } from "../src/rows/dataset.js";
import { partOf, partsOf } from "../src/rows/parts.js";
import { inRange } from "../src/rows/range.js";
import { filterDataset } from "../src/rows/select/filter.js";
import { limit } from "../src/rows/select/limit.js";
import { mapLabels } from "../src/rows/select/map-labels.js";
import { perClass } from "../src/rows/select/per-class.js";
import { sample } from "../src/rows/select/sample.js";
import { splitDataset } from "../src/rows/select/split.js";
import { subset } from "../src/rows/select/subset.js";
import { temporaryFolder } from "./folders.js";

const golden = (path: string) => resolve(import.meta.dirname, "golden", path);

/** Opens the same data set again, as another program would. */
type Open = () => Promise<Dataset>;

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

/** A uint8 array of that shape as NumPy saves it. */
function npy(shape: readonly number[]): Buffer {
  const dictionary = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  const header = Buffer.alloc(128, " ");
  header.write("\x93NUMPY\x01\x00", "latin1");
  header.writeUInt16LE(118, 8);
  header.write(dictionary, 10, "latin1");
  const size = shape.reduce((product, length) => product * length, 1);
  return Buffer.concat([header, Buffer.from(Uint8Array.from({ length: size }, (_, at) => at % 251))]);
}

const formats: Readonly<Record<string, Open>> = {
  "Parquet in several files and row groups": () => openDataset(golden("datasets/carded")),
  "Parquet with rows that have no picture": () => openDataset(golden("datasets/faulty.parquet")),
  "Parquet with paths": () => openDataset(golden("datasets/beside")),
  webdataset: () => openDataset(golden("dataset-formats/clip")),
  "CIFAR-10": () => openDataset(golden("dataset-formats/cifar-10-batches-bin"), { split: "train" }),
  "a selection of a selection": async () =>
    limit(
      filterDataset(await openDataset(golden("datasets/carded")), "some", ({ id }) => id !== 3),
      6,
    ),
};

async function expectParts(open: Open): Promise<Part[]> {
  const dataset = await open();
  const rows = await all(dataset.rows());
  const parts = await all(partsOf(dataset));
  const inParts: ImageRow[] = [];
  for (const part of parts) {
    const alone = await all(part.rows());
    if (part.size !== undefined) expect(alone).toHaveLength(part.size);
    // The key alone, in a program that has not listed the parts.
    const key = JSON.parse(JSON.stringify(part.key)) as JsonValue;
    expect(await all(partOf(await open(), key).rows())).toEqual(alone);
    expect(await all(part.rows({ start: 1, end: 3 }))).toEqual(alone.slice(1, 3));
    inParts.push(...alone);
  }
  expect(inParts).toEqual(rows);
  const names = ({ id, label }: ImageRow) => ({ id, label });
  const labelsOnly = await all(dataset.rows({ labelsOnly: true }));
  expect(labelsOnly.map(names)).toEqual(rows.map(names));
  return parts;
}

describe("parts", () => {
  test.each(Object.keys(formats))("one after another are the data set, each alone: %s", async (name) => {
    await expectParts(formats[name]!);
  });

  test("of folders are pictures, of manifests lines", async () => {
    const folder = await folderWith({
      "dog/2.png": "",
      "dog/puppies/10.png": "",
      "cat/a.webp": "x",
      "top.png": "",
    });
    expect(await expectParts(() => openDataset(folder))).toHaveLength(4);
    const csv = "file_name,label\na.png,cat\n,dog\nb.png\n\nc.png,7\n";
    const list = await folderWith({
      "list.csv": csv,
      "list.jsonl": '{"path":"a"}\noops\n{"image":"b","class":"owl"}',
    });
    expect(await expectParts(() => openDataset(join(list, "list.csv")))).toHaveLength(4);
    expect(await expectParts(() => openDataset(join(list, "list.jsonl")))).toHaveLength(3);
  });

  test("of arrays are ranges of rows", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "x.npy"), npy([2345, 2, 5]));
    const parts = await expectParts(() => openDataset(join(folder, "x.npy")));
    expect(parts.map(({ size }) => size)).toEqual([1000, 1000, 345]);
    expect(parts[1]?.key).toEqual({ file: "x.npy", start: 1000, end: 2000 });
  });

  test("of Parquet files are row groups", async () => {
    const parts = await expectParts(() => openDataset(golden("datasets/carded")));
    expect(parts.length).toBeGreaterThan(2);
    expect(parts[0]?.key).toMatchObject({ file: "data/test-00000-of-00002.parquet", start: 0 });
  });

  test("of a data set that a program made are one", async () => {
    async function* three(): AsyncGenerator<ImageRow> {
      for (const id of [1, 2, 3]) yield { id, image: new Uint8Array([id]) };
    }
    const made: Dataset = {
      name: "made",
      rows: (range) => inRange(three(), range),
    };
    expect((await expectParts(async () => made)).map(({ key }) => key)).toEqual([null]);
  });

  test("that are not there are an error", async () => {
    for (const open of Object.values(formats)) {
      const dataset = await open();
      for (const key of [
        null,
        7,
        "x",
        {},
        [],
        { file: "../../secret.png" },
        { file: "x", start: 0, end: 1 },
      ]) {
        expect(() => partOf(dataset, key as JsonValue)).toThrow(
          expect.objectContaining({ code: "OPTION_INVALID" }),
        );
      }
    }
    const folder = await openDataset(await folderWith({ "dog/2.png": "" }));
    expect(() => partOf(folder, { file: "dog/../../2.png" })).toThrow(/no part/);
  });
});

describe("selections", () => {
  let carded: Open;
  let tars: Open;
  beforeAll(() => {
    carded = () => openDataset(golden("datasets/carded"));
    tars = () => openDataset(golden("dataset-formats/clip"));
  });

  /** Whatever is done to the data set, in a fixed way. */
  const steps: Readonly<Record<string, (dataset: Dataset, n: number) => Dataset | Promise<Dataset>>> = {
    limit: (dataset, n) => limit(dataset, n),
    sample: (dataset, n) => sample(dataset, n, n),
    perClass: (dataset, n) => perClass(dataset, n % 3, n),
    subset: (dataset) => subset(dataset, { labels: dataset.labels?.slice(0, 2) ?? [] }),
    split: (dataset, n) => splitDataset(dataset, n, 0.6)[0],
    mapLabels: (dataset) => mapLabels(dataset, new Map([["polar bear", "bear"]])),
    filter: (dataset) =>
      filterDataset(dataset, "with pictures", ({ image }) => (image as Uint8Array).length > 0),
  };

  test("any of them one on another keep parts that are the data set", async () => {
    const chosen = fc.array(fc.tuple(fc.constantFrom(...Object.keys(steps)), fc.nat(7)), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(chosen, fc.boolean(), async (list, ofTars) => {
        await expectParts(async () => {
          let dataset = await (ofTars ? tars : carded)();
          for (const [name, n] of list) dataset = await steps[name]!(dataset, n);
          return dataset;
        });
      }),
      { numRuns: 60 },
    );
  });
});

describe("versions", () => {
  test("are those of the file that a row comes from", async () => {
    const folder = await folderWith({ "dog/1.png": "three", "list.csv": "path\ndog/1.png\nnone.png\n" });
    await utimes(join(folder, "dog/1.png"), 1000, 1234);
    const version = { bytes: 5, modified: 1_234_000 };
    expect(await all((await openDataset(folder)).rows())).toMatchObject([{ version }]);
    const [listed, missing] = await all((await openDataset(join(folder, "list.csv"))).rows());
    expect(listed).toMatchObject({ version });
    expect(missing).not.toHaveProperty("version");
    const tar = join(folder, "a.tar");
    await copyFile(golden("dataset-formats/tar/ustar.tar"), tar);
    const { size, mtimeMs } = await stat(tar);
    for (const row of await all((await openDataset(tar)).rows())) {
      expect(row.version).toEqual({ bytes: size, modified: mtimeMs });
    }
  });
});

describe("labels alone", () => {
  test("need no picture to be read", async () => {
    const options: RowsOptions = { labelsOnly: true };
    const folder = await folderWith({ "list.csv": "path,label\nnone.png,cat\n" });
    expect(await all((await openDataset(join(folder, "list.csv"))).rows(options))).toEqual([
      { id: "none.png", image: new Uint8Array(), label: "cat" },
    ]);
    for (const open of Object.values(formats)) {
      for (const { image } of await all((await open()).rows(options))) {
        // A filter that a program wrote may look at the pictures.
        if ((await open()).name !== "some (first 6)") expect(image).toEqual(new Uint8Array());
      }
    }
  });
});
