import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { adaptedLabels, addExamples } from "../src/adapt/index-examples.js";
import { readNpy, readNpyMatrix } from "../src/datasets/arrays/npy.js";
import { createEmbeddingBatch } from "../src/encoder/embedding-batch.js";
import type { Encoder } from "../src/encoder/encoder.js";
import { loadModel } from "../src/encoder/load.js";
import {
  exampleHashes,
  readExamples,
  removeExamples,
  writeExamples,
} from "../src/labels/examples/example-table.js";
import { buildLabelIndex, importLabelIndex } from "../src/labels/index/build.js";
import type { IndexModelInfo } from "../src/labels/index/index-info.js";
import { openLabelIndex } from "../src/labels/index/label-index.js";
import { LABEL_TABLE, tableRows } from "../src/labels/index/label-rows.js";
import { labelSet } from "../src/labels/set/label-set.js";
import { type Matrix, matrixOf, normaliseRows, row } from "../src/math/matrix.js";
import { topK } from "../src/math/top-k.js";
import { dot, normalise } from "../src/math/vector.js";
import { createTable, openTable } from "../src/store/database.js";
import { nearlabel } from "./command-line.js";
import { temporaryFolder } from "./folders.js";
import { hashEncoder, hashVector } from "./hash-encoder.js";

const AWKWARD = ["it's", '"x", y', "Ke$$ha $&", "{}", "金魚🐟", "a\u00a0b", "aquarium_fish"];

const GIVEN: IndexModelInfo = {
  model: "clip",
  fingerprint: "sha256:0123456789abcdef",
  logitScale: 100,
  logitBias: 0,
  scoreFunction: "softmax",
};

async function namesOf(index: { labels(): Promise<{ labels: { label: string }[] }> }) {
  return (await index.labels()).labels.map(({ label }) => label);
}

describe("with the built-in model", () => {
  test("an index is built, opened, searched, extended, cut and restored", async () => {
    const path = await temporaryFolder();
    await using model = await loadModel("mini");
    const templates = ["a photo of a {}", "a picture of a {}"];
    await (await buildLabelIndex(path, { labels: ["cat", "dog", ...AWKWARD], model, templates })).close();

    await using index = await openLabelIndex(path);
    expect(index.info).toMatchObject({
      model: "mini",
      fingerprint: await model.identity.fingerprint(),
      templates,
      count: 9,
      dimension: model.dimension,
      logitScale: model.scoring.logitScale,
      logitBias: model.scoring.logitBias,
      scoreFunction: model.scoring.scoreFunction,
    });
    expect(Math.abs(Date.now() - Date.parse(index.info.created))).toBeLessThan(60_000);
    const { labels, embeddings } = await index.labels();
    expect(labels).toEqual(labelSet(["cat", "dog", ...AWKWARD]));
    const found = await index.search(
      labels.map((_, position) => row(embeddings, position)),
      1,
    );
    expect(found.map(([nearest]) => nearest!.label)).toEqual(labels);

    expect(await index.add(["dog", "red fox"], model)).toEqual({ added: 1, updated: 0, unchanged: 1 });
    await index.remove(AWKWARD);
    expect(await namesOf(index)).toEqual(["cat", "dog", "red fox"]);
    await index.restore(1);
    expect(await namesOf(index)).toEqual(["cat", "dog", ...AWKWARD]);
    expect((await index.versions()).map(({ version, rows }) => [version, rows])).toEqual([
      [1, 9],
      [2, 10],
      [3, 3],
      [4, 9],
    ]);
  });
});

test("add encodes only what is new, and what changed keeps its place", async () => {
  const path = await temporaryFolder();
  const model = hashEncoder();
  await using index = await buildLabelIndex(path, { labels: ["cat", "dog", "fox"], model });
  model.encoded.length = 0;
  expect(await index.add(["cat", "dog"], model)).toEqual({ added: 0, updated: 0, unchanged: 2 });
  expect(await index.versions()).toHaveLength(1);
  const changes = [
    { label: "cat", prompts: ["a small cat"] },
    { label: "fox", parent: "animal" },
    "owl",
    "dog",
  ];
  expect(await index.add(changes, model)).toEqual({ added: 1, updated: 2, unchanged: 1 });
  expect(model.encoded.toSorted()).toEqual(["a photo of a owl", "a small cat"]);
  const { labels, embeddings } = await index.labels();
  expect(labels).toEqual(labelSet([changes[0]!, "dog", changes[1]!, "owl"]));
  const prompts = ["a small cat", "a photo of a dog", "a photo of a fox", "a photo of a owl"];
  for (const [position, prompt] of prompts.entries()) {
    expect(dot(row(embeddings, position), hashVector(prompt, 16)), prompt).toBeCloseTo(1, 6);
  }
});

test("labels can all be removed and added again", async () => {
  const model = hashEncoder();
  await using index = await buildLabelIndex(await temporaryFolder(), { labels: ["cat", "dog"], model });
  await index.remove(["cat", "dog"]);
  expect(index.info.count).toBe(0);
  expect(await index.labels()).toEqual({ labels: [], embeddings: matrixOf([], 16) });
  expect(await index.search([hashVector("cat", 16)], 3)).toEqual([[]]);
  await index.add(["dog", "cat"], model);
  expect(await namesOf(index)).toEqual(["dog", "cat"]);
});

test("removing a label that is not there is refused and removes nothing", async () => {
  await using index = await buildLabelIndex(await temporaryFolder(), {
    labels: ["cat", "dog"],
    model: hashEncoder(),
  });
  await expect(index.remove(["cat", "it's", "ox"])).rejects.toMatchObject({
    code: "LABELS_INVALID",
    message: expect.stringContaining('not in the index (2): "it\'s"; "ox"'),
  });
  await index.remove([]);
  expect(await namesOf(index)).toEqual(["cat", "dog"]);
});

test("another model is refused and both are named", async () => {
  const path = await temporaryFolder();
  await using index = await buildLabelIndex(path, { labels: ["cat"], model: hashEncoder({ id: "one" }) });
  const other = hashEncoder({ id: "two" });
  const refusal = {
    code: "INDEX_MODEL_MISMATCH",
    message: expect.stringMatching(
      /built with model one \(sha256:\w{12}\), used with model two \(sha256:\w{12}\)/,
    ),
  };
  await expect(index.checkModel(other)).rejects.toMatchObject(refusal);
  await expect(index.add(["dog"], other)).rejects.toMatchObject(refusal);
  expect(other.encoded).toEqual([]);
});

test("an index that another program builds anew with another model is not mixed up with the old one", async () => {
  const path = await temporaryFolder();
  await using index = await buildLabelIndex(path, { labels: ["cat"], model: hashEncoder({ id: "one" }) });
  const model = hashEncoder({ id: "two", dimension: 12 });
  await using rebuilt = await buildLabelIndex(path, { labels: ["dog"], model, overwrite: true });
  const refusal = { code: "INDEX_MODEL_MISMATCH" };
  await expect(index.labels()).rejects.toMatchObject(refusal);
  await expect(index.search([hashVector("x", 16)], 1)).rejects.toMatchObject(refusal);
  await expect(index.remove(["dog"])).rejects.toMatchObject(refusal);
  await rebuilt.restore(1);
  expect(rebuilt.info).toMatchObject({ model: "one", dimension: 16 });
  expect(await namesOf(index)).toEqual(["cat"]);
});

test("a build that fails or is stopped leaves the older index as it was, and no index where there was none", async () => {
  const path = await temporaryFolder();
  await using index = await buildLabelIndex(path, { labels: ["cat"], model: hashEncoder() });
  const failing: Encoder = {
    ...hashEncoder(),
    embedTexts: () => Promise.reject(new Error("out of memory")),
  };
  const labels = ["dog"];
  const signal = AbortSignal.abort(new Error("stopped"));
  const fresh = join(path, "fresh");
  for (const [folder, overwrite] of [
    [path, true],
    [fresh, false],
  ] as const) {
    const failed = buildLabelIndex(folder, { labels, model: failing, overwrite });
    await expect(failed).rejects.toThrow("out of memory");
    const stopped = buildLabelIndex(folder, { labels, model: hashEncoder(), overwrite, signal });
    await expect(stopped).rejects.toThrow("stopped");
  }
  expect(await namesOf(index)).toEqual(["cat"]);
  await expect(openLabelIndex(fresh)).rejects.toMatchObject({ code: "INDEX_NOT_FOUND" });
});

test("what cannot be built is refused before anything is encoded", async () => {
  const path = await temporaryFolder();
  const model = hashEncoder();
  await using index = await buildLabelIndex(path, { labels: ["cat"], model });
  model.encoded.length = 0;
  const file = join(path, "file");
  await writeFile(file, "");
  const build = (folder: string, options: object) =>
    buildLabelIndex(folder, { labels: ["dog"], model, ...options });
  await expect(build(path, {})).rejects.toMatchObject({ code: "INDEX_EXISTS" });
  await expect(build(file, {})).rejects.toMatchObject({ code: "WRITE_FAILED" });
  await expect(build(path, { templates: ["a photo"] })).rejects.toMatchObject({ code: "TEMPLATE_INVALID" });
  await expect(build(path, { labels: [] })).rejects.toMatchObject({ code: "LABELS_EMPTY" });
  expect(model.encoded).toEqual([]);
  expect(await namesOf(index)).toEqual(["cat"]);
});

test("what is said of the model of given embeddings is checked, there and where an index is opened", async () => {
  const path = await temporaryFolder();
  const options = { labels: ["a"], embeddings: matrixOf([hashVector("a", 8)]) };
  for (const [wrong, name] of [
    [{ ...GIVEN, model: undefined }, "model"],
    [{ ...GIVEN, fingerprint: "" }, "fingerprint"],
    [{ ...GIVEN, logitScale: Number.NaN }, "logitScale"],
    [{ ...GIVEN, logitBias: "0" }, "logitBias"],
    [{ ...GIVEN, scoreFunction: "relu" }, "scoreFunction"],
    [hashEncoder({ dimension: 8 }), "model"],
  ] as const) {
    await expect(importLabelIndex(path, { ...options, model: wrong as never })).rejects.toMatchObject({
      code: "OPTION_INVALID",
      message: expect.stringMatching(new RegExp(`\\b${name} `)),
    });
  }
  await expect(importLabelIndex(path, options as never)).rejects.toMatchObject({ code: "OPTION_INVALID" });

  const rows = tableRows({ labels: labelSet(["a"]), embeddings: options.embeddings, positions: [0] });
  for (const metadata of ["[]", '{"format":1,"templates":[],"created":"2026-01-01T00:00:00Z"}']) {
    const stored = { rows, metadata: new Map([["nearlabel", metadata]]), overwrite: true };
    (await createTable(path, LABEL_TABLE, stored)).close();
    await expect(openLabelIndex(path)).rejects.toMatchObject({ code: "INDEX_INVALID" });
  }
});

test("given embeddings are checked, and brought to unit length only when asked", async () => {
  const path = await temporaryFolder();
  const long = matrixOf([hashVector("a", 8), hashVector("b", 8).map((value) => 10 * value)]);
  const options = { labels: ["a", "b"], embeddings: long, model: GIVEN };
  await expect(importLabelIndex(path, options)).rejects.toMatchObject({
    code: "VECTOR_INVALID",
    message: expect.stringContaining('row 1 ("b") has length 10'),
  });
  for (const value of [0, Number.NaN]) {
    const embeddings = matrixOf([hashVector("a", 8), new Float32Array(8).fill(value)]);
    const imported = importLabelIndex(path, { ...options, embeddings, normalise: true });
    await expect(imported).rejects.toMatchObject({ code: "VECTOR_INVALID" });
  }
  await expect(importLabelIndex(path, { ...options, labels: ["a"] })).rejects.toMatchObject({
    code: "VECTOR_INVALID",
    message: expect.stringContaining("got 2 for 1 labels"),
  });
  await using index = await importLabelIndex(path, { ...options, normalise: true });
  expect((await index.labels()).embeddings).toEqual(normaliseRows(long));
  expect(index.info).toMatchObject({ ...GIVEN, templates: [] });
});

test("labels can be added to given embeddings where it is known how these were made", async () => {
  const model = hashEncoder();
  const given = { ...GIVEN, fingerprint: await model.identity.fingerprint() };
  const embeddings = matrixOf([hashVector("a cat", 16)]);
  const options = { labels: ["cat"], embeddings, model: given };
  await using unknown = await importLabelIndex(await temporaryFolder(), options);
  await expect(unknown.add(["dog"], model)).rejects.toMatchObject({ code: "TEMPLATE_INVALID" });
  expect(await unknown.add([{ label: "dog", prompts: ["a dog"] }], model)).toMatchObject({ added: 1 });
  await using known = await importLabelIndex(await temporaryFolder(), { ...options, templates: ["a {}"] });
  expect(await known.add(["dog", "cat"], model)).toEqual({ added: 1, updated: 0, unchanged: 1 });
  expect((await known.labels()).embeddings).toEqual((await unknown.labels()).embeddings);
});

/** Random unit vectors; the same numbers at every run. */
function randomMatrix(rows: number, columns: number): Matrix {
  let state = 1;
  const data = Float32Array.from({ length: rows * columns }, () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32 - 0.5;
  });
  return normaliseRows({ data, rows, columns });
}

test.each([100, 100_000])("search in LanceDB ranks %i labels as scoring in memory does", async (count) => {
  const embeddings = randomMatrix(count, 64);
  // The last ten repeat the first ten, so that there are ties.
  embeddings.data.copyWithin((count - 10) * 64, 0, 10 * 64);
  const labels = Array.from({ length: count }, (_, index) => `label ${index}`);
  const path = await temporaryFolder();
  await using index = await importLabelIndex(path, { labels, embeddings, model: GIVEN });
  const stored = (await index.labels()).embeddings;
  expect(Buffer.compare(Buffer.from(stored.data.buffer), Buffer.from(embeddings.data.buffer))).toBe(0);
  const queries = [...Array(4).keys()].map((i) =>
    normalise(row(embeddings, i).map((v, j) => v + (j % 3) / 20)),
  );
  const found = await index.search(queries, 20);
  for (const [position, query] of queries.entries()) {
    const similarities = labels.map((_, i) => dot(query, row(stored, i)));
    const best = topK(similarities, 20);
    const neighbours = found[position]!;
    expect(neighbours.map(({ label }) => label.label)).toEqual(best.map((i) => labels[i]));
    for (const [place, { similarity, distance }] of neighbours.entries()) {
      expect(Math.abs(similarity - similarities[best[place]!]!)).toBeLessThan(1e-6);
      expect(distance).toBe(1 - similarity);
    }
  }
});

test("k must be a whole number from 1", async () => {
  await using index = await buildLabelIndex(await temporaryFolder(), {
    labels: ["cat"],
    model: hashEncoder(),
  });
  for (const k of [0, -1, 1.5, Number.NaN]) {
    await expect(index.search([hashVector("cat", 16)], k)).rejects.toMatchObject({ code: "OPTION_INVALID" });
  }
});

const clip = fileURLToPath(new URL("../../shared/data/clip-vit-b32/", import.meta.url));

describe.skipIf(!existsSync(clip))(
  "with embeddings of CLIP ViT-B/32 (skipped without ../shared/data)",
  () => {
    const CIFAR10 = [
      "airplane",
      "car_(automobile)",
      "bird",
      "cat",
      "deer",
      "dog",
      "frog",
      "horse",
      "boat",
      "truck",
    ];

    async function cifar10() {
      const images = await readNpyMatrix(join(clip, "cifar10-image-embeddings.npy"));
      const truth = (await readNpy(join(clip, "cifar10-labels.npy"))).data as BigInt64Array;
      return {
        images: [...Array(images.rows).keys()].map((index) => row(images, index)),
        truth: Array.from(truth, (label) => CIFAR10[Number(label)]!),
      };
    }

    async function lvis() {
      const embeddings = await readNpyMatrix(join(clip, "lvis-text-embeddings.npy"));
      const labels = JSON.parse(await readFile(join(clip, "lvis-names.json"), "utf8")) as string[];
      return { labels, embeddings };
    }

    async function accuracy(labels: readonly string[], embeddings: Matrix): Promise<number> {
      const { images, truth } = await cifar10();
      const options = { labels, embeddings, model: GIVEN, templates: ["a {}"], normalise: true };
      await using index = await importLabelIndex(await temporaryFolder(), options);
      const found = await index.search(images, 1);
      return found.filter(([nearest], position) => nearest!.label.label === truth[position]).length;
    }

    test("ten labels are right for 451 of 500 pictures of CIFAR-10", async () => {
      const { labels, embeddings } = await lvis();
      const ten = matrixOf(CIFAR10.map((label) => row(embeddings, labels.indexOf(label))));
      expect(await accuracy(CIFAR10, ten)).toBe(451);
    });

    // The others mostly get a label that is finer or near: passenger_ship, fighter_jet, seabird.
    test("with all 1,203 labels of LVIS the same ten are nearest for 65 of the 500", async () => {
      const { labels, embeddings } = await lvis();
      expect(labels).toHaveLength(1203);
      expect(await accuracy(labels, embeddings)).toBe(65);
    });
  },
);

describe("examples", () => {
  const EXAMPLE = (id: string, label: string) => ({ id, label, embedding: hashVector(id, 16) });
  const indexOf = async (path: string) =>
    buildLabelIndex(path, { labels: ["cat", "dog"], model: hashEncoder() });

  test("are known with weight and hashes, and one restore brings back labels, examples and what was fitted", async () => {
    const path = await temporaryFolder();
    const model = hashEncoder();
    await using index = await indexOf(path);
    expect([await readExamples(index), await exampleHashes(index)]).toEqual([[], new Set()]);
    const [a, b, c] = [EXAMPLE("a", "cat"), EXAMPLE("b", "dog"), EXAMPLE("c", "dog")];
    await writeExamples(index, [b!, a!], 0.3);
    await index.calibrate({ temperature: 2, dataset: "photos", pictures: 9 });
    await writeExamples(index, [c!, { ...a!, label: "dog" }], 0.4);
    expect(index.info).toMatchObject({ examples: { count: 3, weight: 0.4 } });
    expect(index.info.calibration).toBeUndefined();
    await index.add(["owl"], model);
    await removeExamples(index);
    expect(await exampleHashes(index)).toEqual(new Set());

    await index.restore(3);
    expect(index.info).toMatchObject({
      count: 2,
      examples: { count: 2, weight: 0.3 },
      calibration: { temperature: 2 },
    });
    expect(await readExamples(index)).toEqual([a, b]);
    await index.restore(5);
    expect(await namesOf(index)).toEqual(["cat", "dog", "owl"]);
    expect(await readExamples(index)).toEqual([{ ...a!, label: "dog" }, b, c]);
    expect((await index.versions()).map(({ changes }) => changes)).toEqual([
      ["built"],
      ["examples: 0 to 2 pictures, weight 0.3"],
      ["temperature 2"],
      ["examples: 2 to 3 pictures, weight 0.4", "temperature dropped"],
      ['1 label added: "owl"'],
      ["examples: 3 to 0 pictures"],
      ["as version 3 again"],
      ["as version 5 again"],
    ]);
  });

  test("that another writer left half written count for nothing, now and later", async () => {
    const path = await temporaryFolder();
    await using index = await indexOf(path);
    await writeExamples(index, [EXAMPLE("a", "cat")], 0.3);
    // Another program, killed before it wrote to the table of labels.
    const table = await openTable(path, {
      name: "examples",
      key: "id",
      columns: { id: { type: "string" }, label: { type: "string" } },
      vectors: true,
    });
    await table.upsert({
      columns: { id: ["lost"], label: ["dog"] },
      vectors: matrixOf([hashVector("lost", 16)]),
    });
    table.close();
    await using again = await openLabelIndex(path);
    expect(await exampleHashes(again)).toEqual(new Set(["a"]));
    await writeExamples(again, [EXAMPLE("b", "dog")], 0.2);
    expect(await exampleHashes(again)).toEqual(new Set(["a", "b"]));
    expect(again.info.examples).toMatchObject({ count: 2, weight: 0.2 });
  });
});

test("a label that another program wrote twice is refused, and can be taken away", async () => {
  const path = await temporaryFolder();
  await using index = await buildLabelIndex(path, { labels: ["cat", "dog"], model: hashEncoder() });
  const { connect } = await import("@lancedb/lancedb");
  const connection = await connect(path);
  const table = await connection.openTable("labels");
  const [dog] = await table.query().where("label = 'dog'").toArray();
  await table.add([{ ...dog.toJSON(), vector: [...dog.vector] }]);
  connection.close();
  const refusal = { code: "INDEX_INVALID", message: expect.stringContaining('labels twice (1): "dog"') };
  await expect(index.labels()).rejects.toMatchObject(refusal);
  await expect(index.search([hashVector("dog", 16)], 5)).rejects.toMatchObject(refusal);
  await index.remove(["dog"]);
  expect(await namesOf(index)).toEqual(["cat"]);
});

test("one label or embedding in the place of many is refused, and a closed index says so", async () => {
  const model = hashEncoder();
  const index = await buildLabelIndex(await temporaryFolder(), { labels: ["a", "b", "ab"], model });
  await expect(index.remove("ab" as never)).rejects.toMatchObject({ code: "LABELS_INVALID" });
  await expect(index.search(hashVector("a", 16) as never, 1)).rejects.toMatchObject({
    code: "OPTION_INVALID",
  });
  expect(await namesOf(index)).toEqual(["a", "b", "ab"]);
  await index.close();
  const closed = { code: "INDEX_CLOSED" };
  await expect(index.labels()).rejects.toMatchObject(closed);
  await expect(index.add(["c"], model)).rejects.toMatchObject(closed);
  await expect(index.remove(["a"])).rejects.toMatchObject(closed);
  await expect(index.search([hashVector("a", 16)], 1)).rejects.toMatchObject(closed);
  await expect(index.restore(1)).rejects.toMatchObject(closed);
  await expect(index.versions()).rejects.toMatchObject(closed);
  await expect(index.calibrate({ temperature: 1, dataset: "x", pictures: 1 })).rejects.toMatchObject(closed);
});

test("130,000 labels are listed, and get examples and versions like few", async () => {
  const labels = Array.from({ length: 130_000 }, (_, index) => `label ${index}`);
  const encoder = hashEncoder({ dimension: 8 });
  const given = { ...GIVEN, fingerprint: await encoder.identity.fingerprint() };
  const path = await temporaryFolder();
  const embeddings = randomMatrix(labels.length, 8);
  await using index = await importLabelIndex(path, { labels, embeddings, model: given });
  const { exitCode, stdout } = await nearlabel(["labels", "list", path]);
  expect(exitCode).toBe(0);
  expect(stdout.trimEnd().split("\n")).toHaveLength(1 + labels.length);

  const pixel = { data: new Uint8Array(3), width: 1, height: 1, channels: 3 } as const;
  const model: Encoder = {
    ...encoder,
    async embedImages(images) {
      const writer = createEmbeddingBatch(images.length, 8);
      for (const position of images.keys()) writer.addVector(position, hashVector("pixel", 8), () => "pixel");
      return writer.batch;
    },
  };
  const added = await addExamples(index, model, [{ id: 0, image: pixel, label: "label 129999" }]);
  expect(added).toMatchObject({ added: 1, weight: 0.05 });
  expect(added.counts.get("label 129999")).toBe(1);
  expect((await adaptedLabels(index)).labels).toHaveLength(labels.length);
  expect((await index.versions()).at(-1)).toMatchObject({
    changes: ["examples: 0 to 1 pictures, weight 0.05"],
  });
});
