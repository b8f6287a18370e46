import { cp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Matrix, matrixOf } from "../src/math/matrix.js";
import { createTable, openTable } from "../src/store/database.js";
import type { Rows, TableShape } from "../src/store/rows.js";
import { temporaryFolder } from "./folders.js";
import { hashVector } from "./hash-encoder.js";

const SHAPE: TableShape = {
  name: "things",
  key: "id",
  columns: {
    id: { type: "string" },
    size: { type: "int32", nullable: true },
    names: { type: "strings", nullable: true },
  },
};
const metadata = new Map([["note", 'any text: "é" 🐟']]);

function rowsFor(
  ids: readonly string[],
  vectors: Matrix = matrixOf(ids.map((id) => hashVector(id, 8))),
): Rows {
  return {
    columns: {
      id: ids,
      size: ids.map((_, index) => (index % 2 ? index : null)),
      names: ids.map((id, index) => (index % 3 ? [id, `${id}'s`] : null)),
    },
    vectors,
  };
}

async function tableOf(ids: readonly string[], folder?: string) {
  return createTable(folder ?? (await temporaryFolder()), SHAPE, {
    rows: rowsFor(ids),
    metadata,
    overwrite: false,
  });
}

test("rows and metadata come back as they were written", async () => {
  const folder = await temporaryFolder();
  (await tableOf(["a", "b", "c"], folder)).close();
  const table = await openTable(folder, SHAPE);
  expect(await table.read()).toEqual(rowsFor(["a", "b", "c"]));
  expect(await table.description()).toEqual({ dimension: 8, rows: 3, metadata, annotations: new Map() });
  table.close();
});

test("annotations are versions of their own, stay with other rows and go with the table", async () => {
  const folder = await temporaryFolder();
  const table = await tableOf(["a", "b"], folder);
  const annotations = async () => (await table.description()).annotations;
  await table.annotate("note", "été");
  await table.merge(rowsFor(["c"]));
  await table.remove(["a"]);
  expect(await annotations()).toEqual(new Map([["note", "été"]]));
  expect((await table.description()).metadata).toEqual(metadata);
  await table.annotate("note", null);
  expect(await annotations()).toEqual(new Map());
  await table.restore(2);
  expect(await annotations()).toEqual(new Map([["note", "été"]]));
  await createTable(folder, SHAPE, { rows: rowsFor(["a"]), metadata, overwrite: true });
  expect(await annotations()).toEqual(new Map());
});

test("metadata survives merge, removal, restoring and replacement", async () => {
  const folder = await temporaryFolder();
  const table = await tableOf(["a", "b"], folder);
  await table.merge(rowsFor(["b", "c"]));
  await table.remove(["a"]);
  expect((await table.description()).metadata).toEqual(metadata);
  await table.restore(1);
  expect(await table.description()).toEqual({ dimension: 8, rows: 2, metadata, annotations: new Map() });
  const other = new Map([["note", "other"]]);
  const wide = rowsFor(["x"], matrixOf([hashVector("x", 12)]));
  await createTable(folder, SHAPE, { rows: wide, metadata: other, overwrite: true });
  expect(await table.description()).toEqual({
    dimension: 12,
    rows: 1,
    metadata: other,
    annotations: new Map(),
  });
  expect((await table.versions()).map(({ version, rows }) => [version, rows])).toEqual([
    [1, 2],
    [2, 3],
    [3, 2],
    [4, 2],
    [5, 1],
  ]);
  await table.restore(2);
  expect(await table.description()).toEqual({ dimension: 8, rows: 3, metadata, annotations: new Map() });
  await expect(table.restore(99)).rejects.toMatchObject({
    code: "OPTION_INVALID",
    message: expect.stringMatching(/no version 99; .* 1 to 6/),
  });
});

test("any key can be merged, found and removed", async () => {
  const table = await tableOf(["first"]);
  const key = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("'", "''", "it's", "a\\'b", "x' OR 'x'='x", "\n", "\0", '"', "%", "--", "/*"),
  );
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(key, { minLength: 1, maxLength: 4 }), async (keys) => {
      fc.pre(!keys.includes("first"));
      await table.merge(rowsFor(keys));
      expect((await table.keys()).toSorted()).toEqual(["first", ...keys].toSorted());
      await table.remove(keys);
      expect(await table.keys()).toEqual(["first"]);
    }),
    { numRuns: 25 },
  );
});

test("writers at the same time leave one row a key", async () => {
  const folder = await temporaryFolder();
  const table = await tableOf(["a"], folder);
  const writers = await Promise.all([0, 1, 2, 3].map(() => openTable(folder, SHAPE)));
  await Promise.all(writers.map((writer, index) => writer.merge(rowsFor(["same", `own ${index}`]))));
  expect((await table.keys()).toSorted()).toEqual(["a", "own 0", "own 1", "own 2", "own 3", "same"]);
});

test.each<[string, Matrix, RegExp]>([
  [
    "of another dimension",
    matrixOf([hashVector("a", 8), hashVector("b", 8)], 8),
    /Expected vectors of 8 numbers, got 2 x 4/,
  ],
  ["that is zero", matrixOf([hashVector("a", 8), new Float32Array(8)]), /row 1 \("y"\) has length 0/],
  ["with NaN", matrixOf([hashVector("a", 8), new Float32Array(8).fill(Number.NaN)]), /row 1 .*not finite/],
  ["with infinity", matrixOf([hashVector("a", 8), new Float32Array(8).fill(Infinity)]), /row 1 .*not finite/],
  [
    "of length 2",
    matrixOf([hashVector("a", 8), hashVector("b", 8).map((v) => 2 * v)]),
    /row 1 \("y"\) has length 2/,
  ],
])("a vector %s is refused and nothing is written", async (name, vectors, message) => {
  const table = await tableOf(["a"]);
  const given = name === "of another dimension" ? { ...vectors, columns: 4 } : vectors;
  await expect(table.merge(rowsFor(["x", "y"], given))).rejects.toMatchObject({
    code: "VECTOR_INVALID",
    message: expect.stringMatching(message),
  });
  const folder = await temporaryFolder();
  const creation = createTable(folder, SHAPE, {
    rows: rowsFor(["x", "y"], given),
    metadata,
    overwrite: false,
  });
  await expect(creation).rejects.toMatchObject({ code: "VECTOR_INVALID" });
  expect(await table.keys()).toEqual(["a"]);
  expect(await readdir(folder)).toEqual([]);
});

test("a key given twice is refused and nothing is written", async () => {
  const table = await tableOf(["a"]);
  await expect(table.merge(rowsFor(["x", "y", "x"]))).rejects.toMatchObject({
    code: "WRITE_FAILED",
    message: expect.stringContaining("more than one row of x"),
  });
  expect(await table.keys()).toEqual(["a"]);
});

test("queries are answered in their own order, however many there are", async () => {
  const ids = Array.from({ length: 200 }, (_, index) => `row ${index}`);
  const table = await tableOf(ids);
  const found = await table.nearest(
    ids.map((id) => hashVector(id, 8)),
    2,
  );
  expect(found.map(([first]) => first!.cells.id)).toEqual(ids);
  expect(found.every(([first, second]) => first!.distance < 1e-6 && second!.distance > first!.distance)).toBe(
    true,
  );
  expect(await table.nearest([], 2)).toEqual([]);
  expect((await table.nearest([hashVector("row 7", 8)], 999))[0]).toHaveLength(200);
});

test("queries are checked as rows are", async () => {
  const table = await tableOf(["a"]);
  for (const query of [hashVector("a", 4), new Float32Array(8), hashVector("a", 8).map((v) => 3 * v)]) {
    await expect(table.nearest([query], 1)).rejects.toMatchObject({ code: "VECTOR_INVALID" });
  }
});

test("an existing table stays unless it is to be replaced", async () => {
  const folder = await temporaryFolder();
  await tableOf(["a"], folder);
  await expect(tableOf(["b"], folder)).rejects.toMatchObject({ code: "INDEX_EXISTS" });
  expect(await (await openTable(folder, SHAPE)).keys()).toEqual(["a"]);
});

test("a folder without the table is named", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "file");
  await writeFile(file, "");
  for (const path of [join(folder, "none"), file, folder]) {
    await expect(openTable(path, SHAPE)).rejects.toMatchObject({
      code: "INDEX_NOT_FOUND",
      message: expect.stringContaining(path),
    });
  }
  expect(await readdir(folder)).toEqual(["file"]);
  await tableOf(["a"], folder);
  await expect(openTable(folder, { ...SHAPE, name: "others" })).rejects.toMatchObject({
    code: "INDEX_NOT_FOUND",
    message: expect.stringContaining("the tables there are things"),
  });
});

test("a table of another shape is refused", async () => {
  const folder = await temporaryFolder();
  await tableOf(["a"], folder);
  const columns = { ...SHAPE.columns, size: { type: "string" } } as const;
  await expect(openTable(folder, { ...SHAPE, columns })).rejects.toMatchObject({
    code: "INDEX_INVALID",
    message: expect.stringContaining("expected a column size of type Utf8, got Int32"),
  });
});

test("a table whose writing was cut short does not open, and can be made again", async () => {
  const folder = await temporaryFolder();
  await tableOf(["a"], join(folder, "whole"));
  // The manifest is what Lance writes last.
  await cp(join(folder, "whole"), join(folder, "cut"), { recursive: true });
  await rm(join(folder, "cut/things.lance/_versions"), { recursive: true });
  await expect(openTable(join(folder, "cut"), SHAPE)).rejects.toMatchObject({ code: "INDEX_INVALID" });
  await tableOf(["b"], join(folder, "cut"));
  expect(await (await openTable(join(folder, "cut"), SHAPE)).keys()).toEqual(["b"]);
});

test("damaged data is an error that names the folder", async () => {
  const folder = await temporaryFolder();
  await tableOf(["a", "b"], folder);
  const data = join(folder, "things.lance/data");
  for (const name of await readdir(data)) await writeFile(join(data, name), "damaged");
  const table = await openTable(folder, SHAPE);
  await expect(table.read()).rejects.toMatchObject({
    code: "INDEX_INVALID",
    message: expect.stringContaining(folder),
  });
});

test("a folder that cannot be written to is named", async () => {
  const folder = join(await temporaryFolder(), "file");
  await writeFile(folder, "");
  for (const path of [folder, join(folder, "below")]) {
    await expect(tableOf(["a"], path)).rejects.toMatchObject({
      code: "WRITE_FAILED",
      message: expect.stringContaining(path),
    });
  }
});
