import { cp, mkdir, readFile, rename, rm, symlink, unlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import {
  type IngestOptions,
  ingest,
  loadModel,
  type Model,
  openDataset,
  openImageTable,
  watchPictures,
} from "../src/index.js";
import { temporaryFolder } from "./folders.js";

let model: Model;
beforeAll(async () => {
  model = await loadModel("mini");
  return () => model.close();
});

/** A small PNG that is the same for the same number, and no other's. */
async function picture(seed: number, { width = 24, height = 16 } = {}): Promise<Buffer> {
  const data = Buffer.from(
    Array.from({ length: width * height * 3 }, (_, at) => (at * (seed + 3) + seed * 40) & 255),
  );
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

async function photos(count: number): Promise<{ folder: string; table: string }> {
  const root = await temporaryFolder();
  const folder = join(root, "photos");
  await mkdir(join(folder, "trip"), { recursive: true });
  for (let index = 0; index < count; index++) {
    await writeFile(join(folder, index % 2 ? "trip" : "", `p${index}.png`), await picture(index));
  }
  return { folder, table: join(root, "photos.db") };
}

const into = (table: string, options: Partial<IngestOptions> = {}): IngestOptions => ({
  table,
  model,
  ...options,
});

async function rowsOf(place: string) {
  await using table = await openImageTable(place);
  const { columns, vectors } = await table.table.read();
  return new Map(
    ((columns.path ?? []) as string[]).map((path, at) => [
      path,
      {
        id: columns.id![at] as string,
        vector: vectors!.data.slice(at * vectors!.columns, (at + 1) * vectors!.columns),
        cells: Object.fromEntries(Object.entries(columns).map(([name, cells]) => [name, cells[at]])),
      },
    ]),
  );
}

async function failuresOf(place: string) {
  await using table = await openImageTable(place);
  return table.failures();
}

const NOTHING = {
  added: 0,
  changed: 0,
  moved: 0,
  failed: 0,
  failedBefore: 0,
  gone: 0,
  pruned: 0,
  embedded: 0,
};

describe("a folder", () => {
  test("comes in once; nothing is embedded that has not changed", async () => {
    const { folder, table } = await photos(5);
    expect(await ingest(folder, into(table))).toMatchObject({
      ...NOTHING,
      added: 5,
      embedded: 5,
      count: 5,
      place: table,
    });
    const first = await rowsOf(table);
    expect([...first.keys()].sort()).toEqual(
      ["p0.png", "p2.png", "p4.png", "trip/p1.png", "trip/p3.png"].map((name) => join(folder, name)),
    );
    const { embeddings } = await model.embedImages([await readFile(join(folder, "p2.png"))]);
    const row = first.get(join(folder, "p2.png"))!;
    expect(row.vector).toEqual(embeddings.data);
    expect(row.cells).toMatchObject({ width: 24, height: 16, taken: null, label: null });
    expect(await ingest(folder, into(table))).toMatchObject({ ...NOTHING, unchanged: 5 });
    await utimes(join(folder, "p0.png"), new Date(0), new Date(0));
    expect(await ingest(folder, into(table))).toMatchObject({ ...NOTHING, unchanged: 5 });
    expect((await rowsOf(table)).get(join(folder, "p0.png"))!.cells.modified).toEqual(new Date(0));
  });

  test("a changed picture is replaced, a copy and a moved one are not embedded", async () => {
    const { folder, table } = await photos(4);
    await ingest(folder, into(table));
    const before = await rowsOf(table);
    await writeFile(join(folder, "p0.png"), await picture(100));
    await rename(join(folder, "p2.png"), join(folder, "trip", "moved.png"));
    await cp(join(folder, "trip", "p1.png"), join(folder, "copy.png"));
    expect(await ingest(folder, into(table))).toMatchObject({
      ...{ ...NOTHING, added: 1, changed: 1, moved: 1, embedded: 1, unchanged: 2, count: 5 },
    });
    const after = await rowsOf(table);
    expect(after.has(join(folder, "p2.png"))).toBe(false);
    expect(after.get(join(folder, "trip", "moved.png"))!.vector).toEqual(
      before.get(join(folder, "p2.png"))!.vector,
    );
    expect(after.get(join(folder, "copy.png"))!.id).toBe(before.get(join(folder, "trip", "p1.png"))!.id);
    expect(after.get(join(folder, "p0.png"))!.id).not.toBe(before.get(join(folder, "p0.png"))!.id);
  });

  test("a whole folder moves with its users' columns and labels", async () => {
    const { folder, table } = await photos(6);
    await ingest(folder, into(table));
    {
      await using open = await openImageTable(table);
      await open.table.addColumns({ stars: { type: "int32" } });
      const path = join(folder, "trip", "p1.png");
      await open.table.update({
        path: [path],
        stars: [5],
        label: ["dog"],
        score: [0.5],
        labels: [["dog", "pet"]],
      });
    }
    await rename(join(folder, "trip"), join(folder, "holiday"));
    expect(await ingest(folder, into(table))).toMatchObject({ ...NOTHING, moved: 3, unchanged: 3, count: 6 });
    const row = (await rowsOf(table)).get(join(folder, "holiday", "p1.png"))!;
    expect(row.cells).toMatchObject({ stars: 5, label: "dog", score: 0.5, labels: ["dog", "pet"] });
  });

  test("RAW and JPEG of one name are one picture, also where the RAW file came first", async () => {
    const { folder, table } = await photos(1);
    await writeFile(join(folder, "a.nef"), await picture(7));
    expect(await ingest(folder, into(table))).toMatchObject({ added: 2, paired: 0, count: 2 });
    await writeFile(join(folder, "A.JPG"), await picture(8));
    expect(await ingest(folder, into(table))).toMatchObject({ added: 1, paired: 1, unchanged: 1, count: 2 });
    expect((await rowsOf(table)).has(join(folder, "A.JPG"))).toBe(true);
  });

  test("what is gone stays until it is pruned; what is excluded stays", async () => {
    const { folder, table } = await photos(6);
    await ingest(folder, into(table));
    await unlink(join(folder, "p0.png"));
    expect(await ingest(folder, into(table))).toMatchObject({ ...NOTHING, unchanged: 5, count: 6 });
    const exclude = ["trip"];
    expect(await ingest(folder, into(table, { prune: true, exclude }))).toMatchObject({
      ...{ ...NOTHING, pruned: 1, unchanged: 2, count: 5 },
    });
    await rm(join(folder, "trip"), { recursive: true });
    expect(await ingest(folder, into(table, { prune: true, exclude }))).toMatchObject({
      pruned: 0,
      count: 5,
    });
    expect(await ingest(folder, into(table, { prune: true }))).toMatchObject({ pruned: 3, count: 2 });
  });

  test("a disk that is not mounted prunes nothing", async () => {
    const { folder, table } = await photos(3);
    await ingest(folder, into(table));
    await rm(folder, { recursive: true });
    await expect(ingest(folder, into(table, { prune: true }))).rejects.toMatchObject({ code: "INPUT_EMPTY" });
    await mkdir(folder);
    await expect(ingest(folder, into(table, { prune: true }))).rejects.toMatchObject({
      code: "INPUT_EMPTY",
      message: expect.stringContaining("mounted"),
    });
    expect((await rowsOf(table)).size).toBe(3);
    expect(await ingest(folder, into(table))).toMatchObject({ ...NOTHING, count: 3 });
  });

  test("hidden and system files are left out, and links lead nowhere new", async () => {
    const { folder, table } = await photos(2);
    for (const name of [
      ".hidden.png",
      "._p0.png",
      "@eaDir/p0.png",
      ".thumbs/p.png",
      "$RECYCLE.BIN/p.png",
      "a.txt",
    ]) {
      await mkdir(join(folder, name, ".."), { recursive: true });
      await writeFile(join(folder, name), await picture(7));
    }
    await symlink(folder, join(folder, "again"));
    await symlink(folder, `${folder}-link`);
    expect(await ingest(folder, into(table))).toMatchObject({ added: 2, failed: 0 });
    expect(await ingest(`${folder}-link`, into(table))).toMatchObject({ ...NOTHING, unchanged: 2 });
  });

  test("without pictures gives a table without pictures", async () => {
    const folder = await temporaryFolder();
    expect(await ingest(folder, into(join(folder, "t.db")))).toMatchObject({ ...NOTHING, count: 0 });
  });
});

describe("a picture that is none", () => {
  test("is a record, not tried again until it changes", async () => {
    const { folder, table } = await photos(2);
    const bad = join(folder, "bad.png");
    await writeFile(bad, "no picture");
    const told: string[] = [];
    const options = into(table, { onFailure: ({ path }) => void told.push(path) });
    expect(await ingest(folder, options)).toMatchObject({
      ...NOTHING,
      added: 2,
      failed: 1,
      embedded: 2,
      count: 2,
    });
    expect(told).toEqual([bad]);
    expect(await failuresOf(table)).toEqual([
      expect.objectContaining({ path: bad, code: "IMAGE_UNSUPPORTED", bytes: 10 }),
    ]);
    expect(await ingest(folder, options)).toMatchObject({ ...NOTHING, failedBefore: 1, unchanged: 2 });
    expect(await ingest(folder, { ...options, retry: true })).toMatchObject({ failed: 1, failedBefore: 0 });
    await writeFile(bad, await picture(9));
    expect(await ingest(folder, options)).toMatchObject({ ...NOTHING, added: 1, embedded: 1, count: 3 });
    expect(await failuresOf(table)).toEqual([]);
  });

  test("is named in its message, though others have the same contents", async () => {
    const { folder, table } = await photos(1);
    const bad = ["a.png", "b.png", "c.png"].map((name) => join(folder, name));
    for (const path of bad) await writeFile(path, "no picture");
    await ingest(folder, into(table));
    const failures = await failuresOf(table);
    expect(failures.map(({ path }) => path).sort()).toEqual(bad);
    for (const { path, message } of failures) expect(message).toContain(path);
  });

  test("does not take away the row of what was there before", async () => {
    const { folder, table } = await photos(1);
    await ingest(folder, into(table));
    const whole = await readFile(join(folder, "p0.png"));
    await writeFile(join(folder, "p0.png"), whole.subarray(0, whole.length - 30));
    expect(await ingest(folder, into(table))).toMatchObject({ failed: 1, count: 1 });
    expect(await ingest(folder, into(table))).toMatchObject({ ...NOTHING, failedBefore: 1 });
    await writeFile(join(folder, "p0.png"), whole);
    expect(await ingest(folder, into(table))).toMatchObject({ ...NOTHING, unchanged: 1, count: 1 });
    expect(await failuresOf(table)).toEqual([]);
  });

  test("is forgotten when it is gone and the table pruned", async () => {
    const { folder, table } = await photos(1);
    await writeFile(join(folder, "bad.png"), "no picture");
    await ingest(folder, into(table));
    await unlink(join(folder, "bad.png"));
    await ingest(folder, into(table, { prune: true }));
    expect(await failuresOf(table)).toEqual([]);
  });
});

test("a folder that is watched is followed while pictures come, change, move and go", async () => {
  const { folder, table } = await photos(3);
  const stop = new AbortController();
  const steps = [
    async () => writeFile(join(folder, "new.png"), await picture(50)),
    async () => rename(join(folder, "new.png"), join(folder, "trip", "moved.png")),
    async () => unlink(join(folder, "p0.png")),
  ];
  const seen: object[] = [];
  for await (const { added, moved, pruned, count } of watchPictures(
    folder,
    into(table, { signal: stop.signal }),
  )) {
    seen.push({ added, moved, pruned, count });
    const step = steps.shift();
    if (step) await step();
    else stop.abort();
  }
  expect(seen).toEqual([
    { added: 3, moved: 0, pruned: 0, count: 3 },
    { added: 1, moved: 0, pruned: 0, count: 4 },
    { added: 0, moved: 1, pruned: 0, count: 4 },
    { added: 0, moved: 0, pruned: 1, count: 3 },
  ]);
});

describe("users' columns", () => {
  test("come along from a manifest, typed, and follow it when it changes", async () => {
    const { folder, table } = await photos(3);
    const list = join(folder, "list.csv");
    const header = "path,label,stars,price,author,sold,shot,zip,id";
    const write = (...lines: string[]) => writeFile(list, [header, ...lines, ""].join("\n"));
    await write(
      "p0.png,cat,5,1.5,Ann,true,2024-05-06 07:08:09,01234,7",
      "p2.png,dog,,2,,false,2024-05-07,04567,8",
      "trip/p1.png,dog,3,x,Bob,true,,09999,9",
    );
    const read = async () =>
      ingest(await openDataset(list, { otherColumns: true }), into(table, { source: list }));
    expect(await read()).toMatchObject({ added: 3, failed: 0, unfit: 0 });
    {
      await using open = await openImageTable(table);
      const types = Object.entries(open.info.columns).map(([name, { type }]) => [name, type]);
      expect(Object.fromEntries(types)).toEqual({
        ...{ stars: "int32", price: "string", author: "string", sold: "boolean", shot: "timestamp" },
        ...{ zip: "string", given_id: "int32" },
      });
      const cells = (await rowsOf(table)).get(join(folder, "p0.png"))!.cells;
      expect(cells).toMatchObject({ given_label: "cat", stars: 5, price: "1.5", sold: true, zip: "01234" });
      expect(cells.shot).toEqual(new Date("2024-05-06T07:08:09Z"));
    }
    await write(
      "p0.png,bird,4,1.5,Ann,true,2024-05-06 07:08:09,01234,7",
      "p2.png,dog,many,2,,false,2024-05-07,04567,8",
    );
    expect(await read()).toMatchObject({ ...NOTHING, unchanged: 2, unfit: 1 });
    const cells = (await rowsOf(table)).get(join(folder, "p0.png"))!.cells;
    expect(cells).toMatchObject({ given_label: "bird", stars: 4, author: "Ann" });
    expect(await read()).toMatchObject({ ...NOTHING, unchanged: 2 });
  });

  test("come along from JSON Lines with lists, numbers and texts as they are", async () => {
    const { folder, table } = await photos(1);
    const list = join(folder, "list.jsonl");
    await writeFile(
      list,
      `${JSON.stringify({ file_name: "p0.png", tags: ["a", "b"], box: [1, 2.5], big: 2 ** 40, who: { x: 1 } })}\n`,
    );
    await ingest(await openDataset(list, { otherColumns: true }), into(table));
    const [row] = (await rowsOf(table)).values();
    expect(row!.cells).toMatchObject({ tags: ["a", "b"], box: [1, 2.5], big: 2n ** 40n, who: '{"x":1}' });
  });
});

test("another model gets a table of its own beside", async () => {
  const { folder, table } = await photos(2);
  await ingest(folder, into(table));
  const fingerprint = async () => `sha256:${"ab".repeat(32)}`;
  const other = { ...model, identity: { ...model.identity, id: "other", fingerprint } };
  const result = await ingest(folder, into(table, { model: other }));
  expect(result).toMatchObject({ added: 2, place: join(table, "model-abababababab") });
  expect(await ingest(folder, into(table))).toMatchObject({ ...NOTHING, unchanged: 2, place: table });
});

test("an aborted run leaves whole what it wrote, and the next goes on", async () => {
  const { folder, table } = await photos(30);
  const stop = new AbortController();
  const onProgress = () => stop.abort(new Error("enough"));
  await expect(ingest(folder, into(table, { signal: stop.signal, onProgress }))).rejects.toThrow("enough");
  expect(await ingest(folder, into(table))).toMatchObject({ failed: 0, count: 30 });
});

test("half precision is what reading gives back", async () => {
  const { folder, table } = await photos(2);
  await ingest(folder, into(table, { precision: "float16" }));
  const [row] = (await rowsOf(table)).values();
  const { checksumsOf } = await import("../src/images/table/checksum.js");
  expect(checksumsOf({ data: row!.vector, rows: 1, columns: row!.vector.length })).toEqual([
    row!.cells.checksum,
  ]);
});

test("options that there are not are refused", async () => {
  const { folder, table } = await photos(1);
  await expect(ingest(folder, { ...into(table), prun: true } as never)).rejects.toMatchObject({
    code: "OPTION_INVALID",
  });
  await expect(ingest([], into(table))).rejects.toMatchObject({ code: "INPUT_EMPTY" });
});
