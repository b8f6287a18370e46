import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { open } from "lmdb";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { cacheFolder, openCliCache } from "../src/cli/flags/embedding-cache.js";
import { clearCachedModel, listCachedModels } from "../src/embeddings/cached-models.js";
import { type EmbeddingSpace, openEmbeddingCache } from "../src/embeddings/embedding-cache.js";
import { type Embedding, unitEmbedding } from "../src/encoder/embedding-batch.js";
import { nearlabel } from "./command-line.js";
import { temporaryFolder } from "./folders.js";
import { canMount } from "./mount.js";

const fingerprintOf = (digit: string) => `sha256:${digit.repeat(64)}`;
const space: EmbeddingSpace = { fingerprint: fingerprintOf("a"), dimension: 8, variant: "upright" };
const hash = "0".repeat(64);

/** An embedding that `seed` tells from others. */
function vector(seed: number, dimension = 8): Embedding {
  return unit(Float32Array.from({ length: dimension }, (_, i) => Math.sin(seed + i + 1)));
}

function unit(values: Float32Array): Embedding {
  const embedding = unitEmbedding(values, () => "the vector");
  if (embedding instanceof Error) throw embedding;
  return embedding;
}

async function kept(folder: string, given = space, count = 1): Promise<string> {
  const cache = await openEmbeddingCache(folder, given);
  for (let i = 0; i < count; i++)
    cache.put(i === 0 ? hash : `${i}`.padStart(64, "f"), vector(i, given.dimension));
  await cache.close();
  return join(folder, given.fingerprint.slice("sha256:".length), "data.mdb");
}

async function found(folder: string, given = space, key = hash): Promise<Embedding | undefined> {
  const cache = await openEmbeddingCache(folder, given);
  const [embedding] = await cache.getMany([key]);
  await cache.close();
  return embedding;
}

describe("openEmbeddingCache", () => {
  it("gives back every bit of any embedding, before and after closing", async () => {
    const folder = join(await temporaryFolder(), "made", "on the way");
    const vectors = fc
      .sample(fc.float32Array({ minLength: 8, maxLength: 8, noNaN: true, max: 1e6, min: -1e6 }), 200)
      .filter((values) => values.some((value) => Math.abs(value) > 1e-3))
      .map(unit);
    const keys = vectors.map((_, i) => `${i}`);
    const first = await openEmbeddingCache(folder, space);
    for (const [i, values] of vectors.entries()) first.put(`${i}`, values);
    expect(await first.getMany(keys)).toEqual(vectors);
    await first.close();
    const again = await openEmbeddingCache(folder, space);
    expect(await again.getMany(["another", ...keys])).toEqual([undefined, ...vectors]);
    await again.close();
  });

  it("stores float32 with the low byte first", async () => {
    const folder = await temporaryFolder();
    const file = await kept(folder);
    const database = open<Buffer, string>({ path: join(file, ".."), encoding: "binary" });
    const entry = database.get(`upright/${hash}`);
    await database.close();
    expect(entry).toHaveLength(8 * 4 + 8 + 4);
    expect(Array.from({ length: 8 }, (_, i) => entry?.readFloatLE(i * 4))).toEqual([...vector(0).embedding]);
    expect(entry?.readDoubleLE(8 * 4)).toBe(vector(0).norm);
  });

  it("keeps models, variants and dimensions apart", async () => {
    const folder = await temporaryFolder();
    await kept(folder);
    expect(await found(folder)).toEqual(vector(0));
    expect(await found(folder, { ...space, variant: "stored" })).toBeUndefined();
    expect(await found(folder, { ...space, fingerprint: fingerprintOf("b") })).toBeUndefined();
    expect(await found(folder, { ...space, dimension: 4 })).toBeUndefined();
    expect(await found(folder, { ...space, dimension: 16 })).toBeUndefined();
  });

  it.each([
    ["another dimension", vector(0, 4)],
    ["zeros", { embedding: new Float32Array(8), norm: 1 }],
    ["NaN", { embedding: new Float32Array(8).fill(Number.NaN), norm: 1 }],
    ["another length than 1", { embedding: new Float32Array(8).fill(1), norm: 1 }],
    ["no length before", { ...vector(0), norm: 0 }],
  ])("refuses to keep an embedding with %s", async (_name, embedding) => {
    const cache = await openEmbeddingCache(await temporaryFolder(), space);
    expect(() => cache.put(hash, embedding)).toThrowError(
      expect.objectContaining({ code: "VECTOR_INVALID" }),
    );
    await cache.close();
  });

  it("takes an entry for unknown whose bits, length or place changed", async () => {
    const folder = await temporaryFolder();
    const file = await kept(folder);
    const entry = async (change: (whole: Buffer) => Buffer, key = hash) => {
      const database = open<Buffer, string>({ path: join(file, ".."), encoding: "binary" });
      const whole = database.get(`upright/${hash}`);
      if (!whole) throw new Error("the entry is gone");
      database.putSync(`upright/${key}`, change(Buffer.from(whole)));
      await database.close();
    };
    await entry((whole) => whole, "1");
    expect(await found(folder, space, "1")).toBeUndefined();
    await entry((whole) => whole.subarray(4), "1");
    expect(await found(folder, space, "1")).toBeUndefined();
    await entry((whole) => {
      whole[0]! ^= 1; // the last bit of the first number: the length is 1 as before
      return whole;
    });
    expect(await found(folder)).toBeUndefined();
    await kept(folder);
    expect(await found(folder)).toEqual(vector(0));
  });

  it.each([
    ["text", () => Buffer.from("not a database")],
    ["zeros", () => Buffer.alloc(40_960)],
    ["half of it", (whole: Buffer) => whole.subarray(0, whole.length >> 1)],
    ["all but the last page", (whole: Buffer) => whole.subarray(0, -4096)],
    ["its header", (whole: Buffer) => whole.subarray(0, 100)],
  ])("says that a file with %s is no cache", async (_name, damage) => {
    const folder = await temporaryFolder();
    const file = await kept(folder, space, 300);
    await writeFile(file, damage(await readFile(file)));
    await expect(openEmbeddingCache(folder, space)).rejects.toMatchObject({
      code: "CACHE_INVALID",
      message: expect.stringContaining(file),
    });
    expect(await found(folder, { ...space, fingerprint: fingerprintOf("b") })).toBeUndefined();
  });

  it("takes embeddings for unknown in pages that were overwritten, and tells at the end", async () => {
    const folder = await temporaryFolder();
    const file = await kept(folder, space, 300);
    const whole = await readFile(file);
    await writeFile(file, whole.fill(0, 3 * 4096));
    const cache = await openEmbeddingCache(folder, space);
    expect(await cache.getMany([hash])).toEqual([undefined]);
    cache.put(hash, vector(0));
    await expect(cache.close()).rejects.toMatchObject({ code: "CACHE_INVALID" });
  });

  it("says that it was closed, whatever is asked of it, and can be closed twice", async () => {
    const folder = await temporaryFolder();
    const cache = await openEmbeddingCache(folder, space);
    cache.put(hash, vector(0));
    await Promise.all([cache.close(), cache.close()]);
    await cache.close();
    const closed = expect.objectContaining({
      code: "CACHE_CLOSED",
      message: expect.stringContaining(folder),
    });
    await expect(cache.getMany([hash])).rejects.toEqual(closed);
    expect(() => cache.put("1", vector(1))).toThrowError(closed);
    expect(await found(folder)).toEqual(vector(0));
  });

  it("makes a file that is empty", async () => {
    const folder = await temporaryFolder();
    await truncate(await kept(folder));
    expect(await found(folder)).toBeUndefined();
    await kept(folder);
    expect(await found(folder)).toEqual(vector(0));
  });

  it("says that a file is in the folder's place", async () => {
    const file = join(await temporaryFolder(), "file");
    await writeFile(file, "");
    await expect(openEmbeddingCache(file, space)).rejects.toMatchObject({ code: "WRITE_FAILED" });
  });

  it.skipIf(!canMount())("loses nothing that it held to a full disk [needs root and tmpfs]", async () => {
    const disk = await temporaryFolder();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=300k", "tmpfs", disk]);
    onTestFinished(() => void execFileSync("umount", [disk]));
    const large = { ...space, dimension: 512 };
    await kept(disk, large);
    const cache = await openEmbeddingCache(disk, large);
    for (let i = 1; i < 300; i++) cache.put(`${i}`, vector(i, 512));
    await expect(cache.close()).rejects.toMatchObject({ code: "WRITE_FAILED" });
    expect(await found(disk, large)).toEqual(vector(0, 512));
  });
});

/** Another Node.js process that runs `script`, a module that imports the built library. */
function writer(script: string): ReturnType<typeof spawn> {
  const library = new URL("../dist/embeddings/embedding-cache.js", import.meta.url);
  return spawn(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `import { openEmbeddingCache } from ${JSON.stringify(library)};\n${script}`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
}

const fill = (folder: string, first: number, count: number) => `
  const cache = await openEmbeddingCache(${JSON.stringify(folder)}, ${JSON.stringify(space)});
  for (let i = ${first}; i < ${first + count}; i++) {
    const embedding = new Float32Array(8);
    embedding[i % 8] = 1;
    cache.put(String(i), { embedding, norm: 1 });
    if (i % 50 === 0) await new Promise(setImmediate);
    if (i % 500 === 0) console.log(i);
  }`;

describe("several processes", () => {
  it("write at once and lose nothing", async () => {
    const folder = await temporaryFolder();
    const writers = [0, 1000, 2000].map((first) =>
      writer(`${fill(folder, first, 1500)}\nawait cache.close();`),
    );
    const codes = await Promise.all(writers.map(async (child) => (await once(child, "exit"))[0]));
    expect(codes).toEqual([0, 0, 0]);
    const cache = await openEmbeddingCache(folder, space);
    const all = await cache.getMany(Array.from({ length: 3500 }, (_, i) => String(i)));
    for (const [i, found] of all.entries()) expect(found?.embedding[i % 8]).toBe(1);
    await cache.close();
    expect(await listCachedModels(folder)).toMatchObject([{ entries: 3500 }]);
  });

  it("see what another has written since, and stand its being killed", async () => {
    const folder = await temporaryFolder();
    const cache = await openEmbeddingCache(folder, space);
    const child = writer(`${fill(folder, 0, 1_000_000)}`);
    for await (const line of child.stdout ?? [])
      if (Number(String(line).trim().split("\n").pop()) >= 2000) break;
    child.kill("SIGKILL");
    await once(child, "exit");
    expect((await cache.getMany(["1000"]))[0]?.embedding[0]).toBe(1);
    cache.put(hash, vector(0));
    await cache.close();
    expect(await found(folder)).toEqual(vector(0));
    expect(await found(folder, space, "1000")).toBeDefined();
  });
});

describe("listCachedModels and clearCachedModel", () => {
  it("count embeddings by model, damaged ones too, and delete one without harm to others", async () => {
    const folder = await temporaryFolder();
    await kept(folder, { ...space, model: "mini" }, 3);
    await kept(folder, { ...space, model: "mini", variant: "stored" }, 2);
    const damaged = await kept(folder, { ...space, fingerprint: fingerprintOf("b") });
    await writeFile(damaged, "damaged");
    await mkdir(join(folder, "something else"));
    expect(await listCachedModels(folder)).toMatchObject([
      { fingerprint: fingerprintOf("a"), model: "mini", entries: 5, bytes: expect.any(Number) },
      { fingerprint: fingerprintOf("b"), error: { code: "CACHE_INVALID" } },
    ]);
    await clearCachedModel(folder, fingerprintOf("b"));
    await clearCachedModel(folder, fingerprintOf("c"));
    expect(await listCachedModels(folder)).toMatchObject([{ model: "mini", entries: 5 }]);
    expect((await readdir(folder)).sort()).toEqual(["a".repeat(64), "something else"]);
  });

  it("find nothing in a folder that is not there", async () => {
    expect(await listCachedModels(join(await temporaryFolder(), "no"))).toEqual([]);
  });
});

describe("nearlabel cache", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await temporaryFolder();
    vi.stubEnv("NEARLABEL_CACHE", folder);
  });
  afterEach(() => vi.unstubAllEnvs());

  it("shows the folder, its size, and each model's embeddings", async () => {
    expect(await nearlabel(["cache"])).toMatchObject({
      exitCode: 0,
      stdout: `No embeddings in ${folder}.\n`,
    });
    const file = await kept(folder, { ...space, model: "mini" }, 3);
    const shown = await nearlabel(["cache"]);
    expect(shown.stdout).toMatch(/mini +sha256:aaaaaaaaaaaa +3 +\d/);
    expect(shown.stdout).toContain(folder);
    const { models, ...rest } = JSON.parse((await nearlabel(["cache", "show", "--json"])).stdout);
    expect(rest).toEqual({ folder, bytes: models[0].bytes });
    expect(rest.bytes).toBeGreaterThanOrEqual((await stat(file)).size);
    expect(models).toMatchObject([{ fingerprint: space.fingerprint, model: "mini", entries: 3 }]);
  });

  it("clears one model by name or fingerprint, or all", async () => {
    await kept(folder, { ...space, model: "mini" });
    await kept(folder, { ...space, fingerprint: fingerprintOf("b") });
    expect(await nearlabel(["cache", "clear", "--model", "bbbb"])).toMatchObject({ exitCode: 2 });
    const cleared = await nearlabel(["cache", "clear", "--model", "bbbbbb"]);
    expect(cleared.stdout).toMatch(/^Deleted the embeddings of 1 model, \d.+\.\n$/);
    expect(await listCachedModels(folder)).toMatchObject([{ model: "mini" }]);
    await kept(folder, { ...space, fingerprint: fingerprintOf("c") });
    expect((await nearlabel(["cache", "clear", "--model", "mini"])).exitCode).toBe(0);
    expect(await listCachedModels(folder)).toMatchObject([{ fingerprint: fingerprintOf("c") }]);
    expect((await nearlabel(["cache", "clear"])).exitCode).toBe(0);
    expect(await readdir(folder)).toEqual([]);
  });

  it("lies where the platform keeps caches", () => {
    const env = { HOME: join("/home", "ada") };
    expect(cacheFolder(env, "linux")).toBe(join("/home", "ada", ".cache", "nearlabel"));
    expect(cacheFolder({ ...env, XDG_CACHE_HOME: "/cache" }, "linux")).toBe(join("/cache", "nearlabel"));
    expect(cacheFolder(env, "darwin")).toBe(join("/home", "ada", "Library", "Caches", "nearlabel"));
    expect(cacheFolder({ LOCALAPPDATA: "/local" }, "win32")).toBe(join("/local", "nearlabel", "cache"));
    expect(cacheFolder({ ...env, NEARLABEL_CACHE: "/mine" }, "linux")).toBe("/mine");
  });

  it("lets a run go on without a cache that cannot be used, and says so once", async () => {
    const file = join(folder, "file");
    await writeFile(file, "");
    vi.stubEnv("NEARLABEL_CACHE", file);
    const identity = { id: "mini", fingerprint: async () => space.fingerprint, pictures: "upright" };
    const model = { identity, dimension: 8 };
    const notices: string[] = [];
    const stderr = { write: (text: string) => notices.push(text) } as unknown as NodeJS.WriteStream;
    expect(await openCliCache(model, { stderr })).toBeUndefined();
    expect(notices).toEqual([expect.stringMatching(/cannot be written: .*The run goes on without it\.\n$/s)]);
    await rm(file);
    const cache = await openCliCache(model, { stderr });
    cache?.put(hash, vector(0));
    await cache?.close();
    const stored = await openCliCache(
      { ...model, identity: { ...identity, pictures: "stored" } },
      { stderr },
    );
    expect(await stored?.getMany([hash])).toEqual([undefined]);
    await stored?.close();
    expect(notices).toHaveLength(1);
  });
});
