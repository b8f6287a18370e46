import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDataset } from "../../src/datasets/open.js";
import { commitShards } from "../../src/jobs/commit/commit.js";
import { planJob } from "../../src/jobs/plan/make-plan.js";
import { jobStatus } from "../../src/jobs/report/status.js";
import { verifyJob } from "../../src/jobs/report/verify.js";
import { runJob } from "../../src/jobs/run/run-job.js";
import { openObjectStore } from "../../src/objects/open-store.js";
import type { ImageRow } from "../../src/rows/dataset.js";
import { temporaryFolder } from "../folders.js";
import { hasStore, type S3Server, startStore } from "./s3-server.js";
import { contentOf } from "./table-content.js";

async function rowsOf(place: string, options = {}): Promise<ImageRow[]> {
  const rows: ImageRow[] = [];
  for await (const row of (await openDataset(place, options)).rows()) rows.push(row);
  return rows;
}

const bucket = openObjectStore("s3://test");

async function upload(file: string, key: string): Promise<void> {
  await bucket.put(key, await readFile(file));
}

const GOLDEN = "test/golden";

describe.skipIf(!hasStore("moto"))("in a bucket (needs moto_server)", () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startStore("moto");
    for (const name of (await readdir("samples")).filter((name) => name.endsWith(".png")).slice(0, 8)) {
      await upload(join("samples", name), `photos/${name < "c" ? "first" : "second"}/${name}`);
    }
    await bucket.put("photos/second/broken.jpg", Buffer.from("no picture"));
    await bucket.put("photos/.hidden/a.jpg", Buffer.from("hidden"));
    await bucket.put("photos/README.md", Buffer.from("text"));
  });
  afterAll(() => server.stop());

  it("pictures are a data set, with the folder for a label", async () => {
    const rows = await rowsOf("s3://test/photos");
    expect(rows).toHaveLength(9);
    expect(rows[0]).toMatchObject({
      id: "s3://test/photos/first/airplane.png",
      label: "first",
      version: { bytes: expect.any(Number) },
    });
    expect(rows.every(({ error }) => error === undefined)).toBe(true);
    await expect(rowsOf("s3://test/none")).rejects.toMatchObject({ code: "DATASET_NOT_FOUND" });
  });

  it("a list names pictures by their way from it, or by address", async () => {
    const list = [
      "file_name,label",
      "first/airplane.png,a",
      "../photos/first/airplane.png,b",
      "s3://test/photos/first/airplane.png,c",
      "none.png,d",
      "../../x.png,e",
    ];
    await bucket.put("photos/list.csv", Buffer.from(list.join("\n")));
    const rows = await rowsOf("s3://test/photos/list.csv");
    expect(rows.map(({ label, error }) => [label, error?.code])).toEqual([
      ["a", undefined],
      ["b", undefined],
      ["c", undefined],
      ["d", "IMAGE_NOT_FOUND"],
      ["e", "IMAGE_EMPTY"],
    ]);
  });

  it("tar files and Parquet are the rows that they are here", async () => {
    const tars = join(GOLDEN, "dataset-formats/clip/test");
    for (const name of ["0.tar", "1.tar"]) await upload(join(tars, name), `tars/test-${name}`);
    const images = async (place: string) => (await rowsOf(place)).map(({ image }) => image);
    expect(await images("s3://test/tars")).toEqual(await images(tars));
    const files = (await readdir(join(GOLDEN, "datasets"), { recursive: true })).filter((name) =>
      name.endsWith(".parquet"),
    );
    const file = join(GOLDEN, "datasets", files[0]!);
    await upload(file, "parquet/test.parquet");
    const column = { imageColumn: "photo", labelColumn: "shape" };
    const plain = (rows: readonly ImageRow[]) => rows.map(({ id, image, label }) => ({ id, image, label }));
    expect(plain(await rowsOf("s3://test/parquet/test.parquet", column))).toEqual(
      plain(await rowsOf(file, column)),
    );
    expect(await rowsOf("s3://test/parquet", column)).toHaveLength((await rowsOf(file, column)).length);
  });

  it("plan, shards and table come out as in folders", async () => {
    const folder = await temporaryFolder();
    const contents = [];
    for (const [run, table] of [
      ["s3://test/run", "s3://test/tables/photos"],
      [join(folder, "run"), join(folder, "table")],
    ] as const) {
      const plan = await planJob("s3://test/photos", { out: run, shardSize: 4 });
      expect(plan).toMatchObject({ shards: 3, rows: 9 });
      for await (const outcome of runJob(run)) expect(outcome.state).toBe("done");
      expect(await jobStatus(run)).toMatchObject({ done: 3, rows: 8, failed: 1 });
      await commitShards(run, { table });
      await commitShards(run, { table });
      expect(await verifyJob(run, { table })).toMatchObject({ whole: 3, problemCount: 0 });
      contents.push(await contentOf(table));
    }
    expect(contents[0]!.size).toBe(8);
    expect(contents[0]).toEqual(contents[1]);
  });
});
