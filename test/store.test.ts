import { cp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Matrix, matrixOf, row } from "../src/math/matrix.js";
import { dot } from "../src/math/vector.js";
import { createTable, openTable } from "../src/store/database.js";
import type { Rows } from "../src/store/rows.js";
import type { TableShape } from "../src/store/shape.js";
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
  vectors: true,
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

async function tableOf(ids: readonly string[], folder?: string, vectors?: Matrix) {
  return createTable(folder ?? (await temporaryFolder()), SHAPE, { rows: rowsFor(ids, vectors), metadata });
}

async function partsOf(scan: AsyncIterable<Rows>): Promise<Rows[]> {
  const parts: Rows[] = [];
  for await (const part of scan) parts.push(part);
  return parts;
}

function described(dimension: number, rows: number, given: ReadonlyMap<string, string> = metadata) {
  const precision = "float32";
  return { columns: SHAPE.columns, dimension, precision, rows, metadata: given, annotations: new Map() };
}

test("rows and metadata come back as they were written", async () => {
  const folder = await temporaryFolder();
  (await tableOf(["a", "b", "c"], folder)).close();
  const table = await openTable(folder, SHAPE);
  expect(await table.read()).toEqual(rowsFor(["a", "b", "c"]));
  expect(await table.description()).toEqual(described(8, 3));
  table.close();
});

test("annotations are versions of their own, stay with other rows and go with the table", async () => {
  const folder = await temporaryFolder();
  const table = await tableOf(["a", "b"], folder);
  const annotations = async () => (await table.description()).annotations;
  await table.annotate("note", "été");
  await table.upsert(rowsFor(["c"]));
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
  await table.upsert(rowsFor(["b", "c"]));
  await table.remove(["a"]);
  expect((await table.description()).metadata).toEqual(metadata);
  await table.restore(1);
  expect(await table.description()).toEqual(described(8, 2));
  const other = new Map([["note", "other"]]);
  const wide = rowsFor(["x"], matrixOf([hashVector("x", 12)]));
  await createTable(folder, SHAPE, { rows: wide, metadata: other, overwrite: true });
  expect(await table.description()).toEqual(described(12, 1, other));
  expect((await table.versions()).map(({ version, rows }) => [version, rows])).toEqual([
    [1, 2],
    [2, 3],
    [3, 2],
    [4, 2],
    [5, 1],
  ]);
  await table.restore(2);
  expect(await table.description()).toEqual(described(8, 3));
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
      await table.upsert(rowsFor(keys));
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
  await Promise.all(writers.map((writer, index) => writer.upsert(rowsFor(["same", `own ${index}`]))));
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
  await expect(table.upsert(rowsFor(["x", "y"], given))).rejects.toMatchObject({
    code: "VECTOR_INVALID",
    message: expect.stringMatching(message),
  });
  const folder = await temporaryFolder();
  const creation = createTable(folder, SHAPE, {
    rows: rowsFor(["x", "y"], given),
    metadata,
  });
  await expect(creation).rejects.toMatchObject({ code: "VECTOR_INVALID" });
  expect(await table.keys()).toEqual(["a"]);
  expect(await readdir(folder)).toEqual([]);
});

test("a key given twice is refused and nothing is written", async () => {
  const table = await tableOf(["a"]);
  await expect(table.upsert(rowsFor(["x", "y", "x"]))).rejects.toMatchObject({
    code: "TABLE_ROW_INVALID",
    message: expect.stringContaining("more than one row of x"),
  });
  expect(await table.keys()).toEqual(["a"]);
});

test("queries are answered in their own order, however many there are", async () => {
  const ids = Array.from({ length: 200 }, (_, index) => `row ${index}`);
  const table = await tableOf(ids);
  const found = await table.search(
    ids.map((id) => hashVector(id, 8)),
    { k: 2, exact: true },
  );
  expect(found.map(([first]) => first!.cells.id)).toEqual(ids);
  expect(found.every(([first, second]) => first!.distance < 1e-6 && second!.distance > first!.distance)).toBe(
    true,
  );
  expect(await table.search([], { k: 2, exact: true })).toEqual([]);
  expect((await table.search([hashVector("row 7", 8)], { k: 999 }))[0]).toHaveLength(200);
});

test("queries are checked as rows are", async () => {
  const table = await tableOf(["a"]);
  for (const query of [hashVector("a", 4), new Float32Array(8), hashVector("a", 8).map((v) => 3 * v)]) {
    await expect(table.search([query], { k: 1 })).rejects.toMatchObject({ code: "VECTOR_INVALID" });
  }
});

test("an existing table stays unless it is to be replaced", async () => {
  const folder = await temporaryFolder();
  await tableOf(["a"], folder);
  await expect(tableOf(["b"], folder)).rejects.toMatchObject({ code: "TABLE_EXISTS" });
  expect(await (await openTable(folder, SHAPE)).keys()).toEqual(["a"]);
});

test("a folder without the table is named", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "file");
  await writeFile(file, "");
  for (const path of [join(folder, "none"), file, folder]) {
    await expect(openTable(path, SHAPE)).rejects.toMatchObject({
      code: "TABLE_NOT_FOUND",
      message: expect.stringContaining(path),
    });
  }
  expect(await readdir(folder)).toEqual(["file"]);
  await tableOf(["a"], folder);
  await expect(openTable(folder, { ...SHAPE, name: "others" })).rejects.toMatchObject({
    code: "TABLE_NOT_FOUND",
    message: expect.stringContaining("the tables there are things"),
  });
});

test("a table of another shape is refused", async () => {
  const folder = await temporaryFolder();
  await tableOf(["a"], folder);
  const columns = { ...SHAPE.columns, size: { type: "string" } } as const;
  await expect(openTable(folder, { ...SHAPE, columns })).rejects.toMatchObject({
    code: "TABLE_INVALID",
    message: expect.stringContaining("expected a column size of type Utf8, got Int32"),
  });
});

test("a table whose writing was cut short does not open, and can be made again", async () => {
  const folder = await temporaryFolder();
  await tableOf(["a"], join(folder, "whole"));
  // The manifest is what Lance writes last.
  await cp(join(folder, "whole"), join(folder, "cut"), { recursive: true });
  await rm(join(folder, "cut/things.lance/_versions"), { recursive: true });
  await expect(openTable(join(folder, "cut"), SHAPE)).rejects.toMatchObject({ code: "TABLE_NOT_FOUND" });
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
    code: "TABLE_INVALID",
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

describe("columns", () => {
  const TYPED: TableShape = {
    name: "typed",
    key: "id",
    columns: {
      id: { type: "string" },
      bytes: { type: "int64" },
      taken: { type: "timestamp", nullable: true },
      tagged: { type: "boolean", nullable: true },
      ratio: { type: "float32", nullable: true },
      exact: { type: "float64", nullable: true },
      scores: { type: "numbers", nullable: true },
    },
    vectors: false,
  };
  const columns = {
    id: ["a", "b", "it's"],
    bytes: [0n, 2n ** 63n - 1n, -(2n ** 63n)],
    taken: [null, new Date("2025-01-05T10:00:00.123Z"), new Date("1969-12-31T23:59:59.999Z")],
    tagged: [true, false, null],
    ratio: [0.5, -1.25, null],
    exact: [Math.PI, null, -0],
    scores: [[], [0.1, 1e300], null],
  };
  const typed = async () =>
    createTable(await temporaryFolder(), TYPED, { rows: { columns }, metadata: new Map() });

  test("of every type come back as they were written, in a table without vectors", async () => {
    const table = await typed();
    expect(await table.read()).toEqual({ columns });
    await table.annotate("note", "x");
    await table.upsert({ columns });
    expect(await table.read()).toEqual({ columns });
    expect((await table.description()).annotations).toEqual(new Map([["note", "x"]]));
  });

  test("of users' own are kept beside those of the shape, and may be left out where they are nullable", async () => {
    const folder = await temporaryFolder();
    const own = { colour: { type: "string", nullable: true } } as const;
    const rows = {
      columns: { ...rowsFor(["a"]).columns, colour: ["red"] },
      vectors: rowsFor(["a"]).vectors!,
    };
    (await createTable(folder, SHAPE, { rows, metadata, columns: own })).close();
    const table = await openTable(folder, SHAPE);
    await table.upsert(rowsFor(["b"]));
    await table.addColumns({ rating: { type: "float64" } });
    expect((await table.description()).columns).toEqual({
      ...SHAPE.columns,
      ...own,
      rating: { type: "float64", nullable: true },
    });
    await table.update({ id: ["b"], rating: [4.5] });
    const all = await table.read({ columns: ["id", "colour", "rating"] });
    const cells = all.columns.id!.map((id, at) => [id, all.columns.colour![at], all.columns.rating![at]]);
    expect(cells.toSorted()).toEqual([
      ["a", "red", null],
      ["b", null, 4.5],
    ]);
  });

  test.each<[string, unknown, RegExp]>([
    ["bytes", 12, /expected bytes of row 1 \("b"\) to be a bigint of 64 bits, got 12/],
    ["bytes", 2n ** 63n, /a bigint of 64 bits, got 9223372036854775808n/],
    ["bytes", null, /a bigint of 64 bits, got null/],
    ["taken", new Date(Number.NaN), /a valid date or null, got null/],
    ["taken", "2025-01-01", /a valid date or null, got "2025-01-01"/],
    ["tagged", 1, /true or false or null, got 1/],
    ["ratio", "0.5", /a number or null, got "0.5"/],
    ["scores", [1, "2"], /a list of numbers or null/],
    ["id", "\ud83d", /text in valid Unicode/],
  ])("%s of %s is refused, and nothing is written", async (name, cell, message) => {
    const table = await typed();
    const wrong = { ...columns, [name]: columns[name as "id"].map((each, at) => (at === 1 ? cell : each)) };
    await expect(table.upsert({ columns: wrong as Rows["columns"] })).rejects.toMatchObject({
      code: "TABLE_ROW_INVALID",
      message: expect.stringMatching(message),
    });
    expect(await table.count()).toBe(3);
  });

  test.each<[string, readonly string[]]>([
    ["bytes > 0", ["b"]],
    ["id = 'it''s'", ["it's"]],
    ["taken > '2025-01-01'", ["b"]],
    ["taken between '1960-01-01' and '2024-12-31T00:00:00Z' and id <> 'x'", ["it's"]],
    ["taken >= timestamp '2025-01-05T10:00:00.123Z'", ["b"]],
    ['"taken" is null or tagged', ["a"]],
    ["id in ('a', 'b; drop table typed', '--')", ["a"]],
  ])("are filtered by %s", async (where, ids) => {
    const table = await typed();
    expect((await table.read({ columns: ["id"], where })).columns.id).toEqual(ids);
    expect(await table.count(where)).toBe(ids.length);
  });

  test.each([
    [
      "nothing > 1",
      /No field named nothing. Valid fields are id, bytes, taken, tagged, ratio, exact, scores/,
    ],
    // A name that every object has.
    ["CONSTRUCTOR > 1", /No field named "?constructor/i],
    ["bytes >", /"bytes >" cannot be used: Expected: an expression, found: the end$/],
    ["bytes", /does not return a boolean$/],
    ["bytes = 1 and (tagged", /Expected: \), found: EOF$/],
    ["bytes > 'x", /Unterminated string literal/],
    ["bytes = 'x'", /could not convert to literal of type 'Int64'$/],
    ["id = 'a'; delete from typed", /cannot be used/],
    ["id = 'a' limit 1", /cannot be used/],
    ["id = 'a' union select 1", /cannot be used/],
    ["taken > 'soon'", /cannot be used/],
    ["", /cannot be used/],
  ])("are not filtered by %j, which is said", async (where, message) => {
    const table = await typed();
    const refusal = { code: "TABLE_FILTER_INVALID", message: expect.stringMatching(message) };
    await expect(table.read({ where })).rejects.toMatchObject(refusal);
    await expect(table.count(where)).rejects.toMatchObject(refusal);
    await expect(table.scan({ where }).next()).rejects.toMatchObject(refusal);
    const things = await tableOf(["a"]);
    const searched = things.search([hashVector("a", 8)], { k: 1, where });
    await expect(searched).rejects.toMatchObject({ code: "TABLE_FILTER_INVALID" });
  });
});

test("half the space and a similarity within 0.001 with float16 vectors, which come back as float32", async () => {
  const ids = Array.from({ length: 50 }, (_, index) => `row ${index}`);
  const rows = rowsFor(ids, matrixOf(ids.map((id) => hashVector(id, 64))));
  const folder = await temporaryFolder();
  const table = await createTable(folder, SHAPE, { rows, metadata, precision: "float16" });
  await table.upsert(rowsFor(["more"], matrixOf([hashVector("more", 64)])));
  const { columns, vectors } = await table.read();
  expect(vectors).toMatchObject({ rows: 51, columns: 64 });
  for (const [at, id] of columns.id!.entries()) {
    expect(Math.abs(dot(row(vectors!, at), hashVector(String(id), 64)) - 1)).toBeLessThan(1e-3);
  }
  const query = hashVector("any", 64);
  const [near] = await table.search([query], { k: 51, exact: true });
  for (const { cells, similarity } of near!) {
    expect(Math.abs(similarity - dot(query, row(vectors!, columns.id!.indexOf(cells.id!))))).toBeLessThan(
      1e-3,
    );
  }
});

test("a table that is closed in the middle of a read ends it first", async () => {
  const ids = Array.from({ length: 500 }, (_, index) => `id ${index}`);
  const table = await tableOf(ids);
  const reads = Array.from({ length: 20 }, () => table.keys());
  await new Promise(setImmediate);
  table.close();
  table.close();
  for (const read of await Promise.allSettled(reads)) {
    if (read.status === "fulfilled") expect(read.value).toHaveLength(500);
    else expect(read.reason).toMatchObject({ code: "TABLE_CLOSED" });
  }
  await expect(table.keys()).rejects.toMatchObject({ code: "TABLE_CLOSED" });
});

test("rows take the place of others in one commit", async () => {
  const table = await tableOf(["a", "b'c", "d", "e"]);
  for (const indexed of [false, true]) {
    if (indexed) await table.createIndex("id", "btree");
    const before = (await table.versions()).length;
    await table.upsert(rowsFor(["b'c2", "d"]), ["b'c", "d", "none"]);
    expect((await table.keys()).sort()).toEqual(["a", "b'c2", "d", "e"]);
    expect(await table.versions()).toHaveLength(before + 1);
    await table.upsert(rowsFor(["b'c"]), ["b'c2"]);
  }
  expect((await table.keys()).sort()).toEqual(["a", "b'c", "d", "e"]);
});

test("rows are scanned in parts, by columns, filter and number", async () => {
  const ids = Array.from({ length: 20_000 }, (_, index) => `row ${index}`);
  const table = await tableOf(ids);
  const parts = await partsOf(table.scan({ columns: ["id"] }));
  expect(parts.length).toBeGreaterThan(1);
  expect(parts.flatMap(({ columns }) => columns.id!).toSorted()).toEqual(ids.toSorted());
  expect(parts.every(({ vectors }) => vectors === undefined)).toBe(true);
  const [some] = await partsOf(table.scan({ where: "id = 'row 7'" }));
  expect(some!.columns.id).toEqual(["row 7"]);
  expect(row(some!.vectors!, 0)).toEqual(hashVector("row 7", 8));
  const few = await partsOf(table.scan({ columns: ["id"], limit: 3 }));
  expect(few.flatMap(({ columns }) => columns.id!)).toHaveLength(3);
});

test("a table can begin without rows", async () => {
  const table = await tableOf([], undefined, matrixOf([], 8));
  expect(await table.read()).toMatchObject({ columns: { id: [] } });
  expect(await table.search([hashVector("a", 8)], { k: 1 })).toEqual([[]]);
  await table.upsert(rowsFor(["a"]));
  expect(await table.keys()).toEqual(["a"]);
});

test("an earlier version is read as it was, and not written to", async () => {
  const folder = await temporaryFolder();
  const table = await tableOf(["a"], folder);
  await table.upsert(rowsFor(["b"]));
  const before = await openTable(folder, SHAPE, { version: 1 });
  expect([await before.version(), await before.keys()]).toEqual([1, ["a"]]);
  await expect(before.upsert(rowsFor(["c"]))).rejects.toMatchObject({ code: "WRITE_FAILED" });
  await expect(openTable(folder, SHAPE, { version: 9 })).rejects.toMatchObject({ code: "TABLE_INVALID" });
  await table.optimize({ keepSince: new Date() });
  expect((await table.versions()).map(({ version }) => version)).not.toContain(1);
  expect((await table.keys()).toSorted()).toEqual(["a", "b"]);
});

test("a closed table says so, whatever is asked of it", async () => {
  const table = await tableOf(["a"]);
  table.close();
  const closed = { code: "TABLE_CLOSED" };
  await expect(table.read()).rejects.toMatchObject(closed);
  await expect(table.scan().next()).rejects.toMatchObject(closed);
  await expect(table.upsert(rowsFor(["b"]))).rejects.toMatchObject(closed);
  await expect(table.annotate("note", "x")).rejects.toMatchObject(closed);
  await expect(table.search([hashVector("a", 8)], { k: 1 })).rejects.toMatchObject(closed);
  await expect(table.versions()).rejects.toMatchObject(closed);
});
