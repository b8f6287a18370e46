import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { exactNeighbours } from "../src/images/search/exact-neighbours.js";
import { leastRecall, tuneSearch } from "../src/images/search/tuning.js";
import { tuningQueries } from "../src/images/search/tuning-queries.js";
import { EXACT_ROWS, ensureVectorIndex, nearestKeys } from "../src/images/search/vector-index.js";
import { allEmbeddings, loadModel, searchAll } from "../src/index.js";
import { type Matrix, matrixOf, row } from "../src/math/matrix.js";
import { normalise } from "../src/math/vector.js";
import { createTable } from "../src/store/database.js";
import type { TableShape } from "../src/store/shape.js";
import { nearlabel } from "./command-line.js";
import { temporaryFolder } from "./folders.js";
import { addImages, newTable, randomUnits } from "./image-rows.js";

const SHAPE: TableShape = {
  name: "images",
  key: "path",
  columns: { path: { type: "string" } },
  vectors: true,
};
const DIMENSION = 64;

/** Vectors in clusters, as embeddings lie. */
function clustered(rows: number, columns = DIMENSION): Matrix {
  const centres = randomUnits(Math.ceil(rows / 100), columns, 1);
  const noise = randomUnits(rows, columns, 2);
  const data = new Float32Array(rows * columns);
  for (let at = 0; at < rows; at++) {
    const apart = row(noise, at);
    const vector = row(centres, at % centres.rows).map((value, i) => value + 0.6 * apart[i]!);
    data.set(normalise(vector), at * columns);
  }
  return { data, rows, columns };
}

async function tableOf(rows: number, dimension = DIMENSION) {
  const vectors = clustered(rows, dimension);
  const paths = Array.from({ length: rows }, (_, at) => `p${at}`);
  const table = await createTable(await temporaryFolder(), SHAPE, {
    rows: { columns: { path: paths }, vectors },
    metadata: new Map(),
  });
  onTestFinished(() => table.close());
  return { table, vectors };
}

test("a table up to 20,000 rows is searched exactly; a larger one tunes an index to find 0.99", async () => {
  const small = await tableOf(500);
  await ensureVectorIndex(small.table);
  expect(await small.table.indexes()).toEqual([]);
  const { table, vectors } = await tableOf(EXACT_ROWS + 4000);
  await ensureVectorIndex(table);
  expect(await table.indexes()).toMatchObject([{ kind: "ivfRq", unindexedRows: 0 }]);
  const settings = (await table.vectorSearch())!;
  expect(settings.recall).toBeGreaterThanOrEqual(0.99);
  const held = {
    columns: {},
    vectors: { data: vectors.data.subarray(0, 50 * DIMENSION), rows: 50, columns: DIMENSION },
  };
  const { vectors: queries, groups } = tuningQueries(held, DIMENSION);
  const exact = await exactNeighbours(table, queries, { key: "path", k: 10 });
  expect(leastRecall(await nearestKeys(table, queries), exact, groups)).toBeGreaterThanOrEqual(0.98);
  const version = await table.version();
  await ensureVectorIndex(table);
  expect(await table.version()).toBe(version);

  const least = async (exactly: boolean) => {
    const found = await table.search(queries.slice(0, 40), { k: 300, minSimilarity: 0.8, exact: exactly });
    return found.map((near) => near.map(({ cells }) => cells.path).sort());
  };
  expect(await least(false)).toEqual(await least(true));
});

test("an HNSW index is built where one is asked for, and stays the kind of the table", async () => {
  const { table } = await tableOf(EXACT_ROWS + 1000);
  await ensureVectorIndex(table, "hnsw");
  expect(await table.indexes()).toMatchObject([{ kind: "hnswSq", unindexedRows: 0 }]);
  expect((await table.vectorSearch())!.recall).toBeGreaterThanOrEqual(0.99);
  const version = await table.version();
  await ensureVectorIndex(table);
  expect(await table.version()).toBe(version);
  await ensureVectorIndex(table, "ivf");
  expect(await table.indexes()).toMatchObject([{ kind: "ivfRq" }]);
});

test("vectors of any length get an index", async () => {
  const { table } = await tableOf(EXACT_ROWS + 1000, 12);
  await ensureVectorIndex(table);
  expect(await table.indexes()).toMatchObject([{ kind: "hnswSq", unindexedRows: 0 }]);
});

test("pages through an index stay right while pictures come, and check-recall measures it by one command", async () => {
  await using model = await loadModel("mini");
  const place = join(await temporaryFolder(), "photos.db");
  await using table = await newTable(place);
  const rows = EXACT_ROWS + 1000;
  const inClusters = clustered(rows, model.dimension);
  const paths = new Set(await addImages(table, inClusters));
  expect((await nearlabel(["images", "optimize", place])).stdout).toContain("21,000 pictures");
  const { stdout } = await nearlabel(["images", "check-recall", place, "--json", "--sample", "30"]);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ rows, index: "ivfRq", unindexedRows: 0, queries: 60 });
  expect(report.recall).toBeGreaterThanOrEqual(0.98);

  await table.refresh();
  const found: string[] = [];
  for await (const { image, rank } of searchAll(table, "a dog", { model, all: true, limit: 40 })) {
    found.push(image.path);
    expect(rank).toBe(found.length);
    if (found.length % 60 === 0) {
      const vectors = matrixOf([row(allEmbeddings(await model.embedTexts(["a photo of a dog"])), 0)]);
      await addImages(table, vectors, { path: [`/new/${found.length}.jpg`], id: [String(found.length)] });
    }
    if (found.length === 200) break;
  }
  expect(new Set(found).size).toBe(200);
  expect(found.filter((path) => !paths.has(path))).toEqual([]);
});

test("one pass over the table finds what an exact search finds", async () => {
  const { table, vectors } = await tableOf(700);
  const queries = [row(vectors, 3), row(vectors, 400)];
  const found = await exactNeighbours(table, queries, { key: "path", k: 10 });
  expect(found).toEqual(await nearestKeys(table, queries, { exact: true }));
});

test("tuning takes the fewest partitions, then the fewest candidates, that find enough", async () => {
  const exact = [["a", "b"]];
  const find = async ({ probes, refine }: { probes: number; refine: number }) => [
    probes >= 40 && refine >= 5 ? ["a", "b"] : ["a"],
  ];
  expect(await tuneSearch(find, exact, { groups: [0], target: 0.99, rows: 9 })).toEqual({
    probes: 40,
    refine: 5,
    recall: 1,
    rows: 9,
  });
  const deep = async ({ refine = 0 }) => (refine < 50 ? [["a"]] : [["a", "b"]]);
  expect(await tuneSearch(deep, exact, { groups: [0], target: 0.99, rows: 9 })).toMatchObject({
    refine: 50,
    recall: 1,
  });
  const never = await tuneSearch(async () => [["a"]], exact, { groups: [0], target: 0.99, rows: 9 });
  expect(never.recall).toBe(0.5);
});
