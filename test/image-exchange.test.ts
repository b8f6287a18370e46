import { execFileSync } from "node:child_process";
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { EXPORT_FORMATS, exportImages } from "../src/images/exchange/export.js";
import { importImages } from "../src/images/exchange/import.js";
import type { ImageTable } from "../src/images/table/image-table.js";
import { openImageTable } from "../src/images/table/open.js";
import { temporaryFolder } from "./folders.js";
import { addImages, newTable, randomUnits } from "./image-rows.js";
import { canMount } from "./mount.js";

const ODD = 'dog & "cat" <a>\u0001';

async function tableOf() {
  const place = await temporaryFolder();
  const photos = join(place, "photos");
  await mkdir(photos);
  const path = ["a.jpg", "b.jpg", "c.jpg", "d.jpg"].map((name) => join(photos, name));
  for (const [at, file] of path.slice(0, 3).entries()) await writeFile(file, `picture ${at}`);
  const table = await newTable(join(place, "photos.db"), {
    split: { type: "string" },
    stars: { type: "float64" },
  });
  const vectors = randomUnits(4, 256, 1);
  await addImages(table, vectors, {
    path,
    id: path.map((_, at) => String(at).padStart(64, "0")),
    width: [640, 320, null, 10],
    height: [480, 240, null, 20],
    taken: [new Date("2025-03-01T10:00:00Z"), null, null, null],
    given_label: ["dog", "cat", null, "dog"],
    label: ["dog", ODD, null, "dog"],
    score: [0.75, 0.5, 0.25, 0.875],
    label_set: ["animals@1", "animals@1", "animals@1", "animals@1"],
    split: ["train", "val", "train", null],
    stars: [5, null, 3.5, 1],
  });
  return { place, photos, path, table, vectors };
}

describe("exportImages and importImages", () => {
  it.each(["parquet", "jsonl"] as const)("bring a table back from %s, vectors to the bit", async (format) => {
    const { place, table } = await tableOf();
    const file = join(place, `out.${format}`);
    const { pictures } = await exportImages(table, { format, to: file });
    expect(pictures).toBe(4);
    const copy = join(place, "copy.db");
    expect(await importImages(copy, { format, from: file })).toEqual({ imported: 4, failures: [] });
    await using second = await openImageTable(copy);
    const [before, after] = [await table.table.read(), await second.table.read()];
    const rowsOf = ({ columns, vectors }: typeof before) =>
      columns
        .path!.map((path, at) => ({
          ...Object.fromEntries(Object.entries(columns).map(([name, cells]) => [name, cells[at] ?? null])),
          path: path as string,
          vector: [...vectors!.data.subarray(at * 256, (at + 1) * 256)],
        }))
        .sort((a, b) => (a.path < b.path ? -1 : 1));
    const expected = rowsOf(before).map((row) => (format === "jsonl" ? { ...row, embedder: "stored" } : row));
    expect(rowsOf(after)).toEqual(expected);
    // Again: nothing twice.
    await importImages(copy, { format, from: file });
    expect(await second.count()).toBe(4);
    await table.close();
  });

  it("bring paths, labels and vectors back from clip-retrieval's folders", async () => {
    const { place, table, path } = await tableOf();
    const folder = join(place, "out");
    await exportImages(table, { format: "clip-retrieval", to: folder });
    const copy = join(place, "copy.db");
    expect(await importImages(copy, { format: "clip-retrieval", from: folder })).toMatchObject({
      imported: 4,
    });
    await using second = await openImageTable(copy);
    const { columns } = await second.table.read({ columns: ["path", "given_label", "checksum"] });
    expect([...columns.path!].sort()).toEqual(path);
    expect(columns.given_label![columns.path!.indexOf(path[0]!)]).toBe("dog");
    const before = await table.table.read({ columns: ["path", "checksum"] });
    expect([...columns.checksum!].sort()).toEqual([...before.columns.checksum!].sort());
    await table.close();
  });

  it("tell of rows that cannot be taken, and take the others", async () => {
    const place = await temporaryFolder();
    const file = join(place, "rows.jsonl");
    const vector = [1, ...new Array(255).fill(0)];
    const rows = [
      { path: "/a.jpg", vector, tags: ["x"], when: "soon" },
      { path: "/b.jpg", vector: [1, 2] },
      { path: "/c.jpg", vector: new Array(256).fill(0) },
      { vector },
      { path: "/d.jpg", vector: vector.map((value) => value * 3) },
    ];
    await writeFile(file, rows.map((row) => JSON.stringify(row)).join("\n"));
    const { imported, failures } = await importImages(join(place, "t.db"), { format: "jsonl", from: file });
    expect(imported).toBe(2);
    expect(failures.map(({ error }) => error.code)).toEqual([
      "VECTOR_INVALID",
      "VECTOR_INVALID",
      "DATASET_INVALID",
    ]);
    await using table = await openImageTable(join(place, "t.db"));
    expect(table.info.columns).toMatchObject({ tags: { type: "strings" }, when: { type: "string" } });
    await writeFile(file, "{ not json");
    await expect(importImages(join(place, "t.db"), { format: "jsonl", from: file })).rejects.toThrow(
      expect.objectContaining({ code: "DATASET_INVALID" }),
    );
  });
});

describe("exportImages", () => {
  async function exported(format: (typeof EXPORT_FORMATS)[number], options = {}) {
    const made = await tableOf();
    const to = join(made.place, "out");
    await exportImages(made.table, { format, to, ...options });
    await made.table.close();
    return { ...made, text: await readFile(to, "utf8") };
  }

  it("writes Label Studio's tasks with predictions", async () => {
    const { photos, text } = await exported("label-studio", { prefix: "/data/local-files/?d=" });
    const tasks = JSON.parse(text) as { data: { image: string }; predictions: object[] }[];
    expect(tasks).toHaveLength(4);
    const first = tasks.find(({ data }) => data.image.endsWith("a.jpg"))!;
    expect(first).toEqual({
      data: { image: `/data/local-files/?d=${join(photos, "a.jpg")}` },
      predictions: [
        {
          model_version: "animals@1",
          score: 0.75,
          result: [{ from_name: "label", to_name: "image", type: "choices", value: { choices: ["dog"] } }],
        },
      ],
    });
    expect(tasks.find(({ data }) => data.image.endsWith("c.jpg"))!.predictions).toEqual([]);
  });

  it("writes CVAT's image tags, with labels that XML would trip over", async () => {
    const { text } = await exported("cvat", { where: "label IS NOT NULL" });
    expect(text).toContain('<tag label="dog &amp; &quot;cat&quot; &lt;a&gt;\ufffd" source="auto"></tag>');
    expect(text).toContain("<size>3</size>");
    expect(text.match(/<image /g)).toHaveLength(3);
    expect(text).toMatch(/<image id="\d" name="[^"]*a\.jpg" width="640" height="480">/);
  });

  it("writes COCO's JSON, with file names from a folder on", async () => {
    const made = await tableOf();
    const to = join(made.place, "out");
    await exportImages(made.table, { format: "coco", to, labels: "given", root: made.photos });
    const { images, annotations, categories } = JSON.parse(await readFile(to, "utf8"));
    expect(images.map(({ file_name }: { file_name: string }) => file_name).sort()).toEqual([
      "a.jpg",
      "b.jpg",
      "c.jpg",
      "d.jpg",
    ]);
    expect(annotations).toHaveLength(3);
    const names = new Map(categories.map(({ id, name }: { id: number; name: string }) => [id, name]));
    expect([...names.values()].sort()).toEqual(["cat", "dog"]);
    const a = images.find(({ file_name }: { file_name: string }) => file_name === "a.jpg");
    const [mark] = annotations.filter(({ image_id }: { image_id: number }) => image_id === a.id);
    expect(mark).toMatchObject({ bbox: [0, 0, 640, 480], area: 307200 });
    expect(names.get(mark.category_id)).toBe("dog");
    await made.table.close();
  });

  it("writes FiftyOne's labels with confidences", async () => {
    const { path, text } = await exported("fiftyone");
    const { labels } = JSON.parse(text);
    expect(labels[path[0]!]).toEqual({ label: "dog", confidence: 0.75, attributes: {} });
    expect(labels[path[2]!]).toBeNull();
  });

  it("puts pictures into YOLO's folders, twice without harm, and tells what is gone", async () => {
    const made = await tableOf();
    const to = join(made.place, "yolo");
    for (const by of ["copy", "link", "copy"] as const) {
      const { missing, unlabelled } = await exportImages(made.table, {
        format: "yolo",
        to,
        labels: "given",
        split: "split",
        by,
      });
      expect([missing, unlabelled]).toEqual([[made.path[3]], 1]);
    }
    expect(await readdir(join(to, "train", "dog"))).toEqual(["a.jpg"]);
    expect(await readdir(join(to, "val", "cat"))).toEqual(["b.jpg"]);
    // Or dog were the first class in one split and the second in the other.
    expect(await readdir(join(to, "val"))).toEqual(await readdir(join(to, "train")));
    expect(await readFile(join(to, "train", "dog", "a.jpg"), "utf8")).toBe("picture 0");
    await made.table.close();
  });

  it("copies pictures that may only be read", async () => {
    const { table, path, place } = await tableOf();
    await chmod(path[0]!, 0o444);
    const to = join(place, "yolo");
    await exportImages(table, { format: "yolo", to, labels: "given" });
    const copy = join(to, "train", "dog", "a.jpg");
    expect(await readFile(copy)).toEqual(await readFile(path[0]!));
    expect((await stat(copy)).mode & 0o222).toBe(0);
    await table.close();
  });

  it.skipIf(process.platform === "win32")("leaves who may read a file that it replaces", async () => {
    const { table, place } = await tableOf();
    const to = join(place, "private.jsonl");
    await writeFile(to, "", { mode: 0o600 });
    await exportImages(table, { format: "jsonl", to });
    expect((await stat(to)).mode & 0o777).toBe(0o600);
    await table.close();
  });

  it.each(EXPORT_FORMATS.filter((format) => format !== "yolo" && format !== "clip-retrieval"))(
    "writes %s of no pictures",
    async (format) => {
      const { text } = await exported(format, { where: "width > 100000" });
      if (["label-studio", "coco", "fiftyone"].includes(format)) JSON.parse(text);
    },
  );

  it("refuses what it does not know, and leaves no half of a file", async () => {
    const { table, place } = await tableOf();
    const to = join(place, "out");
    await expect(exportImages(table, { format: "csv", to } as object as never)).rejects.toThrow(
      "Expected format to be clip-retrieval",
    );
    await expect(exportImages(table, { format: "jsonl", to, where: "nothing = 1" })).rejects.toThrow(
      expect.objectContaining({ code: "TABLE_FILTER_INVALID" }),
    );
    await expect(exportImages(table, { format: "jsonl", to: place })).rejects.toThrow(
      expect.objectContaining({ code: "WRITE_FAILED" }),
    );
    expect((await readdir(place)).filter((name) => name.includes("out"))).toEqual([]);
    await table.close();
  });
});

/** The files below `folder` with their sizes. */
async function filesBelow(folder: string): Promise<ReadonlyMap<string, number>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return new Map(await Promise.all(files.map(async (file) => [file, (await stat(file)).size] as const)));
}

describe("an export that ends half-way", () => {
  /** More than are written at once. */
  const rows = 12_400;
  let place: string;
  let table: ImageTable;
  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), "nearlabel-"));
    table = await newTable(join(place, "photos.db"));
    const label = Array.from({ length: rows }, (_, at) => (at % 2 === 0 ? "cat" : "dog"));
    await addImages(table, randomUnits(rows, 256, 7), { label, label_set: label.map(() => "pets@1") });
  });
  afterAll(async () => {
    await table.close();
    await rm(place, { recursive: true });
  });

  const streamed = EXPORT_FORMATS.filter((format) => format !== "yolo");

  it.skipIf(!canMount()).each(streamed)(
    "on a full disk leaves nothing of %s, and is whole when there is room",
    async (format) => {
      const disk = await temporaryFolder();
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=128k", "tmpfs", disk]);
      onTestFinished(() => void execFileSync("umount", ["-l", disk]));
      const to = join(disk, "out");
      await expect(exportImages(table, { format, to })).rejects.toMatchObject({ code: "WRITE_FAILED" });
      expect([...(await filesBelow(disk)).keys()]).toEqual([]);
      execFileSync("mount", ["-o", "remount,size=256m", disk]);
      expect(await exportImages(table, { format, to })).toMatchObject({ pictures: rows });
      expect([...(await filesBelow(disk)).keys()].filter((file) => file.endsWith(".tmp"))).toEqual([]);
    },
  );

  it.each(streamed)("because it was aborted leaves nothing of %s", async (format) => {
    const folder = await temporaryFolder();
    const controller = new AbortController();
    const exported = exportImages(table, {
      ...{ format, to: join(folder, "out"), signal: controller.signal },
      onProgress: () => controller.abort(),
    });
    await expect(exported).rejects.toThrow("abort");
    expect([...(await filesBelow(folder)).keys()]).toEqual([]);
  });

  it.skipIf(!canMount())("leaves whole pictures only in YOLO's folders", async () => {
    const place = await temporaryFolder();
    const disk = await temporaryFolder();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=128k", "tmpfs", disk]);
    onTestFinished(() => void execFileSync("umount", ["-l", disk]));
    const path = Array.from({ length: 8 }, (_, at) => join(place, `${at}.jpg`));
    for (const file of path) await writeFile(file, Buffer.alloc(30_000, file));
    const table = await newTable(join(place, "photos.db"));
    await addImages(table, randomUnits(8, 256, 1), { path, label: path.map(() => "cat") });
    const to = join(disk, "out");
    await expect(exportImages(table, { format: "yolo", to })).rejects.toMatchObject({ code: "WRITE_FAILED" });
    const left = await filesBelow(disk);
    expect(left.size).toBeGreaterThan(0);
    expect(new Set(left.values())).toEqual(new Set([30_000]));
    execFileSync("mount", ["-o", "remount,size=1m", disk]);
    // What a copy that was killed leaves is made anew, and never taken for a picture.
    const wanted = path.map((_, at) => join(to, "train", "cat", `${at}.jpg`));
    await writeFile(`${wanted.find((file) => !left.has(file))}.tmp`, "half");
    await exportImages(table, { format: "yolo", to });
    const whole = await filesBelow(disk);
    expect([...whole.keys()].sort()).toEqual(wanted);
    expect(new Set(whole.values())).toEqual(new Set([30_000]));
  });

  it("replaces the file that a link names and not the link, and writes into what is no file", async () => {
    const folder = await temporaryFolder();
    const file = join(folder, "real.json");
    await writeFile(file, "before");
    await symlink(file, join(folder, "link.json"));
    await exportImages(table, { format: "coco", to: join(folder, "link.json") });
    expect((await lstat(join(folder, "link.json"))).isSymbolicLink()).toBe(true);
    expect(JSON.parse(await readFile(file, "utf8")).images).toHaveLength(rows);
    await rm(file);
    if (process.platform === "win32") return;
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const [read] = await Promise.all([
      readFile(pipe, "utf8"),
      exportImages(table, { format: "jsonl", to: pipe }),
    ]);
    expect(read.trim().split("\n")).toHaveLength(rows);
    expect((await stat(pipe)).isFIFO()).toBe(true);
  });
});
