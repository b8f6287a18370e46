import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { writeEmbeddings } from "../src/datasets/index.js";
import { contentHash } from "../src/image/content-hash.js";
import type { StoredImage } from "../src/images/table/stored-image.js";
import { tablePictures } from "../src/images/table/table-pictures.js";
import {
  exportImages,
  type Finding,
  ingest,
  loadModel,
  type Model,
  openDataset,
  openImageTable,
  repairTable,
  verifyTable,
} from "../src/index.js";
import { row } from "../src/math/matrix.js";
import { temporaryFolder } from "./folders.js";
import { startHubServer } from "./hub-server.js";
import { randomUnits } from "./image-rows.js";
import { NAMES, pngs, writeParquet, writeTars } from "./picture-sets.js";

let model: Model;
beforeAll(async () => {
  model = await loadModel("mini");
  return () => model.close();
});

/** A Parquet file of four pictures with columns of several types beside them. */
async function writeTyped(filename: string): Promise<void> {
  await writeParquet(filename, await pngs(), [
    { name: "label", data: NAMES, type: "STRING" },
    { name: "views", data: [3, 1, 2, 0], type: "INT32" },
    { name: "price", data: [1.5, 2, 0.25, 9], type: "DOUBLE" },
    { name: "sold", data: [true, false, true, true], type: "BOOLEAN" },
    { name: "seen", data: NAMES.map((_, at) => new Date(Date.UTC(2025, at, 1))), type: "TIMESTAMP" },
    { name: "note", data: ["", "a", "b", "c"], type: "STRING" },
  ]);
}

async function stored(place: string) {
  await using table = await openImageTable(place);
  const images: StoredImage[] = [];
  for await (const image of table.images()) images.push(image);
  const pictures = new Map<string, unknown>();
  for await (const { path, image, error } of tablePictures(table).read(images)) {
    pictures.set(path, error?.code ?? (await contentHash(image!)).hash);
  }
  images.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { table, images, pictures, info: table.info };
}

describe("Parquet", () => {
  test("comes with labels and typed columns, once, and its pictures can be read again", async () => {
    const folder = await temporaryFolder();
    const source = join(folder, "set", "data", "test-00000-of-00001.parquet");
    await writeTyped(source);
    const dataset = await openDataset(join(folder, "set"), { otherColumns: true });
    const options = { table: join(folder, "t.db"), model };
    expect(await ingest(dataset, options)).toMatchObject({ added: 4, embedded: 4, unfit: 0 });
    expect(await ingest(dataset, options)).toMatchObject({ unchanged: 4, embedded: 0 });
    const { images, pictures, info } = await stored(options.table);
    expect(info.columns).toMatchObject({
      views: { type: "int32" },
      price: { type: "float64" },
      sold: { type: "boolean" },
      seen: { type: "timestamp" },
      note: { type: "string" },
    });
    expect(images[2]).toMatchObject({
      path: `${join(folder, "set")}#test/2`,
      givenLabel: "cup",
      width: 32,
      height: 24,
      columns: { views: 2, price: 0.25, sold: true, seen: new Date(Date.UTC(2025, 2, 1)), note: "b" },
    });
    expect([...pictures]).toEqual(expect.arrayContaining(images.map(({ path, id }) => [path, id])));
  });

  test("the first rows alone, and a split of several", async () => {
    const folder = await temporaryFolder();
    for (const split of ["train", "test"]) await writeTyped(join(folder, "set", `${split}-0.parquet`));
    const options = { table: join(folder, "t.db"), model };
    const train = await openDataset(join(folder, "set"), { split: "train" });
    expect(await ingest(train, { ...options, limit: 3 })).toMatchObject({ added: 3 });
    // The rest of a data set is not gone because it was not asked for.
    const test = await openDataset(join(folder, "set"), { split: "test" });
    expect(await ingest(test, { ...options, prune: true })).toMatchObject({
      added: 4,
      embedded: 1,
      pruned: 0,
    });
    const { images, pictures } = await stored(options.table);
    expect(images).toHaveLength(7);
    expect(images.filter(({ path, id }) => pictures.get(path) === id)).toHaveLength(7);
  });

  test("whose file is another now shows none of its pictures, and comes in anew", async () => {
    const folder = await temporaryFolder();
    const source = join(folder, "a.parquet");
    await writeTyped(source);
    const options = { table: join(folder, "t.db"), model };
    await ingest(await openDataset(source), options);
    await writeParquet(source, (await pngs(6)).slice(4));
    const { pictures } = await stored(options.table);
    expect([...pictures.values()]).toEqual(Array(4).fill("IMAGE_NOT_FOUND"));
    const dataset = await openDataset(source);
    expect(await ingest(dataset, { ...options, prune: true })).toMatchObject({ changed: 2, pruned: 2 });
  });
});

test("rows of data sets are written as files where pictures are exported", async () => {
  const folder = await temporaryFolder();
  await writeTyped(join(folder, "set.parquet"));
  const options = { table: join(folder, "t.db"), model };
  await ingest(await openDataset(join(folder, "set.parquet")), options);
  await using table = await openImageTable(options.table);
  const to = join(folder, "yolo");
  for (const _ of ["once", "again"]) {
    const result = await exportImages(table, { format: "yolo", to, labels: "given" });
    expect(result).toEqual({ pictures: 4, missing: [], unlabelled: 0 });
  }
  for (const [at, name] of NAMES.entries()) {
    const [file, ...others] = await readdir(join(to, "train", name));
    expect([file, others]).toEqual([expect.stringMatching(new RegExp(`${at}-[0-9a-f]{8}\\.png$`)), []]);
    expect(await readFile(join(to, "train", name, file!))).toEqual((await pngs())[at]);
  }
});

test("a damaged row of a data set is found and embedded again, with all that it had", async () => {
  const folder = await temporaryFolder();
  await writeTyped(join(folder, "set.parquet"));
  const dataset = await openDataset(join(folder, "set.parquet"), { otherColumns: true });
  const options = { table: join(folder, "t.db"), model };
  await ingest(dataset, options);
  await using table = await openImageTable(options.table);
  const before = await table.table.read({ where: "note = 'b'" });
  const data = before.vectors!.data.map((value) => -value);
  await table.table.upsert({ columns: before.columns, vectors: { ...before.vectors!, data } });
  const findings: Finding[] = [];
  for await (const finding of verifyTable(table)) findings.push(finding);
  expect(findings).toEqual([{ path: before.columns.path![0], fault: "checksum" }]);
  expect(await repairTable(table, findings, { model })).toMatchObject({ changed: 1, embedded: 1 });
  const after = await table.table.read({ where: "note = 'b'" });
  expect(after).toEqual(before);
  expect(await ingest(dataset, options)).toMatchObject({ unchanged: 4, embedded: 0 });
});

describe("webdataset tars", () => {
  test("come with labels, and each picture is read without those before it", async () => {
    const folder = join(await temporaryFolder(), "set");
    await writeTars(folder, await pngs());
    const options = { table: `${folder}.db`, model };
    expect(await ingest(await openDataset(folder), options)).toMatchObject({ added: 4, embedded: 4 });
    const { images, pictures } = await stored(options.table);
    expect(images.map(({ path, givenLabel }) => [path, givenLabel])).toEqual(
      NAMES.map((name, at) => [`${folder}#test-${at >> 1}.tar/00${at}`, name]),
    );
    expect(images.map(({ path }) => pictures.get(path))).toEqual(images.map(({ id }) => id));
  });
});

test("stored embeddings keep their vectors, and have no pictures", async () => {
  const folder = await temporaryFolder();
  const vectors = randomUnits(2, model.dimension, 1);
  async function* rows() {
    for (const at of [0, 1]) yield { id: `p${at}`, embedding: row(vectors, at), label: NAMES[at] };
  }
  const embedded = join(folder, "embedded");
  await writeEmbeddings(embedded, rows(), { dtype: "float32" });
  const dataset = await openDataset(embedded);
  const options = { table: join(folder, "t.db"), model };
  expect(await ingest(dataset, options)).toMatchObject({ added: 2, embedded: 0 });
  const { images, pictures } = await stored(options.table);
  expect(images.map(({ width, bytes }) => [width, bytes])).toEqual([
    [null, null],
    [null, null],
  ]);
  expect(images.map(({ givenLabel }) => givenLabel)).toEqual(["apple", "bus"]);
  await using table = await openImageTable(options.table);
  const { columns, vectors: kept } = await table.table.read();
  expect(row(kept!, columns.path!.indexOf(`${embedded}#p1`))).toEqual(row(vectors, 1));
  expect([...pictures.values()]).toEqual(["IMAGE_NOT_FOUND", "IMAGE_NOT_FOUND"]);
});

test("stored embeddings that are in the table are left as they are, and one that changed is replaced", async () => {
  const folder = await temporaryFolder();
  const vectors = randomUnits(4, model.dimension, 1);
  async function* rows(numbers: readonly number[]) {
    for (const [at, number] of numbers.entries()) yield { id: `p${at}`, embedding: row(vectors, number) };
  }
  const embedded = join(folder, "embedded");
  const options = { table: join(folder, "t.db"), model };
  const ingested = async (numbers: readonly number[]) => {
    await rm(embedded, { recursive: true, force: true });
    await writeEmbeddings(embedded, rows(numbers), { dtype: "float32" });
    return ingest(await openDataset(embedded), options);
  };
  expect(await ingested([0, 1, 2])).toMatchObject({ added: 3 });
  const versions = async () => {
    await using table = await openImageTable(options.table);
    return (await table.versions()).length;
  };
  const before = await versions();
  expect(await ingested([0, 1, 2])).toMatchObject({ added: 0, changed: 0, unchanged: 3 });
  expect(await versions()).toBe(before);
  expect(await ingested([0, 3, 2])).toMatchObject({ added: 0, changed: 1, unchanged: 2 });
});

test("a data set of the hub comes by its id, and its pictures from the cache", async () => {
  const folder = await temporaryFolder();
  await writeTyped(join(folder, "test-00000-of-00001.parquet"));
  const main = {
    ".gitattributes": Buffer.from("\n"),
    "data/test-00000-of-00001.parquet": await readFile(join(folder, "test-00000-of-00001.parquet")),
  };
  const hub = await startHubServer([{ type: "dataset", name: "acme/things", revisions: { main } }]);
  vi.stubEnv("HF_ENDPOINT", hub.endpoint);
  vi.stubEnv("HF_HUB_CACHE", join(folder, "cache"));
  try {
    const options = { table: join(folder, "t.db"), model };
    expect(await ingest(await openDataset("acme/things"), options)).toMatchObject({ added: 4 });
    hub.requests.length = 0;
    const { images, pictures } = await stored(options.table);
    expect(images[0]!.path).toBe("acme/things#test/0");
    expect(images.map(({ path }) => pictures.get(path))).toEqual(images.map(({ id }) => id));
    expect(hub.requests).toEqual([]);
  } finally {
    vi.unstubAllEnvs();
    await hub.close();
  }
});
