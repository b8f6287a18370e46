import { execFileSync } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { exportImages } from "../src/images/exchange/export.js";
import type { ImageTable } from "../src/images/table/image-table.js";
import { temporaryFolder } from "./folders.js";
import { addImages, newTable, randomUnits } from "./image-rows.js";
import { canMount } from "./mount.js";

const ROWS = 50;
const NOBODY = 65534;
let place: string;
let table: ImageTable;
let whole: string;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "nearlabel-"));
  table = await newTable(join(place, "photos.db"));
  await addImages(table, randomUnits(ROWS, 256, 1));
  const file = join(place, "whole.jsonl");
  await exportImages(table, { format: "jsonl", to: file });
  whole = await readFile(file, "utf8");
});
afterAll(async () => {
  await table.close();
  await rm(place, { recursive: true });
});

function mount(...args: string[]): void {
  execFileSync("mount", args);
  onTestFinished(() => void execFileSync("umount", ["-l", args.at(-1)!]));
}

/** A file over which another one is mounted that is there already, in a folder that may be written to. */
async function mountedAlone(content: string, disk?: string): Promise<string> {
  const [outside, inside] = [disk ?? (await temporaryFolder()), await temporaryFolder()];
  const [file, target] = [join(outside, "out.jsonl"), join(inside, "out.jsonl")];
  await writeFile(file, content);
  await writeFile(target, "");
  mount("--bind", file, target);
  return target;
}

const names = async (file: string) => readdir(dirname(file));

describe.skipIf(!canMount())(
  "a file that is mounted alone, as into a container (needs root on Linux)",
  () => {
    test("is written in place", async () => {
      const file = await mountedAlone("from before");
      await exportImages(table, { format: "jsonl", to: file });
      expect(await readFile(file, "utf8")).toBe(whole);
      expect(await names(file)).toEqual(["out.jsonl"]);
    });

    test("is written in place where nothing else of its disk may be", async () => {
      const disk = await temporaryFolder();
      mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", disk);
      const file = join(disk, "out.jsonl");
      await writeFile(file, "");
      mount("--bind", await mountedAlone("longer than what comes\n".repeat(20_000)), file);
      execFileSync("mount", ["-o", "remount,ro", disk]);
      await exportImages(table, { format: "jsonl", to: file });
      expect(await readFile(file, "utf8")).toBe(whole);
    });

    test("stays as it is where what is to be in it cannot be made", async () => {
      const file = await mountedAlone("from before");
      const failing = exportImages(table, { format: "jsonl", to: file, where: "nothing = 1" });
      await expect(failing).rejects.toMatchObject({ code: "TABLE_FILTER_INVALID" });
      expect(await readFile(file, "utf8")).toBe("from before");
    });

    test("is whole in another place where its disk is full, which the error tells", async () => {
      const disk = await temporaryFolder();
      mount("-t", "tmpfs", "-o", "size=64k", "tmpfs", disk);
      const file = await mountedAlone("from before", disk);
      const error = await exportImages(table, { format: "jsonl", to: file }).catch((caught) => caught);
      expect(error).toMatchObject({
        code: "WRITE_FAILED",
        message: expect.stringContaining(`${file} cannot`),
      });
      const [, kept] = /It is not whole now; what was to be in it is in (\S+)\.$/.exec(error.message)!;
      expect(await readFile(kept!, "utf8")).toBe(whole);
      await rm(kept!);
    });
  },
);

test("a folder in the way of what is written first is told of, and stays", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "out.jsonl.tmp"));
  const file = join(folder, "out.jsonl");
  const failing = exportImages(table, { format: "jsonl", to: file });
  await expect(failing).rejects.toMatchObject({
    code: "WRITE_FAILED",
    message: expect.stringContaining(`${file} cannot`),
  });
  expect(await names(file)).toEqual(["out.jsonl.tmp"]);
});

describe.skipIf(process.platform === "win32")("a folder in which nothing may be made", () => {
  /** As somebody who may not write everywhere. */
  async function asNobody(work: () => Promise<void>): Promise<void> {
    if (process.getuid!() !== 0) return work();
    process.seteuid!(NOBODY);
    await work().finally(() => process.seteuid!(0));
  }

  test("has its files written in place", async () => {
    const folder = join(await temporaryFolder(), "out");
    const file = join(folder, "out.jsonl");
    await mkdir(folder);
    await writeFile(file, "from before");
    if (process.getuid!() === 0) for (const made of [folder, file]) await chown(made, NOBODY, NOBODY);
    await chmod(dirname(folder), 0o755);
    await chmod(folder, 0o555);
    onTestFinished(() => chmod(folder, 0o755));
    const text = `${"line\n".repeat(1000)}`;
    const { writeWholeFile } = await import("../src/files/whole-file.js");
    await asNobody(async () => {
      await writeWholeFile(file, text);
      await expect(writeWholeFile(join(folder, "other"), text)).rejects.toMatchObject({
        code: "WRITE_FAILED",
      });
    });
    expect(await readFile(file, "utf8")).toBe(text);
    expect(await names(file)).toEqual(["out.jsonl"]);
  });
});
