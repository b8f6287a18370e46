import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { findClusters } from "../src/images/curate/clusters.js";
import { findDuplicates, notDuplicates } from "../src/images/curate/duplicates.js";
import { nearGroups } from "../src/images/curate/near-groups.js";
import { findOutliers } from "../src/images/curate/outliers.js";
import { findSuspects } from "../src/images/curate/suspects.js";
import { type Matrix, matrixOf, row } from "../src/math/matrix.js";
import { dot, normalise } from "../src/math/vector.js";
import { temporaryFolder } from "./folders.js";
import { addImages, newTable, randomUnits } from "./image-rows.js";

/** `vector` moved by a share of `by`, at unit length. */
function moved(vector: Float32Array, by: Float32Array, share: number): Float32Array {
  return normalise(vector.map((value, i) => value + share * by[i]!));
}

async function tableOf(vectors: Matrix, columns = {}, own = {}) {
  const table = await newTable(await temporaryFolder(), own);
  return { table, paths: await addImages(table, vectors, columns) };
}

describe("findDuplicates", () => {
  /** Pictures 0 to 3 are one picture in four bands, 4 and 5 another two, 6 alone. */
  async function alikeTable(columns = {}) {
    const [a, b, c, noise] = [0, 1, 2, 3].map((r) => row(randomUnits(4, 256, 5), r)) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const vectors = matrixOf([
      a,
      a,
      moved(a, noise, 0.08),
      moved(a, noise, 0.25),
      b,
      moved(b, noise, 0.05),
      c,
    ]);
    const id = vectors.rows === 7 ? [0, 0, 2, 3, 4, 5, 6].map((n) => String(n).padStart(64, "0")) : [];
    return tableOf(vectors, { id, ...columns });
  }

  it("groups pictures by bands, and keeps the largest", async () => {
    const { table, paths } = await alikeTable({
      width: [10, 20, 30, 5, 9, 9, 9],
      height: [10, 10, 10, 10, 9, 9, 9],
      bytes: [1, 1, 1, 1, 5, 6, 1],
    });
    const bands = async (band: "same" | "near" | "similar") =>
      (await findDuplicates(table, { band })).map(({ kept, duplicates }) => [
        paths.indexOf(kept.path),
        duplicates.map((each) => [paths.indexOf(each.path), each.band]),
      ]);
    expect(await bands("same")).toEqual([[1, [[0, "same"]]]]);
    expect(await bands("near")).toEqual([
      [5, [[4, "near"]]],
      [
        2,
        [
          [0, "near"],
          [1, "near"],
        ],
      ],
    ]);
    const similar = await bands("similar");
    expect(similar).toContainEqual([2, expect.arrayContaining([[3, "similar"]])]);
    await table.close();
  });

  it("keeps the oldest where asked to, and remembers what are no duplicates", async () => {
    const day = (n: number) => new Date(Date.UTC(2025, 0, n));
    const { table, paths } = await alikeTable({
      modified: [1, 2, 3, 4, 9, 8, 7].map(day),
      taken: [day(3), null, day(1), day(2), null, null, null],
    });
    const groups = await findDuplicates(table, { keep: "oldest" });
    expect(groups.map(({ kept }) => paths.indexOf(kept.path)).sort()).toEqual([2, 5]);
    await notDuplicates(table, [paths[4]!, paths[5]!]);
    const left = await findDuplicates(table);
    expect(left).toHaveLength(1);
    await notDuplicates(table, [paths[0]!, paths[2]!]);
    await expect(notDuplicates(table, ["/elsewhere.jpg"])).rejects.toThrow(
      expect.objectContaining({ code: "INPUT_EMPTY" }),
    );
    await table.close();
  });

  it("keeps the sharpest", async () => {
    const folder = join(await temporaryFolder(), "photos");
    await mkdir(folder);
    const noise = Buffer.from(Uint8Array.from({ length: 64 * 64 * 3 }, (_, at) => (at * 7919) % 251));
    const sharpOne = sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });
    const paths = ["blurred.png", "clear.png", "gone.png"].map((name) => join(folder, name));
    await writeFile(paths[0]!, await sharpOne.clone().blur(3).png().toBuffer());
    await writeFile(paths[1]!, await sharpOne.png().toBuffer());
    const vectors = randomUnits(1, 256, 3);
    const { table } = await tableOf(matrixOf([row(vectors, 0), row(vectors, 0), row(vectors, 0)]), {
      path: paths,
    });
    const [group] = await findDuplicates(table, { keep: "sharpest" });
    expect(group!.kept.path).toBe(paths[1]);
    await table.close();
  });

  it("takes thousands of copies of one file for one picture", async () => {
    const copies = 6000;
    const [a, b] = [row(randomUnits(2, 256, 9), 0), row(randomUnits(2, 256, 9), 1)];
    const near = moved(a, b, 0.05);
    const vectors = matrixOf(Array.from({ length: copies + 1 }, (_, at) => (at < copies ? a : near)));
    const id = Array.from({ length: copies + 1 }, (_, at) => (at < copies ? "a" : "b").padStart(64, "0"));
    const { table, paths } = await tableOf(vectors, { id });
    const [group, ...others] = await findDuplicates(table);
    expect(others).toEqual([]);
    expect(group!.kept.path).toBe(paths[0]);
    expect(group!.duplicates).toHaveLength(copies);
    expect(group!.duplicates.at(-1)).toMatchObject({ path: paths[copies], band: "near" });
    await table.close();
  });

  it("refuses what it does not know", async () => {
    const { table } = await alikeTable();
    await expect(findDuplicates(table, { band: "equal" } as object)).rejects.toThrow("Expected band to be");
    await expect(findDuplicates(table, { near: 0.9, similar: 0.95 })).rejects.toThrow("Expected similar");
    await expect(findDuplicates(table, { where: "width > 100000" })).rejects.toThrow("no pictures for which");
    await table.close();
  });
});

describe("nearGroups", () => {
  it("finds what is alike among more rows than it compares with each other", async () => {
    const rows = 21_000;
    const vectors = randomUnits(rows, 16, 1);
    const planted = 200;
    for (let at = 0; at < planted; at++) {
      const noise = row(vectors, rows - 1 - at);
      vectors.data.set(moved(row(vectors, at), noise, 0.1), (at + planted) * 16);
    }
    const expected = Array.from({ length: planted }, (_, at) =>
      dot(row(vectors, at), row(vectors, at + planted)),
    );
    const groupOf = new Map<number, number>();
    for (const [number, group] of (await nearGroups(vectors, { least: 0.985 })).entries()) {
      for (const at of group) groupOf.set(at, number);
    }
    const areTogether = (at: number) => groupOf.has(at) && groupOf.get(at) === groupOf.get(at + planted);
    const missed = expected.filter((cosine, at) => cosine >= 0.985 && !areTogether(at));
    expect(missed).toEqual([]);
  });

  it("puts together all that are alike, whatever leads to it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 2, max: 400 }),
        fc.integer({ min: 2, max: 5 }),
        async (seed, rows, columns) => {
          const vectors = randomUnits(rows, columns, seed);
          const groups = await nearGroups(vectors, { least: 0.97 });
          const groupOf = new Map(groups.flatMap((group, number) => group.map((at) => [at, number])));
          for (let a = 0; a < rows; a++) {
            for (let b = a + 1; b < rows; b++) {
              if (dot(row(vectors, a), row(vectors, b)) < 0.97 + 1e-9) continue;
              expect([groupOf.get(a), a]).toEqual([groupOf.get(b) ?? -1, a]);
            }
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it("takes no longer for a hundred thousand that are all alike, which make 5,000,000,000 pairs", async () => {
    const rows = 100_000;
    const { data } = randomUnits(rows, 16, 3);
    const middle = row(randomUnits(1, 16, 4), 0);
    for (let at = 0; at < data.length; at++) data[at] = middle[at % 16]! + 0.02 * data[at]!;
    const vectors = { data, rows, columns: 16 };
    for (let at = 0; at < rows; at++) data.set(normalise(row(vectors, at).slice()), at * 16);
    const groups = await nearGroups(vectors, { least: 0.99 });
    expect(groups.map(({ length }) => length)).toEqual([rows]);
  });
});

describe("findOutliers", () => {
  it("puts what is far from all others first, and does not take copies for neighbours", async () => {
    const centre = row(randomUnits(1, 256, 2), 0);
    const noise = randomUnits(62, 256, 3);
    const near = Array.from({ length: 60 }, (_, at) => moved(centre, row(noise, at), 0.6));
    const stranger = row(noise, 60);
    const { table, paths } = await tableOf(matrixOf([...near, stranger, stranger]));
    const outliers = await findOutliers(table, { neighbours: 5 });
    expect(
      outliers
        .slice(0, 2)
        .map(({ path }) => paths.indexOf(path))
        .sort(),
    ).toEqual([60, 61]);
    expect(outliers.filter(({ outlier }) => outlier)).toHaveLength(2);
    expect(outliers).toHaveLength(62);
    await table.close();
  });
});

describe("findClusters", () => {
  it("groups what lies together, and names it by words", async () => {
    const { embedLabels } = await import("../src/labels/prompts/embed-labels.js");
    const { labelSet } = await import("../src/labels/set/label-set.js");
    const { loadModel } = await import("../src/encoder/load.js");
    const words = ["banana", "bus", "elephant", "guitar"];
    await using model = await loadModel("mini");
    const embeddings = await embedLabels(model, labelSet(words), ["a photo of a {}"]);
    const noise = randomUnits(60, 256, 4);
    const rows = Array.from({ length: 60 }, (_, at) => moved(row(embeddings, at % 3), row(noise, at), 0.5));
    const { table } = await tableOf(matrixOf(rows));
    const clusters = await findClusters(table, { labels: words, count: 3, words: 1, model });
    expect(clusters.map(({ name }) => name[0]).sort()).toEqual(["banana", "bus", "elephant"]);
    expect(clusters.map(({ pictures }) => pictures.length)).toEqual([20, 20, 20]);
    expect(await findClusters(table, { labels: words, count: 3, words: 1, model })).toEqual(clusters);
    await table.close();
  });
});

describe("findSuspects", () => {
  it("finds labels that the other pictures speak against, and copies with other labels or splits", async () => {
    const centres = randomUnits(3, 256, 6);
    const names = ["banana", "bus", "elephant"];
    const noise = randomUnits(90, 256, 7);
    const rows = Array.from({ length: 90 }, (_, at) => moved(row(centres, at % 3), row(noise, at), 0.8));
    rows.push(rows[0]!);
    const given: (string | null)[] = rows.map((_, at) => names[at % 3]!);
    given[90] = "bus";
    given[10] = "elephant";
    given[11] = null;
    const split = rows.map((_, at) => (at === 90 ? "test" : "train"));
    const { table, paths } = await tableOf(
      matrixOf(rows),
      { given_label: given, split },
      { split: { type: "string" } },
    );
    const { suspects, pictures, leftOut } = await findSuspects(table, { split: "split" });
    expect({ pictures, leftOut }).toEqual({ pictures: 90, leftOut: 1 });
    const of = (kind: string) =>
      suspects.filter((each) => each.kind === kind).map(({ path }) => paths.indexOf(path));
    expect(of("duplicates-differ").sort((a, b) => a - b)).toEqual([0, 90]);
    expect(of("train-test").sort((a, b) => a - b)).toEqual([0, 90]);
    expect(of("wrong-label").sort((a, b) => a - b)).toEqual([10, 90]);
    expect(suspects.find(({ path }) => path === paths[10])).toMatchObject({
      kind: "wrong-label",
      given: "elephant",
      suggested: "bus",
    });
    await expect(findSuspects(table, { column: "tags" })).rejects.toThrow('no column "tags"');
    await table.close();
  });

  it("says where labels come from where no picture has one", async () => {
    const { table } = await tableOf(randomUnits(3, 256, 1));
    await expect(findSuspects(table, { where: "width IS NULL -- all" })).rejects.toMatchObject({
      code: "INPUT_EMPTY",
      message: expect.stringContaining("no picture has a label in the column given_label"),
    });
    await table.close();
  });
});
