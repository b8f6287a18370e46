import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EXACT_ROWS } from "../src/images/search/vector-index.js";
import { Upkeep } from "../src/images/upkeep/upkeep.js";
import { ingest, loadModel, openImageTable } from "../src/index.js";
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
