import { mkdir, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { keepApart } from "../src/images/curate/not-duplicates.js";
import { asStored, checksumsOf } from "../src/images/table/checksum.js";
import type { ImageTable } from "../src/images/table/image-table.js";
import { embedderOf } from "../src/images/table/table-info.js";
import {
  createImageTable,
  folderTable,
  openImageTable,
  type StoredImage,
  saveLabelSet,
  search,
} from "../src/index.js";
import { matrixOf } from "../src/math/matrix.js";
import { temporaryFolder } from "./folders.js";
import { hashEncoder, hashVector } from "./hash-encoder.js";

/** Rows for pictures whose contents are their names. */
async function fill(table: ImageTable, paths: readonly string[]) {
  const { dimension, precision } = table.info;
  const vectors = asStored(matrixOf(paths.map((path) => hashVector(path, dimension))), precision);
  await table.table.upsert({
    columns: {
      path: paths,
      id: paths,
      embedder: paths.map(() => embedderOf({ pictures: "none" })),
      checksum: checksumsOf(vectors),
    },
    vectors,
  });
}

/** A table opened by its name alone, in a folder that the program has gone from. */
async function tableLeftBehind() {
  const [here, there] = [await temporaryFolder(), await temporaryFolder()];
  const before = process.cwd();
  const model = hashEncoder();
  process.chdir(here);
  onTestFinished(() => process.chdir(before));
  const table = await createImageTable("photos.db", { model });
  onTestFinished(() => table.close());
  process.chdir(there);
  return { table, model, here, there };
}

describe("a table of pictures", () => {
  test("says what it is, empty and filled", async () => {
    const place = join(await temporaryFolder(), "photos.db");
    const model = hashEncoder();
    await using made = await createImageTable(place, {
      model,
      precision: "float16",
      columns: { author: { type: "string" }, stars: { type: "int32" } },
    });
    await fill(made, ["/a.jpg", "/b.jpg"]);
    await using table = await openImageTable(place, { model });
    expect(table.info).toMatchObject({
      model: "hash",
      fingerprint: await model.identity.fingerprint(),
      dimension: 16,
      precision: "float16",
      count: 2,
      columns: { author: { type: "string", nullable: true }, stars: { type: "int32", nullable: true } },
    });
    const images: StoredImage[] = [];
    for await (const image of table.images({ where: "path = '/a.jpg'" })) images.push(image);
    expect(images).toEqual([
      expect.objectContaining({
        path: "/a.jpg",
        width: null,
        label: null,
        columns: { author: null, stars: null },
      }),
    ]);
    expect(await table.failures()).toEqual([]);
  });

  test("has a name for the last part of each path, by which filters ask", async () => {
    const paths = [
      "/pets/cat.jpg",
      "C:\\pets\\cat.jpg",
      "/cat.jpg/dog.png",
      "s3://b/pets.parquet#12",
      "/it's.jpg",
    ];
    const table = await createImageTable(join(await temporaryFolder(), "a.db"), { model: hashEncoder() });
    await fill(table, paths);
    const named = async (where: string) => {
      const found: string[] = [];
      for await (const { path } of table.images({ where })) found.push(path);
      return found.toSorted();
    };
    expect(await named("name = 'cat.jpg'")).toEqual(["/pets/cat.jpg", "C:\\pets\\cat.jpg"]);
    expect(await named("`name` like 'pets.parquet#%' or \"name\" = 'it''s.jpg'")).toEqual([
      "/it's.jpg",
      "s3://b/pets.parquet#12",
    ]);
    expect(await named("lower(NAME) in ('dog.png', 'name') and path <> 'name'")).toEqual([
      "/cat.jpg/dog.png",
    ]);
    await table.close();
    const columns = { name: { type: "string" } } as const;
    await using own = await createImageTable(join(await temporaryFolder(), "b.db"), {
      model: hashEncoder(),
      columns,
    });
    await fill(own, paths);
    // A column of users' own comes before.
    expect(await own.count("name is null")).toBe(paths.length);
  });

  test("of another model is refused, with both names, and a second lies beside it", async () => {
    const place = join(await temporaryFolder(), "photos.db");
    const [first, second] = [hashEncoder({ id: "one" }), hashEncoder({ id: "two", dimension: 8 })];
    await using a = await createImageTable(place, { model: first });
    await expect(openImageTable(place, { model: second })).rejects.toMatchObject({
      code: "TABLE_MODEL_MISMATCH",
      message: expect.stringMatching(/one \(sha256:\w{12}\).*two \(sha256:\w{12}\)/),
    });
    await expect(a.checkModel(second)).rejects.toMatchObject({ code: "TABLE_MODEL_MISMATCH" });
    await using b = await createImageTable(place, { model: second });
    await fill(b, ["/b.jpg"]);
    await using again = await openImageTable(place, { model: second });
    expect(again.info).toMatchObject({ model: "two", dimension: 8, count: 1 });
    await using still = await openImageTable(place, { model: first });
    expect(still.info).toMatchObject({ model: "one", dimension: 16, count: 0 });
    await expect(createImageTable(place, { model: second })).rejects.toMatchObject({ code: "TABLE_EXISTS" });
  });

  test("goes back to a version, and takes pictures out", async () => {
    const place = await temporaryFolder();
    await using table = await createImageTable(place, { model: hashEncoder() });
    await fill(table, ["/a", "/b", "/c"]);
    const version = (await table.versions()).at(-1)!.version;
    await table.remove(["/a", "/nowhere"]);
    expect(table.info.count).toBe(2);
    await table.restore(version);
    expect(table.info.count).toBe(3);
  });

  test("keeps what failed, once a path", async () => {
    await using table = await createImageTable(await temporaryFolder(), { model: hashEncoder() });
    const failure = {
      path: "/a",
      code: "IMAGE_CORRUPT" as const,
      bytes: 3,
      modified: new Date(5),
      tried: new Date(6),
    };
    await table.failed.add([{ ...failure, message: "first" }]);
    await table.failed.add([{ ...failure, message: "second" }]);
    expect(await table.failures()).toEqual([{ ...failure, message: "second" }]);
    await table.remove(["/a"]);
    expect(await table.failures()).toEqual([]);
  });

  test("has beside it what belongs to it, though the program goes to another folder", async () => {
    const { table, model, here, there } = await tableLeftBehind();
    const [code, bytes, modified, tried] = ["IMAGE_CORRUPT" as const, 3, null, new Date(6)];
    await table.failed.add([{ path: "/a", code, message: "cut", bytes, modified, tried }]);
    await keepApart(table, ["a", "b"]);
    await (await saveLabelSet(table, "animals", ["cat", "dog"], model)).close();
    expect(await readdir(there)).toEqual([]);
    const beside = ["failures.lance", "label-sets", "not_duplicates.lance"];
    expect(await readdir(join(here, "photos.db"))).toEqual(expect.arrayContaining(beside));
  });

  test("is read in an earlier version, though the program goes to another folder", async () => {
    const { table, model } = await tableLeftBehind();
    const version = await table.table.version();
    const found = await search(table, "a cat", { model, version, minSimilarity: -1 });
    expect(found).toMatchObject({ version, results: [] });
  });

  test("refuses columns that are its own, and options that it does not have", async () => {
    const place = await temporaryFolder();
    const model = hashEncoder();
    for (const name of ["path", "vector", "two words", "_rowid"]) {
      const columns = { [name]: { type: "string" as const } };
      await expect(createImageTable(place, { model, columns })).rejects.toMatchObject({
        code: "OPTION_INVALID",
      });
    }
    await expect(openImageTable(place, { modle: model } as never)).rejects.toMatchObject({
      code: "OPTION_INVALID",
    });
    await expect(openImageTable(place)).rejects.toMatchObject({ code: "TABLE_NOT_FOUND" });
  });
});

test("the table of a folder lies under its name and real path", async () => {
  const folder = await temporaryFolder();
  const directory = join(folder, "data");
  await mkdir(join(folder, "my photos"));
  await symlink(join(folder, "my photos"), join(folder, "link"));
  const place = await folderTable(join(folder, "my photos"), { directory });
  expect(place).toMatch(/data\/tables\/my-photos-\w{12}$/);
  expect(await folderTable(join(folder, "link", "."), { directory })).toBe(place);
  await expect(folderTable(join(folder, "none"), { directory })).rejects.toMatchObject({
    code: "INPUT_EMPTY",
  });
});
