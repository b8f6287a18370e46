import { spawnSync } from "node:child_process";
import { cp, mkdir, readdir, readFile, rename, rm, truncate, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openImageTable } from "../src/index.js";
import { nearlabel } from "./command-line.js";
import { temporaryFolder } from "./folders.js";

let folder: string;
let table: string;
const before = process.env.NEARLABEL_DATA;

beforeEach(async () => {
  const root = await temporaryFolder();
  folder = join(root, "photos");
  table = join(root, "photos.db");
  process.env.NEARLABEL_DATA = join(root, "data");
  await mkdir(folder);
  for (const [index, colour] of ["red", "green", "blue"].entries()) {
    await sharp({ create: { width: 40, height: 30 + index, channels: 3, background: colour } })
      .withExif({
        IFD0: { Make: "Nikon", Model: "Nikon Z6" },
        IFD2: { DateTimeOriginal: `2025:0${index + 1}:02 03:04:05` },
      })
      .jpeg()
      .toFile(join(folder, `${colour}.jpg`));
  }
});
afterEach(() => {
  if (before === undefined) delete process.env.NEARLABEL_DATA;
  else process.env.NEARLABEL_DATA = before;
});

describe("nearlabel ingest", () => {
  test("tells what it did, and passes over what has not changed", async () => {
    const first = await nearlabel(["ingest", folder, "--table", table]);
    expect(first).toMatchObject({ exitCode: 0, stderr: "" });
    expect(first.stdout).toMatch(/^3 added; 3 pictures in .*photos\.db, [\d.]+ s\n$/);
    const again = await nearlabel(["ingest", folder, "--table", table]);
    expect(again.stdout).toMatch(/^3 unchanged; 3 pictures in /);
    const json = await nearlabel(["ingest", folder, "--table", table, "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ unchanged: 3, embedded: 0, count: 3, place: table });
  });

  test("follows a folder until it is interrupted", async () => {
    const stop = new AbortController();
    const told: string[] = [];
    const onOutput = (text: string) => {
      told.push(text);
      if (told.length === 2) stop.abort();
      else cp(join(folder, "red.jpg"), join(folder, "trip.jpg"));
    };
    const args = ["ingest", folder, "--watch", "--table", table];
    const { exitCode, stderr } = await nearlabel(args, { signal: stop.signal, onOutput });
    expect(told.map((text) => text.split(";")[0])).toEqual(["3 added", "1 added, 3 unchanged"]);
    expect([exitCode, stderr]).toEqual([130, ""]);
  });

  test("a folder has a table of its own, which its name finds", async () => {
    expect(await nearlabel(["ingest", folder])).toMatchObject({ exitCode: 0 });
    const info = await nearlabel(["images", "info", folder]);
    expect(info.stdout).toMatch(/pictures +3\n/);
    expect(info.stdout).toContain(join("data", "tables", "photos-"));
  });

  test("a bad picture is told, makes the exit code 1 once, and stands in images info", async () => {
    await writeFile(join(folder, "bad.jpg"), "none");
    const first = await nearlabel(["ingest", folder, "--table", table]);
    expect(first.exitCode).toBe(1);
    expect(first.stderr).toContain("IMAGE_UNSUPPORTED");
    const again = await nearlabel(["ingest", folder, "--table", table]);
    expect(again.exitCode).toBe(0);
    expect(again.stdout).toMatch(/^3 unchanged, 1 failed before; /);
    expect(again.stderr).toContain("--retry");
    const info = await nearlabel(["images", "info", table]);
    expect(info.stdout).toContain("1 picture could not be embedded:");
    const { failures } = JSON.parse((await nearlabel(["images", "info", table, "--json"])).stdout);
    expect(failures).toEqual([
      expect.objectContaining({ path: join(folder, "bad.jpg"), code: "IMAGE_UNSUPPORTED" }),
    ]);
  });

  test("HEIC without its decoder says what to install, and other pictures go on", async () => {
    const photos = await temporaryFolder();
    await cp(fileURLToPath(new URL("image/two-by-two.heic", import.meta.url)), join(photos, "a.heic"));
    await cp(join(folder, "red.jpg"), join(photos, "red.jpg"));
    const without = join(photos, "without.cjs");
    await writeFile(
      without,
      `const Module = require("node:module");
       const resolve = Module._resolveFilename;
       Module._resolveFilename = (name, ...rest) => {
         if (name === "heic-decode") throw new Error("Cannot find module");
         return resolve(name, ...rest);
       };`,
    );
    const program = fileURLToPath(new URL("../dist/bundle/nearlabel.js", import.meta.url));
    const args = [program, "ingest", photos, "--table", join(photos, "t.db")];
    const env = { ...process.env, NODE_OPTIONS: `--require ${without}` };
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", env });
    expect([status, stdout]).toEqual([1, expect.stringMatching(/^1 added, 1 failed; 1 picture in /)]);
    expect(stderr).toContain("npm install heic-decode");
    const again = await nearlabel(["ingest", photos, "--table", join(photos, "t.db"), "--retry"]);
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^1 added, 1 unchanged;/) });
  });

  test("data sets and stored embeddings come in by one name", async () => {
    const manifest = join(folder, "list.csv");
    await writeFile(manifest, "path,label\nred.jpg,warm\nblue.jpg,cold\n");
    const listed = await nearlabel(["ingest", manifest, "--table", table]);
    expect(listed.stdout).toMatch(/^2 added; /);
    const embedded = join(folder, "..", "embedded");
    await nearlabel(["embed", folder, "-o", embedded]);
    const stored = await nearlabel(["ingest", embedded, "--table", `${table}2`]);
    expect(stored).toMatchObject({ exitCode: 0, stderr: "" });
    expect(stored.stdout).toMatch(/^3 added; /);
    const [a] = (
      await nearlabel(["images", "list", table, "--jsonl", "--where", "given_label = 'warm'"])
    ).stdout.split("\n");
    expect(JSON.parse(a!)).toMatchObject({
      path: join(folder, "red.jpg"),
      givenLabel: "warm",
      camera: "Nikon Z6",
    });
  });

  test("what is asked for and cannot be is refused", async () => {
    for (const [args, message] of [
      [["ingest", join(folder, "none"), "--table", table], "no file or folder"],
      [["ingest", join(folder, "red.jpg")], "--table"],
      [["ingest", folder, "--table", table, "--limit", "3"], "--limit"],
      [["ingest", folder, "--dataset", folder, "--table", table], "both"],
    ] as const) {
      expect(await nearlabel(args)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(message) });
    }
  });
});

describe("nearlabel images", () => {
  test("lists, filters and takes out, and goes back", async () => {
    await nearlabel(["ingest", folder, "--table", table]);
    const listed = await nearlabel([
      "images",
      "list",
      table,
      "--where",
      "height > 30 and taken > '2025-03-01'",
    ]);
    expect(listed.stdout).toMatch(/blue\.jpg +40 x 32 +2025-03-02 03:04 +Nikon Z6\n$/);
    expect(
      (await nearlabel(["images", "list", table, "-0", "--limit", "2"])).stdout.split("\0"),
    ).toHaveLength(3);
    const removed = await nearlabel(["images", "remove", table, join(folder, "red.jpg")]);
    expect(removed.stdout).toMatch(
      /^1 picture taken out, 2 left\. Back again: nearlabel images restore .* \d+\n$/,
    );
    const version = removed.stdout.trim().split(" ").at(-1)!;
    expect((await nearlabel(["images", "versions", table])).stdout).toMatch(
      new RegExp(`\\n *${version} .* 3\\n`),
    );
    expect((await nearlabel(["images", "restore", table, version])).stdout).toContain("3 pictures");
    expect((await nearlabel(["images", "remove", table, "--under", folder])).stdout).toMatch(
      /^3 pictures taken out/,
    );
    expect((await nearlabel(["images", "list", table])).stdout).toBe("No pictures.\n");
    expect((await nearlabel(["images", "optimize", table])).exitCode).toBe(0);
  });

  test("a filter with an error, quotes and SQL in it says so and changes nothing", async () => {
    await nearlabel(["ingest", folder, "--table", table]);
    for (const where of ["width >", "nothing = 1", "path = 'it''s' ; drop table images", "1=1) or (1=1"]) {
      const { exitCode, stderr } = await nearlabel(["images", "list", table, "--where", where]);
      expect([where, exitCode, stderr.split(":")[0]]).toEqual([where, 2, "TABLE_FILTER_INVALID"]);
    }
    const quoted = await nearlabel(["images", "list", table, "--where", "path = 'it''s \"so\"; --'"]);
    expect(quoted).toMatchObject({ exitCode: 0, stdout: "No pictures.\n" });
    expect((await nearlabel(["images", "info", table])).stdout).toMatch(/pictures +3\n/);
  });

  test("a filter beside other conditions closes none of their brackets, and its comment hides none of them", async () => {
    const classes = await temporaryFolder();
    for (const [label, file] of [
      ["warm", "red.jpg"],
      ["cold", "blue.jpg"],
    ] as const) {
      await mkdir(join(classes, label));
      await cp(join(folder, file), join(classes, label, file));
    }
    await nearlabel(["ingest", "--dataset", classes, "--table", table]);
    const commands = [
      ["search", "red", "--all", "--label", "warm", "--table", table],
      ["images", "suspects", table],
      ["classify", "--table", table, "--labels", "warm,cold", "--multi-label", "--fit"],
      ["classify", "--table", table, "--labels", "warm,cold", "--save", "warmth"],
    ];
    for (const command of commands) {
      const line = command.join(" ");
      const told = await nearlabel([...command, "--where", "width > 0 -- of all"]);
      expect({ line, ...told }).toMatchObject({ line, exitCode: 0 });
    }
    for (const command of [...commands, commands.at(-1)!]) {
      const line = command.join(" ");
      const refused = await nearlabel([...command, "--where", "1=1) or (1=1"]);
      expect({ line, ...refused }).toMatchObject({
        line,
        exitCode: 2,
        stderr: expect.stringContaining('TABLE_FILTER_INVALID: The filter "1=1) or (1=1"'),
      });
    }
  });

  test("verify finds what is not as it says, and repairs it", async () => {
    await nearlabel(["ingest", folder, "--table", table]);
    expect((await nearlabel(["images", "verify", table, "--contents"])).stdout).toBe(
      "3 rows, all as they say.\n",
    );
    const whole = await vectorOf(join(folder, "red.jpg"));
    await damage(join(folder, "red.jpg"));
    await unlink(join(folder, "green.jpg"));
    await rename(join(folder, "blue.jpg"), join(folder, "was-blue.jpg"));
    await writeFile(join(folder, "blue.jpg"), await readFile(join(folder, "red.jpg")));
    const found = await nearlabel(["images", "verify", table, "--json"]);
    expect(found.exitCode).toBe(1);
    const { findings } = JSON.parse(found.stdout);
    expect(new Set(findings.map((one: object) => JSON.stringify(one)))).toEqual(
      new Set(
        [
          { path: join(folder, "red.jpg"), fault: "checksum" },
          { path: join(folder, "green.jpg"), fault: "gone" },
          { path: join(folder, "blue.jpg"), fault: "changed" },
        ].map((one) => JSON.stringify(one)),
      ),
    );
    const repaired = await nearlabel(["images", "verify", table, "--repair"]);
    expect(repaired.stdout).toContain("3 not as they say, 2 of them repaired");
    expect(await vectorOf(join(folder, "red.jpg"))).toEqual(whole);
    expect(await vectorOf(join(folder, "blue.jpg"))).toEqual(whole);
  });

  test("a table of which a part is damaged is brought back as far as it is whole", async () => {
    await nearlabel(["ingest", folder, "--table", table]);
    const data = join(table, "images.lance", "data");
    const before = await readdir(data);
    await writeFile(join(folder, "copy.jpg"), await readFile(join(folder, "red.jpg")));
    await nearlabel(["ingest", folder, "--table", table]);
    const [added] = (await readdir(data)).filter((name) => !before.includes(name));
    await truncate(join(data, added!), 10);
    expect(await nearlabel(["images", "verify", table])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("1 of 4 rows cannot be read"),
    });
    const repaired = await nearlabel(["images", "verify", table, "--repair"]);
    expect(repaired.exitCode).toBe(1);
    expect(repaired.stdout).toMatch(/^1 row could not be read.*were taken out/);
    expect(repaired.stdout).toContain("3 rows, all as they say.");
    const again = await nearlabel(["ingest", folder, "--table", table]);
    expect(again.stdout).toMatch(/^1 added, 3 unchanged; 4 pictures in /);
    expect(await nearlabel(["images", "verify", table])).toMatchObject({ exitCode: 0 });
  });

  test("a place without a table, and one that is damaged, say so", async () => {
    expect(await nearlabel(["images", "info", folder])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("Make one with nearlabel ingest"),
    });
    await nearlabel(["ingest", folder, "--table", table]);
    await rm(join(table, "images.lance", "data"), { recursive: true });
    for (const args of [
      ["images", "list", table],
      ["images", "verify", table],
      ["images", "verify", table, "--repair"],
      ["ingest", folder, "--table", table],
    ]) {
      expect(await nearlabel(args)).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining("TABLE_INVALID"),
      });
    }
  });
});

async function vectorOf(path: string): Promise<Float32Array> {
  await using open = await openImageTable(table);
  return (await open.table.read({ where: `path = '${path}'` })).vectors!.data;
}

/** Another vector than was written, under the checksum of that one. */
async function damage(path: string): Promise<void> {
  await using open = await openImageTable(table);
  const { columns, vectors } = await open.table.read({ where: `path = '${path}'` });
  await open.table.upsert({ columns, vectors: { ...vectors!, data: vectors!.data.map((value) => -value) } });
}

describe("a table without pictures, or a filter that leaves none", () => {
  test("has no share, and nothing that could be measured", async () => {
    await nearlabel(["ingest", folder, "--table", table]);
    const filtered = await nearlabel(["images", "label-counts", table, "--where", "width < 0"]);
    expect(filtered).toMatchObject({ exitCode: 0, stdout: "No pictures.\n" });
    const suspects = await nearlabel(["images", "suspects", table, "--where", "width < 0"]);
    expect(suspects).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("no pictures for which width < 0"),
    });
    await nearlabel(["images", "remove", table, "--under", folder]);
    for (const command of ["check-recall", "duplicates", "clusters", "outliers", "suspects"]) {
      for (const flags of [[], ["--json"]]) {
        expect(await nearlabel(["images", command, table, ...flags]), command).toEqual({
          exitCode: 2,
          stdout: "",
          stderr: `INPUT_EMPTY: ${table}: no pictures. Bring some in with nearlabel ingest.\n`,
        });
      }
    }
    for (const command of ["label-counts", "list", "verify"]) {
      expect(await nearlabel(["images", command, table]), command).toEqual({
        exitCode: 0,
        stdout: "No pictures.\n",
        stderr: "",
      });
    }
  });
});
