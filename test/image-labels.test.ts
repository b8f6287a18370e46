import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classifyEmbeddings } from "../src/classify/classifier.js";
import { classifyTable, type TableClassification } from "../src/images/label/classify-table.js";
import { fitThresholds } from "../src/images/label/fit-thresholds.js";
import { earlierLabelCounts, labelCounts } from "../src/images/label/label-counts.js";
import { labelTable } from "../src/images/label/label-table.js";
import { predictionsAt, topLabels, withMoreLabels } from "../src/images/label/top-labels.js";
import { labelSet } from "../src/labels/set/label-set.js";
import { row, rowRange } from "../src/math/matrix.js";
import { predict } from "../src/scoring/predict.js";
import { temporaryFolder } from "./folders.js";
import { addImages, newTable, randomUnits } from "./image-rows.js";

const ANIMALS = ["cat", "dog", "horse", "bird"];

async function tableOf(rows: number, columns = {}) {
  const table = await newTable(await temporaryFolder());
  const vectors = randomUnits(rows, 256, 1);
  return { table, vectors, paths: await addImages(table, vectors, columns) };
}

async function all(results: AsyncIterable<TableClassification>) {
  const found = new Map<string, TableClassification>();
  for await (const result of results) found.set(result.id, result);
  return found;
}

describe("topLabels", () => {
  const scorings = [
    { logitScale: 25, logitBias: 0, scoreFunction: "softmax" as const },
    { logitScale: 100, logitBias: 0, scoreFunction: "softmax" as const, temperature: 1.7 },
    { logitScale: 100, logitBias: -12, scoreFunction: "sigmoid" as const },
  ];

  it("says what predict says, also where labels came later", async () => {
    const random = fc.record({
      labels: fc.integer({ min: 2, max: 30 }),
      pictures: fc.integer({ min: 1, max: 5 }),
      known: fc.integer({ min: 1, max: 29 }),
      scoring: fc.constantFrom(...scorings),
      multiLabel: fc.boolean(),
      seed: fc.integer({ min: 1, max: 1000 }),
    });
    await fc.assert(
      fc.asyncProperty(random, async ({ labels, pictures, known, scoring, multiLabel, seed }) => {
        const names = labelSet(Array.from({ length: labels }, (_, at) => `label ${at}`));
        const classes = { labels: names, embeddings: randomUnits(labels, 16, seed), scoring };
        const images = randomUnits(pictures, 16, seed + 1);
        const first = Math.min(known, labels - 1);
        const part = (from: number, end: number) => ({
          ...classes,
          labels: names.slice(from, end),
          embeddings: rowRange(classes.embeddings, from, end),
        });
        const whole = await topLabels(images, classes, 5);
        const grown = withMoreLabels(
          await topLabels(images, part(0, first), 5),
          await topLabels(images, part(first, labels), 5),
          5,
          scoring,
        );
        for (let at = 0; at < pictures; at++) {
          const expected = predict(row(images, at), classes, { multiLabel });
          for (const top of [whole, grown]) {
            const got = predictionsAt(top, at, names, scoring, { multiLabel });
            expect(got.map(({ label }) => label)).toEqual(expected.map(({ label }) => label));
            for (const [place, { score, similarity }] of expected.entries()) {
              expect(got[place]!.score).toBeCloseTo(score, 12);
              expect(got[place]!.similarity).toBeCloseTo(similarity, 14);
            }
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("classifyTable", () => {
  it("says of stored pictures what classify says of them", async () => {
    const { table, vectors, paths } = await tableOf(50);
    const options = { labels: ANIMALS, topK: 3, reject: { method: "similarity" as const, threshold: 0.05 } };
    const found = await all(classifyTable(table, options));
    for (const [at, { id, ...expected }] of (await classifyEmbeddings(vectors, options)).entries()) {
      const { id: path, ...got } = found.get(paths[at]!)!;
      expect(path).toBe(paths[at]);
      expect(Boolean(got.unknown)).toBe(Boolean(expected.unknown));
      expect(got.predictions.map(({ label }) => label)).toEqual(
        expected.predictions!.map(({ label }) => label),
      );
      expect(got.predictions[0]!.score).toBeCloseTo(expected.predictions![0]!.score, 12);
    }
    await table.close();
  });

  it("looks at the pictures that a filter names, and refuses what it does not know", async () => {
    const { table } = await tableOf(30, { width: Array.from({ length: 30 }, (_, at) => at * 100) });
    const found = await all(classifyTable(table, { labels: ANIMALS, where: "width >= 2000" }));
    expect(found.size).toBe(10);
    await expect(all(classifyTable(table, { labels: ANIMALS, where: "breadth > 1" }))).rejects.toThrow(
      expect.objectContaining({ code: "TABLE_FILTER_INVALID" }),
    );
    await expect(all(classifyTable(table, { labels: ANIMALS, topk: 1 } as object))).rejects.toThrow(
      'classifyTable has no option "topk"',
    );
    await expect(all(classifyTable(table, {}))).rejects.toThrow("Expected one of labels");
    await table.close();
  });
});

describe("labelTable", () => {
  it("writes label, score and label set, and looks again only at what changed", async () => {
    const { table, vectors, paths } = await tableOf(40);
    const first = await labelTable(table, { labels: ANIMALS, save: "animals" });
    expect(first).toMatchObject({ labelled: 40, unchanged: 0, unknown: 0, labelSet: { name: "animals" } });
    const expected = await classifyEmbeddings(vectors, { labels: ANIMALS });
    const { columns } = await table.table.read({ columns: ["path", "label", "score", "label_set"] });
    for (const [at, path] of columns.path!.entries()) {
      const [best] = expected[paths.indexOf(path as string)]!.predictions!;
      expect(columns.label![at]).toBe(best!.label);
      expect(columns.score![at]).toBeCloseTo(best!.score, 6);
      expect(columns.label_set![at]).toBe(`animals@${first.labelSet.version}`);
    }
    expect(await labelTable(table, { save: "animals" })).toMatchObject({ labelled: 0, unchanged: 40 });
    await addImages(table, randomUnits(3, 256, 9));
    expect(await labelTable(table, { labels: ANIMALS, save: "animals" })).toMatchObject({
      labelled: 3,
      unchanged: 37,
    });
    await table.close();
  });

  it("keeps what was there before as history, and counts labels and their parents", async () => {
    const { table } = await tableOf(40);
    const pets = [
      { label: "cat", parent: "mammal" },
      { label: "dog", parent: "mammal" },
      { label: "bird", parent: "other" },
    ];
    const first = await labelTable(table, { labels: pets, save: "pets" });
    const second = await labelTable(table, { labels: [...pets, "horse"], save: "pets" });
    expect(second.labelled).toBe(40);
    expect(second.labelSet.version).toBeGreaterThan(first.labelSet.version);
    const { version } = first.labelSet;
    expect(await earlierLabelCounts(table, `pets@${version}`)).toEqual(first.counts);
    expect(await earlierLabelCounts(table, "pets")).toEqual(second.counts);
    const now = await labelCounts(table);
    expect(now).toMatchObject({ pictures: 40, unknown: 0, unlabelled: 0, counts: second.counts });
    expect(now.labelSets).toEqual(new Map([[`pets@${second.labelSet.version}`, 40]]));
    const mammals = (now.counts.get("cat") ?? 0) + (now.counts.get("dog") ?? 0);
    expect(now.parents.get("mammal")).toBe(mammals);
    await table.close();
  });

  it("compares with the new labels alone where a large label set grew, with the same result", async () => {
    const { table } = await tableOf(30);
    const many = Array.from({ length: 260 }, (_, at) => `thing ${at}`);
    await labelTable(table, { labels: many, save: "things" });
    await labelTable(table, { labels: [...many, "cat", "dog"], save: "things" });
    const grown = await table.table.read({ columns: ["path", "label", "score"] });
    await labelTable(table, { labels: [...many, "cat", "dog"], save: "afresh" });
    const afresh = await table.table.read({ columns: ["path", "label", "score"] });
    const sorted = ({ columns }: typeof grown) =>
      columns.path!.map((path, at) => [path, columns.label![at], columns.score![at]]).sort();
    expect(sorted(grown)).toEqual(sorted(afresh));
    await table.close();
  });

  it("marks unknown pictures, and gives several labels where asked to", async () => {
    const { table } = await tableOf(40);
    const strict = { method: "similarity" as const, threshold: 0.9 };
    const none = await labelTable(table, { labels: ANIMALS, save: "animals", reject: strict });
    expect(none).toMatchObject({ labelled: 40, unknown: 40 });
    expect((await labelCounts(table)).unknown).toBe(40);
    await labelTable(table, { labels: ANIMALS, save: "animals", multiLabel: true, minScore: 0.5 });
    const { columns } = await table.table.read({ columns: ["label", "labels"] });
    for (const [at, label] of columns.label!.entries()) {
      const labels = columns.labels![at] as string[];
      expect(labels[0] ?? null).toBe(label);
    }
    expect(columns.labels!.some((labels) => (labels as string[]).length > 1)).toBe(true);
    await labelTable(table, { labels: ANIMALS, save: "animals" });
    expect(await table.count("labels IS NOT NULL")).toBe(0);
    await table.close();
  });

  it("goes on where the disk was full before anything of a label set was whole", async () => {
    const { table } = await tableOf(20);
    for (const name of ["labels", "labelling"]) {
      const data = join(table.place, "label-sets", "animals", `${name}.lance`, "data");
      await mkdir(data, { recursive: true });
      await writeFile(join(data, "part.lance"), "");
    }
    await expect(earlierLabelCounts(table, "animals")).rejects.toMatchObject({ code: "INDEX_NOT_FOUND" });
    const result = await labelTable(table, { labels: ANIMALS, save: "animals" });
    expect(result).toMatchObject({ labelled: 20 });
    await table.close();
  });

  it("keeps a vector index whole, and labels pictures that were replaced meanwhile", async () => {
    const { table } = await tableOf(600);
    await table.table.createVectorIndex({ kind: "ivfRq" });
    for (const labels of [ANIMALS, [...ANIMALS, "fish"], ANIMALS.slice(1)]) {
      await labelTable(table, { labels, save: "animals" });
      const indexes = await table.table.indexes();
      expect(indexes.find(({ column }) => column === "vector")).toMatchObject({
        indexedRows: 600,
        unindexedRows: 0,
      });
    }
    let once = true;
    await labelTable(table, {
      labels: ANIMALS,
      save: "animals",
      onProgress: () => {
        if (!once) return;
        once = false;
        racing = addImages(table, randomUnits(5, 256, 77));
      },
    });
    await racing;
    await labelTable(table, { labels: ANIMALS, save: "animals" });
    expect((await labelCounts(table)).unlabelled).toBe(0);
    await table.close();
  });

  let racing: Promise<unknown> | undefined;

  it.each(["", "a/b", "../x", "a@2"])("refuses %j as a name", async (save) => {
    const { table } = await tableOf(1);
    await expect(labelTable(table, { labels: ANIMALS, save })).rejects.toThrow(
      expect.objectContaining({ code: "OPTION_INVALID" }),
    );
    await table.close();
  });
});

describe("fitThresholds", () => {
  it("finds the least score of each label that separates its pictures best", async () => {
    const rows = 200;
    const { table } = await tableOf(rows);
    const found = await all(classifyTable(table, { labels: ANIMALS, topK: 1 }));
    const best = new Map([...found].map(([path, { predictions }]) => [path, predictions[0]!.label]));
    const paths = [...best.keys()];
    await table.table.update({ path: paths, given_label: paths.map((path) => best.get(path)!) });
    const fitted = await fitThresholds(table, { labels: [...ANIMALS, "fish"] });
    expect(fitted.pictures).toBe(rows);
    expect(fitted.labels.get("fish")).toMatchObject({ examples: 0, shared: true });
    for (const label of ANIMALS.filter((name) => fitted.labels.get(name)!.examples >= 5)) {
      expect(fitted.labels.get(label)!.f1).toBeGreaterThan(0.5);
    }
    const { labelled } = await labelTable(table, {
      labels: [...ANIMALS, "fish"],
      save: "several",
      multiLabel: true,
      minScore: fitted.minScore,
    });
    expect(labelled).toBe(rows);
    await table.close();
  });
});
