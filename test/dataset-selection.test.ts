import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NearlabelError } from "../src/errors.js";
import { contentHash } from "../src/image/content-hash.js";
import type { Dataset, ImageRow, RowRange } from "../src/rows/dataset.js";
import { inRange } from "../src/rows/range.js";
import { limit } from "../src/rows/select/limit.js";
import { mapLabels, readLabelMap } from "../src/rows/select/map-labels.js";
import { perClass } from "../src/rows/select/per-class.js";
import { sample } from "../src/rows/select/sample.js";
import { splitDataset } from "../src/rows/select/split.js";
import { subset } from "../src/rows/select/subset.js";
import { withoutPictures } from "../src/rows/select/without-pictures.js";
import { temporaryFolder } from "./folders.js";

const LABELS = ["cat", "dog", "owl"];

/** `count` rows with the labels in turn, every tenth without; with or without a size. */
function numbered(count: number, hasSize = true): Dataset {
  async function* all(): AsyncGenerator<ImageRow> {
    for (let id = 0; id < count; id++) {
      const label = id % 10 === 9 ? {} : { label: LABELS[id % 3]! };
      yield { id, image: new Uint8Array([id % 256]), ...label };
    }
  }
  return {
    name: "numbers",
    labels: LABELS,
    ...(hasSize && { size: count }),
    rows: (range) => inRange(all(), range),
  };
}

async function idsOf(dataset: Dataset, range?: RowRange): Promise<number[]> {
  const ids: number[] = [];
  for await (const { id } of dataset.rows(range)) ids.push(id as number);
  return ids;
}

describe("sample", () => {
  test("is in order, without repeats, as large as can be, and the same whether or not the size is known", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(60), fc.nat(70), fc.integer(), async (rows, count, seed) => {
        const drawn = await sample(numbered(rows), count, seed);
        const ids = await idsOf(drawn);
        expect(drawn.size).toBe(ids.length);
        expect(ids).toHaveLength(Math.min(rows, count));
        expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
        expect(ids.every((id) => id < rows)).toBe(true);
        expect(await idsOf(await sample(numbered(rows, false), count, seed))).toEqual(ids);
        expect(await idsOf(drawn, { start: 2, end: 5 })).toEqual(ids.slice(2, 5));
      }),
      { numRuns: 100 },
    );
  });

  test("takes each row and each pair of rows as often as any other", async () => {
    const rounds = 6000;
    const counts = new Array<number>(12).fill(0);
    let pairs = 0;
    for (let seed = 0; seed < rounds; seed++) {
      const ids = await idsOf(await sample(numbered(12), 4, seed));
      for (const id of ids) counts[id]!++;
      if (ids.includes(0) && ids.includes(11)) pairs++;
    }
    // 4 of 12 rows: 2000 each, standard deviation 37. A given pair: 4 x 3 / (12 x 11), so 545, standard deviation 22.
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(5 * 37);
    expect(Math.abs(pairs - 545)).toBeLessThan(5 * 22);
  });

  test("draws from a large data set without reading all of it", async () => {
    let read = 0;
    const large: Dataset = {
      name: "large",
      size: 1e9,
      async *rows({ start = 0, end = 1e9 } = {}) {
        for (let id = start; id < end; id++, read++) yield { id, image: new Uint8Array() };
      },
    };
    const ids = await idsOf(await sample(large, 100, 1));
    expect(ids).toHaveLength(100);
    expect(read).toBeLessThan(100 * 256);
    // Half of them are expected in each half of the data set, with a standard deviation of 5.
    expect(Math.abs(ids.filter((id) => id < 5e8).length - 50)).toBeLessThan(25);
  });
});

test("per class: as many of each label, none without a label, in order, different by seed", async () => {
  const drawn = await perClass(numbered(200, false), 5, 3);
  const ids = await idsOf(drawn);
  expect(ids).toHaveLength(15);
  expect(ids).toEqual([...ids].sort((a, b) => a - b));
  for (let label = 0; label < 3; label++) expect(ids.filter((id) => id % 3 === label)).toHaveLength(5);
  expect(ids.some((id) => id % 10 === 9)).toBe(false);
  expect(await idsOf(await perClass(numbered(200), 5, 3))).toEqual(ids);
  expect(await idsOf(await perClass(numbered(200), 5, 4))).not.toEqual(ids);
  expect(await idsOf(await perClass(numbered(7), 5, 4))).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test("subset: by labels, by ids as numbers or text, by both", async () => {
  const dataset = numbered(20);
  const cats = subset(dataset, { labels: ["owl", "cat"] });
  expect(cats).toMatchObject({ labels: ["cat", "owl"] });
  expect(cats.size).toBeUndefined();
  expect(await idsOf(cats)).toEqual([0, 2, 3, 5, 6, 8, 11, 12, 14, 15, 17, 18]);
  expect(await idsOf(cats, { start: 1, end: 3 })).toEqual([2, 3]);
  expect(await idsOf(subset(dataset, { ids: ["3", 19, 400] }))).toEqual([3, 19]);
  expect(await idsOf(subset(dataset, { ids: [3, 4], labels: ["cat"] }))).toEqual([3]);
  expect(() => subset(dataset, { labels: ["hen"] })).toThrow(/no label "hen"/);
});

test("limit: the first rows, and a range of them", async () => {
  const dataset = limit(numbered(20), 5);
  expect(dataset.size).toBe(5);
  expect(await idsOf(dataset)).toEqual([0, 1, 2, 3, 4]);
  expect(await idsOf(dataset, { start: 3, end: 9 })).toEqual([3, 4]);
  expect(await idsOf(limit(numbered(3, false), 5))).toEqual([0, 1, 2]);
});

describe("split", () => {
  test("each row is in one part, whatever the order and whatever else there is", async () => {
    const [first, second] = splitDataset(numbered(2000, false), 7, 0.3);
    const [a, b] = [await idsOf(first), await idsOf(second)];
    expect([...a, ...b].sort((x, y) => x - y)).toEqual([...Array(2000).keys()]);
    const [some] = splitDataset(subset(numbered(2000), { ids: [...a.slice(0, 50), ...b] }), 7, 0.3);
    expect(await idsOf(some)).toEqual(a.slice(0, 50));
    expect(await idsOf(splitDataset(numbered(2000), 8, 0.3)[0])).not.toEqual(a);
    expect(await idsOf(splitDataset(numbered(9), 1, 1)[1])).toEqual([]);
    expect(await idsOf(splitDataset(numbered(9), 1, 0)[0])).toEqual([]);
  });

  test("each label is cut by the share", async () => {
    const ids = await idsOf(splitDataset(numbered(9000), 7, 0.3)[0]);
    // 2,700 labelled rows a label: 810 of each, standard deviation 24.
    for (let label = 0; label < 3; label++) {
      const count = ids.filter((id) => id % 3 === label && id % 10 !== 9).length;
      expect(Math.abs(count - 810)).toBeLessThan(5 * 24);
    }
  });

  test("the parts are the same in every release: they are part of what a report says", async () => {
    expect(await idsOf(splitDataset(numbered(20), 1, 0.5)[0])).toMatchInlineSnapshot(`
      [
        2,
        3,
        4,
        6,
        8,
        10,
        15,
        17,
        18,
      ]
    `);
    expect(await idsOf(await sample(numbered(1000), 8, 1))).toMatchInlineSnapshot(`
      [
        224,
        294,
        341,
        347,
        634,
        842,
        866,
        990,
      ]
    `);
  });
});

describe("label maps", () => {
  test("labels in the map are renamed, others kept", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "map.csv"), 'from,to\ncat,"tabby, cat"\ndog,animal\n');
    await writeFile(join(folder, "map.json"), '{"cat": "tabby, cat", "dog": "animal"}');
    for (const name of ["map.csv", "map.json"]) {
      const dataset = mapLabels(numbered(10), await readLabelMap(join(folder, name)));
      expect(dataset).toMatchObject({ size: 10, labels: ["tabby, cat", "animal", "owl"] });
      const labels: (string | undefined)[] = [];
      for await (const { label } of dataset.rows({ start: 6 })) labels.push(label);
      expect(labels).toEqual(["tabby, cat", "animal", "owl", undefined]);
    }
  });

  test.each([
    ["a.csv", "from,too\na,b\n", "LABELS_INVALID", "line 1"],
    ["b.csv", "from,to\na,b\na,c\n", "LABELS_DUPLICATE", "line 3"],
    ["c.csv", "from,to\na,\n", "LABELS_INVALID", "line 2"],
    ["d.json", '{"a": 1}', "LABELS_INVALID", '"a"'],
    ["e.json", "[]", "LABELS_INVALID", "object"],
  ])("%s is refused", async (name, content, code, where) => {
    const path = join(await temporaryFolder(), name);
    await writeFile(path, content);
    await expect(readLabelMap(path)).rejects.toMatchObject({ code, message: expect.stringContaining(where) });
  });
});

test("numbers that cannot be counts, seeds or shares are refused", async () => {
  const error = { code: "OPTION_INVALID" };
  for (const count of [-1, 1.5, Number.NaN]) {
    await expect(sample(numbered(3), count, 1)).rejects.toMatchObject(error);
    await expect(perClass(numbered(3), count, 1)).rejects.toMatchObject(error);
    expect(() => limit(numbered(3), count)).toThrow(/whole number/);
  }
  await expect(sample(numbered(3), 1, 2 ** 31)).rejects.toMatchObject(error);
  expect(() => splitDataset(numbered(3), 1, 1.1)).toThrow(/from 0 to 1/);
});

describe("without pictures", () => {
  const picture = (value: number) => new Uint8Array([0x89, value]);
  const numbered = (values: readonly number[]): Dataset => ({
    name: "numbers",
    size: values.length,
    async *rows({ start = 0, end } = {}) {
      yield* values.map((value, id) => ({ id, image: picture(value) })).slice(start, end);
    },
  });
  const hashesOf = async (values: readonly number[]) =>
    new Set(await Promise.all(values.map(async (value) => (await contentHash(picture(value))).hash)));

  test("leaves out what it is told to and what came before, and counts both at every reading", async () => {
    const small = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(small, small, small, fc.boolean(), async (values, a, b, distinct) => {
        const kinds = { a: await hashesOf(a), b: await hashesOf(b) };
        const { dataset, met } = withoutPictures(numbered(values), kinds, { distinct });
        const others = values.filter((value) => !a.includes(value) && !b.includes(value));
        const wanted = distinct ? [...new Set(others)] : others;
        for (let reading = 0; reading < 2; reading++) {
          const ids: (string | number)[] = [];
          for await (const { id } of dataset.rows()) ids.push(id);
          expect(ids.map((id) => values[Number(id)])).toEqual(wanted);
          expect(met()).toMatchObject({
            leftOut: {
              a: values.filter((value) => a.includes(value)).length,
              b: values.filter((value) => !a.includes(value) && b.includes(value)).length,
            },
            repeated: others.length - wanted.length,
            hashes: distinct ? [...(await hashesOf(wanted))] : [],
          });
        }
      }),
      { numRuns: 50 },
    );
  });

  test("keeps rows that have no picture, whose errors are told later", async () => {
    const error = new NearlabelError("IMAGE_EMPTY", "nothing");
    const rows = [
      { id: "error", image: picture(1), error },
      { id: "embedding", image: new Uint8Array(), embedding: Float32Array.of(1, 0) },
      { id: "empty", image: new Uint8Array() },
      { id: "picture", image: picture(2) },
    ];
    const dataset: Dataset = {
      name: "four",
      async *rows() {
        yield* rows;
      },
    };
    const ids: (string | number)[] = [];
    const all = withoutPictures(dataset, { known: await hashesOf([1, 2]) });
    for await (const { id } of all.dataset.rows()) ids.push(id);
    expect(ids).toEqual(["error", "embedding", "empty"]);
  });
});
