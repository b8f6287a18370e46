import { cp, lstat, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { nearlabel } from "./command-line.js";
import { temporaryFolder } from "./folders.js";

const sample = (name: string) => fileURLToPath(new URL(`../samples/${name}.png`, import.meta.url));
const LABELS = "bus,cup,guitar,sunflower";

let folder: string;
let photos: string;
let sorted: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  photos = join(folder, "photos");
  sorted = join(folder, "sorted");
  await mkdir(photos);
  for (const name of ["bus", "cup"]) await cp(sample(name), join(photos, `${name}.png`));
});

const sort = (...args: string[]) =>
  nearlabel(["classify", photos, "-l", LABELS, "-k", "1", "--sort-into", sorted, ...args]);
/** Pictures below a folder, in order. */
async function pictures(path: string): Promise<string[]> {
  const names = await readdir(path, { recursive: true }).catch(() => []);
  return names.filter((name) => name.endsWith(".png")).sort();
}
const SORTED = [join("bus", "bus.png"), join("cup", "cup.png")];

describe("nearlabel classify --sort-into", () => {
  it("links the file that a symbolic link stands for", async () => {
    const store = join(folder, "store");
    await mkdir(store);
    await cp(sample("bus"), join(store, "0001"));
    await rm(photos, { recursive: true });
    await mkdir(photos);
    await symlink(join("..", "store", "0001"), join(photos, "bus.png"));
    expect((await sort("--link")).exitCode).toBe(0);
    const placed = join(sorted, "bus", "bus.png");
    expect((await stat(placed)).ino).toBe((await stat(join(store, "0001"))).ino);
    expect(await readFile(placed)).toEqual(await readFile(sample("bus")));
  });

  it("gives equal names numbers and equal pictures none, in this run and the next", async () => {
    const bus = await readFile(sample("bus"));
    for (let at = 0; at < 30; at++) {
      await mkdir(join(photos, `${at}`));
      // What follows the picture's end makes another file of it: 15 are there twice.
      await writeFile(join(photos, `${at}`, "bus.png"), Buffer.concat([bus, Buffer.from([at % 15])]));
    }
    expect((await sort()).stderr).toContain(`17 put into ${sorted}, 15 there already`);
    const names = await readdir(join(sorted, "bus"));
    expect(names).toHaveLength(16);
    expect(names).toContain("bus (16).png");
    expect((await sort()).stderr).toContain(`0 put into ${sorted}, 32 there already`);
  });

  it("tells what it would do, and does nothing, with --dry-run", async () => {
    const { exitCode, stderr } = await sort("--dry-run");
    expect([exitCode, stderr]).toEqual([
      0,
      expect.stringContaining(`2 would be put into ${sorted}, 0 there already`),
    ]);
    expect(await readdir(folder)).toEqual(["photos"]);
    await sort();
    expect((await sort("--dry-run")).stderr).toContain("0 would be put into");
    expect((await nearlabel(["classify", photos, "-l", LABELS, "--dry-run"])).exitCode).toBe(2);
  });

  it("counts what had no label to go to", async () => {
    const { stderr } = await sort("--min-similarity", "0.99");
    expect(stderr).toContain(
      `0 put into ${sorted}, 0 there already, 2 left out as nothing scored high enough`,
    );
  });

  it("leaves out what lies in its own folder, and refuses to sort a folder into itself", async () => {
    sorted = join(photos, "sorted");
    await sort();
    const again = await sort();
    expect(again.stderr).toContain(`2 pictures in ${sorted} left out`);
    expect(again.stderr).toContain(`0 put into ${sorted}, 2 there already`);
    sorted = join(photos, ".");
    const itself = await sort();
    expect([itself.exitCode, itself.stderr]).toEqual([
      2,
      expect.stringMatching(/^OPTION_INVALID: .*another folder/),
    ]);
  });
});

describe("nearlabel unsort", () => {
  const unsort = (file = join(sorted, "nearlabel-sorted.jsonl")) => nearlabel(["unsort", file]);

  it.each(["--undo-file", "--link", "--move"])("undoes a sort with %s", async (flag) => {
    const undoFile = join(folder, "undo.jsonl");
    const args = flag === "--undo-file" ? [] : [flag];
    const { stderr } = await sort(...args, "--undo-file", undoFile);
    expect(stderr).toContain(`To undo it: nearlabel unsort ${undoFile}`);
    expect(await pictures(sorted)).toEqual(SORTED);
    expect(await pictures(photos)).toEqual(flag === "--move" ? [] : ["bus.png", "cup.png"]);
    const { exitCode, stdout } = await unsort(undoFile);
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringMatching(/^2 pictures of the sort of .* undone\.$/m),
    ]);
    expect(await pictures(photos)).toEqual(["bus.png", "cup.png"]);
    expect(await readFile(join(photos, "bus.png"))).toEqual(await readFile(sample("bus")));
    expect(await readdir(folder)).toEqual(["photos"]);
  });

  it.each([true, false])(
    "puts a symbolic link that was moved back (its file still there: %s)",
    async (there) => {
      const stored = join(folder, "stored.png");
      await cp(sample("bus"), stored);
      await rm(join(photos, "bus.png"));
      await symlink(join("..", "stored.png"), join(photos, "bus.png"));
      await sort("--move");
      expect(await pictures(photos)).toEqual([]);
      expect(await readFile(stored)).toEqual(await readFile(sample("bus")));
      if (!there) await rm(stored);
      expect((await unsort()).exitCode).toBe(0);
      expect(await readFile(join(photos, "bus.png"))).toEqual(await readFile(sample("bus")));
      expect((await lstat(join(photos, "bus.png"))).isSymbolicLink()).toBe(there);
      expect(await pictures(sorted)).toEqual([]);
    },
  );

  it("undoes one sort after the other, and leaves what was there", async () => {
    await mkdir(join(sorted, "bus"), { recursive: true });
    await writeFile(join(sorted, "bus", "mine.png"), "mine");
    const undoFile = join(folder, "undo.jsonl");
    await sort("--undo-file", undoFile);
    await nearlabel([
      ...["classify", photos, "-l", "guitar,sunflower", "--sort-into", sorted, "--undo-file", undoFile],
    ]);
    const { stdout } = await unsort(undoFile);
    expect(stdout).toMatch(/^2 pictures of .* undone; 1 sort can still be undone\.$/m);
    expect(await pictures(sorted)).toEqual([...SORTED, join("bus", "mine.png")].sort());
    await unsort(undoFile);
    expect(await pictures(sorted)).toEqual([join("bus", "mine.png")]);
    const third = await unsort(undoFile);
    expect([third.exitCode, third.stderr]).toEqual([2, expect.stringMatching(/^INPUT_EMPTY: .*undo\.jsonl/)]);
  });

  it("leaves what changed since, and copies without an original", async () => {
    const undoFile = join(folder, "undo.jsonl");
    await sort("--undo-file", undoFile);
    await writeFile(join(sorted, "bus", "bus.png"), "painted over");
    await rm(join(photos, "cup.png"));
    const { exitCode, stdout, stderr } = await unsort(undoFile);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^0 pictures of .* undone, 2 stay\.$/m);
    expect(stderr).toContain("it changed since");
    expect(stderr).toContain(`${join(photos, "cup.png")} is not there any more`);
    expect(await pictures(sorted)).toEqual(SORTED);
  });

  it("remembers what it could not undo, until nothing is left", async () => {
    await sort("--move");
    const record = join(sorted, "nearlabel-sorted.jsonl");
    await writeFile(join(photos, "bus.png"), "another one");
    expect((await unsort()).stdout).toMatch(/^1 picture of .* undone, 1 stay\.$/m);
    const lines = (await readFile(record, "utf8")).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).from)).toEqual([join(photos, "bus.png")]);
    await rm(join(photos, "bus.png"));
    expect((await unsort()).stdout).toMatch(/^1 picture of .* undone\.$/m);
    expect(await pictures(photos)).toEqual(["bus.png", "cup.png"]);
    expect(await readdir(folder)).toEqual(["photos"]);
  });

  it("reaches the sort before one that stays, and keeps the record of both", async () => {
    const undoFile = join(folder, "undo.jsonl");
    await sort("--undo-file", undoFile);
    await nearlabel([
      ...["classify", join(photos, "bus.png"), "-l", "guitar", "--sort-into", sorted],
      ...["--undo-file", undoFile],
    ]);
    await writeFile(join(sorted, "guitar", "bus.png"), "painted over");
    const { exitCode, stdout } = await unsort(undoFile);
    expect([exitCode, stdout]).toEqual([
      1,
      expect.stringMatching(/^2 pictures of .* undone, 1 stay; 1 sort can still be undone\.$/m),
    ]);
    expect(await pictures(sorted)).toEqual([join("guitar", "bus.png")]);
    expect(await readFile(undoFile, "utf8")).toMatch(/guitar.*\n$/);
  });

  it("leaves the record of another sort into the same folder", async () => {
    const undoFile = join(folder, "undo.jsonl");
    await sort("--undo-file", undoFile);
    await nearlabel(["classify", photos, "-l", "guitar", "--sort-into", sorted, "--move"]);
    expect((await unsort(undoFile)).exitCode).toBe(1);
    expect(await readdir(sorted)).toContain("nearlabel-sorted.jsonl");
    expect((await unsort(sorted)).exitCode).toBe(0);
    expect((await unsort(undoFile)).exitCode).toBe(0);
    expect(await readdir(folder)).toEqual(["photos"]);
  });

  it("takes the folder that was sorted into, and says when there is no record in it", async () => {
    await sort("--move");
    expect((await unsort(sorted)).exitCode).toBe(0);
    expect(await pictures(photos)).toEqual(["bus.png", "cup.png"]);
    await sort();
    const { exitCode, stderr } = await unsort(sorted);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/^INPUT_EMPTY: .*--undo-file/)]);
    expect(await pictures(sorted)).toEqual(SORTED);
  });

  it("is told with a path that a shell takes as one word", async () => {
    const undoFile = join(folder, "Anna's photos.jsonl");
    const { stderr } = await sort("--undo-file", undoFile);
    expect(stderr).toContain(`nearlabel unsort '${undoFile.replace("'", "'\\''")}'\n`);
  });

  it("never overwrites where a moved picture was, and follows no damaged file", async () => {
    await sort("--move");
    await writeFile(join(photos, "bus.png"), "another one");
    expect((await unsort()).stderr).toContain(`another file is at ${join(photos, "bus.png")}`);
    expect(await readFile(join(photos, "bus.png"), "utf8")).toBe("another one");
    await writeFile(join(sorted, "nearlabel-sorted.jsonl"), '{"run":"x"}\n');
    const damaged = await unsort();
    expect([damaged.exitCode, damaged.stderr]).toEqual([
      2,
      expect.stringMatching(/^DATASET_INVALID: .*line 1/),
    ]);
  });
});
