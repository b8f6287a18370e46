import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ingest, loadModel, type Model, openImageTable } from "../src/index.js";
import { nearlabel } from "./command-line.js";
import { temporaryFolder } from "./folders.js";
import { canMount } from "./mount.js";

const BENCH = fileURLToPath(new URL("../bench/images/kill-ingest.mjs", import.meta.url));
const PROGRAM = fileURLToPath(new URL("../dist/bundle/nearlabel.js", import.meta.url));

let model: Model;
beforeAll(async () => {
  model = await loadModel("mini");
});
afterAll(() => model.close());

async function photos(count: number, folder?: string): Promise<string> {
  const made = folder ?? join(await temporaryFolder(), "photos");
  await mkdir(made, { recursive: true });
  for (let index = 0; index < count; index++) {
    const data = Buffer.from(
      Array.from({ length: 24 * 16 * 3 }, (_, at) => (at * (index + 3) + index) & 255),
    );
    await sharp(data, { raw: { width: 24, height: 16, channels: 3 } })
      .png()
      .toFile(join(made, `p${index}.png`));
  }
  return made;
}

async function pathsOf(place: string): Promise<string[]> {
  await using table = await openImageTable(place);
  return await table.table.keys();
}

describe("several ingests at once", () => {
  test("leave each picture once, with the indexes in place", async () => {
    const folder = await photos(40);
    const table = `${folder}.db`;
    const four = () => Promise.all([1, 2, 3, 4].map(() => ingest(folder, { table, model })));
    for (const { failed, count } of await four()) expect([failed, count]).toEqual([0, 40]);
    {
      await using open = await openImageTable(table);
      for (const column of ["path", "id"]) await open.table.createIndex(column, "btree");
    }
    await photos(80, folder);
    await four();
    await rename(folder, `${folder}-moved`);
    await mkdir(folder);
    await rename(`${folder}-moved`, join(folder, "moved"));
    await four();
    const paths = await pathsOf(table);
    expect(paths).toHaveLength(80);
    expect(new Set(paths)).toEqual(
      new Set((await readdir(join(folder, "moved"))).map((name) => join(folder, "moved", name))),
    );
    await using open = await openImageTable(table);
    expect((await open.table.indexes()).map(({ column }) => column).sort()).toEqual(["id", "path"]);
  });
});

describe.skipIf(!existsSync(PROGRAM))("an ingest that is killed", () => {
  test("loses nothing and has nothing twice when it is run again", async () => {
    const args = [BENCH, "--kills", "3", "--pictures", "100"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (text) => {
      said += text;
    });
    await new Promise((ended) => child.on("exit", ended));
    expect(JSON.parse(said)).toMatchObject({ lost: 0, twice: 0, differing: 0 });
  });
});

describe("a folder that is deleted meanwhile", () => {
  test("ends the run with what was read, and no failures", async () => {
    const folder = await photos(90);
    const table = `${folder}.db`;
    let isDeleted = false;
    const result = await ingest(folder, {
      table,
      model,
      onProgress() {
        if (!isDeleted) void rm(folder, { recursive: true });
        isDeleted = true;
      },
    });
    expect(result.failed).toBe(0);
    expect(result.added + result.gone).toBe(90);
    expect(await pathsOf(table)).toHaveLength(result.added);
  });
});

describe.skipIf(!canMount())("a disk", () => {
  async function disk(size: string): Promise<string> {
    const place = await temporaryFolder();
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", place]);
    onTestFinished(() => void execFileSync("umount", ["-l", place]));
    return place;
  }

  test("that is full says so, and keeps what was written", async () => {
    const place = await disk("400k");
    const folder = await photos(30);
    const table = join(place, "photos.db");
    await ingest(folder, { table, model });
    await writeFile(join(place, "filler"), Buffer.alloc(2 ** 20)).catch(() => {});
    await photos(120, folder);
    await expect(ingest(folder, { table, model })).rejects.toMatchObject({
      code: "WRITE_FAILED",
      message: expect.stringMatching(/No space left|disk is full/),
    });
    expect(await pathsOf(table)).toHaveLength(30);
    await rm(join(place, "filler"));
    execFileSync("mount", ["-o", "remount,size=8m", place]);
    expect(await ingest(folder, { table, model })).toMatchObject({ added: 90, count: 120 });
  });

  test("that can only be read is searched all the same, and says that it cannot be written", async () => {
    const place = await disk("4m");
    const folder = await photos(3);
    const table = join(place, "photos.db");
    await ingest(folder, { table, model });
    execFileSync("mount", ["-o", "remount,ro", place]);
    expect(await pathsOf(table)).toHaveLength(3);
    expect(await ingest(folder, { table, model })).toMatchObject({ unchanged: 3 });
    await photos(5, folder);
    await expect(ingest(folder, { table, model })).rejects.toMatchObject({ code: "WRITE_FAILED" });
    await expect(ingest(folder, { table: join(place, "other.db"), model })).rejects.toMatchObject({
      code: "WRITE_FAILED",
    });
  });

  test("that can only be read is told to every command that writes, also where there is nothing to write", async () => {
    const place = await disk("8m");
    const folder = await photos(3);
    const [table, labels, exported] = [
      join(place, "photos.db"),
      join(place, "labels"),
      join(place, "all.parquet"),
    ];
    await ingest(folder, { table, model });
    for (const line of [
      `classify --table ${table} --labels cat,dog --save pets`,
      `images export ${table} --format parquet --out ${exported}`,
      `labels build ${labels} --labels cat,dog`,
    ]) {
      expect((await nearlabel(line.split(" "))).exitCode, line).toBe(0);
    }
    execFileSync("mount", ["-o", "remount,ro", place]);
    for (const line of [
      `images optimize ${table}`,
      `images optimize ${table} --keep-days 0`,
      `images remove ${table} ${join(folder, "p0.png")}`,
      `images restore ${table} 1`,
      `images import ${table} ${exported} --format parquet`,
      `classify --table ${table} --labels cat,dog --save other`,
      `labels add ${labels} --labels bus`,
      `labels remove ${labels} cat`,
      `labels restore ${labels} 1`,
    ]) {
      const { exitCode, stderr } = await nearlabel(line.split(" "));
      expect({ line, exitCode, stderr }).toEqual({
        line,
        exitCode: 2,
        stderr: expect.stringMatching(/WRITE_FAILED: .*the disk can only be read \(EROFS\)/),
      });
    }
  });
});
