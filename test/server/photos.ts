import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { type ImageTable, ingest, openImageTable } from "../../src/index.js";
import { mini } from "./harness.js";

const SAMPLES = fileURLToPath(new URL("../../samples", import.meta.url));

/** A table of the sample pictures, one of which lies there twice: `bus.png` is `again/bus.png` too. */
export async function photosTable(): Promise<{ table: ImageTable; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), "nearlabel-photos-"));
  const again = join(folder, "again");
  await mkdir(again);
  await copyFile(join(SAMPLES, "bus.png"), join(again, "bus.png"));
  const place = join(folder, "photos.db");
  await ingest([SAMPLES, again], { table: place, model: mini });
  const table = await openImageTable(place);
  afterAll(async () => {
    await table.close();
    await rm(folder, { recursive: true });
  });
  return { table, folder };
}
