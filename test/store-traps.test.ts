import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Matrix, matrixOf, row } from "../src/math/matrix.js";
import { dot, normalise } from "../src/math/vector.js";
import { createTable, openTable } from "../src/store/database.js";
import type { Rows } from "../src/store/rows.js";
import type { TableShape } from "../src/store/shape.js";
import type { Table } from "../src/store/table.js";
import { temporaryFolder } from "./folders.js";
import { hashVector } from "./hash-encoder.js";

/** What LanceDB does by itself and our tables must not: each was measured on the release that is used here. */

const SHAPE: TableShape = {
  name: "pictures",
  key: "id",
  columns: { id: { type: "string" }, label: { type: "string", nullable: true } },
  vectors: true,
};
const DIMENSION = 32;

/** Rows in clusters, as embeddings lie; `variant` moves every vector a little. */
function clustered(ids: readonly string[], variant = ""): Rows {
  const vectors = ids.map((id, index) => {
    const centre = hashVector(`centre ${index % 40}`, DIMENSION);
    const noise = hashVector(`${id}${variant}`, DIMENSION);
    return normalise(centre.map((value, i) => value + 0.5 * noise[i]!));
  });
  return { columns: { id: ids, label: ids.map(() => null) }, vectors: matrixOf(vectors, DIMENSION) };
}

const names = (count: number, prefix = "row") => Array.from({ length: count }, (_, i) => `${prefix} ${i}`);

async function tableOf(rows: Rows, folder?: string): Promise<Table> {
  const table = await createTable(folder ?? (await temporaryFolder()), SHAPE, { rows, metadata: new Map() });
  onTestFinished(() => table.close());
  return table;
}

/** The exact neighbours, computed here. */
function bruteForce(query: Float32Array, { columns, vectors }: Rows, k: number) {
  const all = columns.id!.map((id, at) => ({ id, similarity: dot(query, row(vectors as Matrix, at)) }));
  return all.sort((a, b) => b.similarity - a.similarity).slice(0, k);
}

test("writers that upsert the same new keys at once leave each once, also with a BTREE of the key", async () => {
  const folder = await temporaryFolder();
  const table = await tableOf(clustered(names(50)), folder);
  await table.createIndex("id", "btree");
  const [first, second] = await Promise.all([openTable(folder, SHAPE), openTable(folder, SHAPE)]);
  for (let trial = 0; trial < 5; trial++) {
    const rows = clustered(names(100, `trial ${trial}`));
    await Promise.all([first.upsert(rows), second.upsert(rows)]);
  }
  const keys = await table.keys();
  expect(keys).toHaveLength(550);
  expect(new Set(keys).size).toBe(550);
  first.close();
  second.close();
});

describe.each(["ivfRq", "hnswSq"] as const)("a table with an index %s", (kind) => {
  const rows = clustered(names(2000));
  const queries = names(20, "query").map((name, i) =>
    normalise(hashVector(`centre ${i}`, DIMENSION).map((v, j) => v + 0.3 * hashVector(name, DIMENSION)[j]!)),
  );
  let table: Table;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), "nearlabel-"));
    table = await createTable(folder, SHAPE, { rows, metadata: new Map() });
    await table.createVectorIndex({ kind, partitions: 4 });
    return async () => {
      table.close();
      await rm(folder, { recursive: true });
    };
  });

  test("covers all rows", async () => {
    expect(await table.indexes()).toMatchObject([
      { column: "vector", kind, indexedRows: 2000, unindexedRows: 0 },
    ]);
  });

  test("gives exact similarities, which LanceDB doubles on its own", async () => {
    const found = await table.search(queries, { k: 10, probes: 4 });
    for (const [position, near] of found.entries()) {
      expect(near).toHaveLength(10);
      for (const { cells, similarity, distance } of near) {
        const stored = row(rows.vectors!, rows.columns.id!.indexOf(cells.id!));
        expect(Math.abs(similarity - dot(queries[position]!, stored))).toBeLessThan(1e-5);
        expect(distance).toBeCloseTo(1 - similarity, 12);
      }
    }
  });

  test("keeps those above a similarity that an exact search keeps, where distanceRange keeps none", async () => {
    for (const query of queries) {
      const expected = bruteForce(query, rows, 2000).filter(({ similarity }) => similarity >= 0.6);
      expect(expected.length).toBeGreaterThan(0);
      const options = { k: 200, minSimilarity: 0.6, probes: 4 };
      const [near] = await table.search([query], options);
      expect(near!.map(({ cells }) => cells.id).toSorted()).toEqual(expected.map(({ id }) => id).toSorted());
    }
  });

  test("finds what a filter leaves, and rows that were written after the index", async () => {
    const late = clustered(["late 0"]);
    await table.upsert(late);
    const [near] = await table.search([row(late.vectors!, 0)], { k: 3, probes: 4, where: "id like 'late%'" });
    expect(near!.map(({ cells }) => cells.id)).toEqual(["late 0"]);
    expect(await table.indexes()).toMatchObject([{ indexedRows: 2000, unindexedRows: 1 }]);
    await table.optimize();
    expect(await table.indexes()).toMatchObject([{ indexedRows: 2001, unindexedRows: 0 }]);
    await table.remove(["late 0"]);
  });

  test("keeps the index when a column of all rows is updated, again and again", async () => {
    const id = rows.columns.id!;
    for (let round = 0; round < 3; round++) {
      await table.update({ id, label: id.map((_, i) => `label ${(i + round) % 7}`) });
      // That of the keys as well, which an update empties.
      const indexes = await table.indexes();
      expect(indexes.map(({ column, unindexedRows }) => [column, unindexedRows]).sort()).toEqual([
        ["id", 0],
        ["vector", 0],
      ]);
      expect(await table.count(`label = 'label 0'`)).toBe(id.filter((_, i) => (i + round) % 7 === 0).length);
    }
    const [near] = await table.search(queries.slice(0, 1), { k: 1, where: "label = 'label 3'", probes: 4 });
    expect(near![0]!.cells.label).toBe("label 3");
  });

  test("shows that the index went when every row is written anew, and optimize builds it again", async () => {
    const moved = clustered(names(2000), "moved");
    await table.upsert(moved);
    expect((await table.indexes()).filter(({ column }) => column === "vector")).toEqual([]);
    const [before] = await table.search(queries.slice(0, 1), { k: 5 });
    expect(before!.map(({ cells }) => cells.id)).toEqual(
      bruteForce(queries[0]!, moved, 5).map(({ id }) => id),
    );
    await table.optimize();
    const vectorIndex = (await table.indexes()).find(({ column }) => column === "vector");
    expect(vectorIndex).toMatchObject({ kind, indexedRows: 2000, unindexedRows: 0 });
    const [after] = await table.search(queries.slice(0, 1), { k: 5, probes: 4, refine: 20 });
    expect(after!.map(({ cells }) => cells.id)).toEqual(before!.map(({ cells }) => cells.id));
  });
});

test("an open table sees what others wrote since, and writes on after it was replaced", async () => {
  const folder = await temporaryFolder();
  const table = await tableOf(clustered(names(10)), folder);
  const other = await openTable(folder, SHAPE);
  await other.upsert(clustered(names(5, "more")));
  expect(await table.count()).toBe(15);
  (
    await createTable(folder, SHAPE, { rows: clustered(names(3)), metadata: new Map(), overwrite: true })
  ).close();
  expect(await table.count()).toBe(3);
  await table.upsert(clustered(["new"]));
  expect(await other.count()).toBe(4);
  other.close();
});

test("an update of keys that are not there adds nothing", async () => {
  const table = await tableOf(clustered(names(3)));
  await table.update({ id: ["row 1", "nowhere"], label: ["cat", "dog"] });
  const { columns } = await table.read({ columns: ["id", "label"] });
  const labels = Object.fromEntries(columns.id!.map((id, at) => [id, columns.label![at]]));
  expect(labels).toEqual({ "row 0": null, "row 1": "cat", "row 2": null });
});

test.each(["memory:animals", "file:animals", "v1:animals", "s3:animals", "a b #1?x=%20{é}"])(
  "a folder named %s is a folder",
  async (name) => {
    const parent = await temporaryFolder();
    const before = process.cwd();
    process.chdir(parent);
    onTestFinished(() => process.chdir(before));
    (await createTable(name, SHAPE, { rows: clustered(names(3)), metadata: new Map() })).close();
    expect(await readdir(parent)).toEqual([name]);
    const table = await openTable(join(parent, basename(name)), SHAPE);
    expect(await table.count()).toBe(3);
    table.close();
  },
);
