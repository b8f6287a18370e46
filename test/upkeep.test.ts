import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { EXACT_ROWS } from "../src/images/search/vector-index.js";
import type { ImageTable } from "../src/images/table/image-table.js";
import { SCALAR_ROWS } from "../src/images/upkeep/indexes.js";
import { Upkeep } from "../src/images/upkeep/upkeep.js";
import { type Encoder, exportImages, importImages, ingest, loadModel, openImageTable } from "../src/index.js";
import { temporaryFolder } from "./folders.js";
import { addImages, newTable, randomUnits } from "./image-rows.js";

describe("a table that has outgrown exact search, and was left without indexes", () => {
  const rows = EXACT_ROWS + 500;
  let place: string;
  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), "nearlabel-"));
    await using table = await newTable(place);
    await addImages(table, randomUnits(rows, table.info.dimension, 1));
  });
  afterAll(() => rm(place, { recursive: true, force: true }));

  test("keeps them away where upkeep is ended, and is whole", async () => {
    await using table = await openImageTable(place);
    const stop = new AbortController();
    const finishing = new Upkeep(table, stop.signal).finish();
    setTimeout(() => stop.abort(new Error("stopped")), 50);
    await expect(finishing).rejects.toThrow("stopped");
    expect(await table.count()).toBe(rows);
    expect(await table.table.indexes()).toEqual([]);
  });

  test("gets them with the next ingest, though that finds nothing new but one picture", async () => {
    const folder = await temporaryFolder();
    await copyFile("samples/apple.png", join(folder, "apple.png"));
    await using model = await loadModel("mini");
    await ingest(folder, { table: place, model });
    await using table = await openImageTable(place);
    const indexes = await table.table.indexes();
    expect(indexes.map(({ column, kind, unindexedRows }) => [column, kind, unindexedRows]).sort()).toEqual([
      ["id", "btree", 0],
      ["path", "btree", 0],
      ["vector", "ivfRq", 0],
    ]);
    expect(await table.table.vectorSearch()).toMatchObject({ rows: rows + 1 });
  });
});

describe("rows outside of the indexes of paths and ids", () => {
  let place: string;
  let table: ImageTable;
  beforeEach(async () => {
    place = await temporaryFolder();
    table = await newTable(place);
    onTestFinished(() => table.close());
    await addImages(table, randomUnits(SCALAR_ROWS, table.info.dimension, 1));
    for (const column of ["path", "id"]) await table.table.createIndex(column, "btree");
  });

  test("are taken in before an ingest looks for any, where a run that was killed left many", async () => {
    await addImages(table, randomUnits(2000, table.info.dimension, 2));
    expect(await outsideOf(table)).toEqual([2000, 2000]);
    await using model = await loadModel("mini");
    const meanwhile: number[][] = [];
    const watched: Encoder = {
      ...model,
      // Pictures are embedded once they have been looked for.
      async embedImages(images, options) {
        meanwhile.push(await outsideOf(table));
        return model.embedImages(images, options);
      },
    };
    const folder = await temporaryFolder();
    await copyFile("samples/apple.png", join(folder, "apple.png"));
    await ingest(folder, { table: place, model: watched });
    expect(meanwhile).toEqual([[0, 0]]);
  });

  test("are taken in during a run that writes many", async () => {
    const upkeep = new Upkeep(table, undefined);
    for (let write = 0; write < 64; write++) {
      await addImages(table, randomUnits(20, table.info.dimension, write), named(`${write}`, 20));
      await upkeep.afterWrite(20);
    }
    expect(await outsideOf(table)).toEqual([0, 0]);
  });
});

test("small files that many runs left, each of them few, are joined", async () => {
  const place = await temporaryFolder();
  await using table = await newTable(place);
  for (let at = 0; at < 64; at++)
    await addImages(table, randomUnits(1, table.info.dimension, at), named(`${at}`, 1));
  expect(await table.table.smallFiles()).toBeGreaterThanOrEqual(64);
  const folder = await temporaryFolder();
  await copyFile("samples/apple.png", join(folder, "apple.png"));
  await using model = await loadModel("mini");
  await ingest(folder, { table: place, model });
  expect(await table.table.smallFiles()).toBe(1);
});

test("pictures that are imported get the indexes of as many that are ingested", async () => {
  const folder = await temporaryFolder();
  {
    await using table = await newTable(join(folder, "one.db"));
    await addImages(table, randomUnits(SCALAR_ROWS, table.info.dimension, 3));
    await exportImages(table, { format: "clip-retrieval", to: join(folder, "exported") });
  }
  const place = join(folder, "other.db");
  await using model = await loadModel("mini");
  await importImages(place, { format: "clip-retrieval", from: join(folder, "exported"), model });
  await using table = await openImageTable(place);
  expect(await outsideOf(table)).toEqual([0, 0]);
});

/** Paths in a folder of their own. */
function named(folder: string, count: number): { path: string[] } {
  return { path: Array.from({ length: count }, (_, at) => `/photos/${folder}/${at}.jpg`) };
}

/** Rows outside of each index. */
async function outsideOf({ table }: ImageTable): Promise<number[]> {
  return (await table.indexes()).map(({ unindexedRows }) => unindexedRows);
}
