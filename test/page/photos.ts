import { copyFile, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { ingest, openImageTable } from "../../src/index.js";
import { createCurator } from "../../src/server/curation/curator.js";
import { createTableRanker } from "../../src/server/ranking/table-ranker.js";
import { mini } from "../server/harness.js";

/**
 * A table of the sample pictures, named "photos", as a server takes it; and the folder that they lie in.
 *
 * @param add puts more pictures in the folder before
 */
export async function servedPhotos(add?: (folder: string) => Promise<unknown>) {
  const folder = await mkdtemp(join(tmpdir(), "nearlabel-page-"));
  const samples = fileURLToPath(new URL("../../samples/", import.meta.url));
  const names = (await readdir(samples)).filter((name) => name.endsWith(".png"));
  for (const name of names) await copyFile(join(samples, name), join(folder, name));
  await add?.(folder);
  const place = join(folder, "photos.db");
  await ingest(folder, { table: place, model: mini });
  const table = await openImageTable(place);
  const ranker = createTableRanker(place);
  const curator = createCurator(place);
  afterAll(async () => {
    await ranker.close();
    await curator.close();
    await table.close();
    await rm(folder, { recursive: true });
  });
  const parts = {
    tables: new Map([["photos", table]]),
    rankers: new Map([["photos", ranker]]),
    curators: new Map([["photos", curator]]),
  };
  return { folder, table, parts, names };
}
