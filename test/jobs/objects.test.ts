import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planJob } from "../../src/jobs/plan/make-plan.js";
import { checkConditionalPut } from "../../src/objects/conditional-put.js";
import { openSource } from "../../src/objects/object-source.js";
import type { ObjectStore, StoredObject } from "../../src/objects/object-store.js";
import { openObjectStore } from "../../src/objects/open-store.js";
import { temporaryFolder } from "../folders.js";
import { hasStore, type S3Server, startStore } from "./s3-server.js";

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const text = (content: Uint8Array | undefined) => content && Buffer.from(content).toString();

async function listed(store: ObjectStore, prefix: string): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  for await (const object of store.list(prefix)) found.push(object);
  return found;
}

async function holdsTheContract(store: ObjectStore): Promise<void> {
  expect(await store.read("a/none")).toBeUndefined();
  expect(await store.put("a/one", bytes("0123456789"))).toBe(true);
  expect(await store.put("a/one", bytes("other"), { ifAbsent: true })).toBe(false);
  expect(await store.put("a/two", bytes("2"), { ifAbsent: true })).toBe(true);
  await store.put("a/one", bytes("0123456789"));
  await store.put("a-b", bytes("before a/, as - comes before /"));
  await store.put("b/c/three", bytes(""));
  expect(text(await store.read("a/one"))).toBe("0123456789");
  expect(text(await store.read("a/one", { position: 3, length: 4 }))).toBe("3456");
  expect(text(await store.read("a/one", { position: 8, length: 4 }))).toBe("89");
  expect(text(await store.read("a/one", { position: 20, length: 4 }))).toBe("");
  expect(text(await store.read("b/c/three"))).toBe("");
  const keys = async (prefix: string) => (await listed(store, prefix)).map(({ key }) => key);
  expect(await keys("")).toEqual(["a-b", "a/one", "a/two", "b/c/three"]);
  expect(await keys("a/")).toEqual(["a/one", "a/two"]);
  expect(await keys("a/t")).toEqual(["a/two"]);
  expect(await keys("x")).toEqual([]);
  await checkConditionalPut(store);
}

describe("a folder", () => {
  it("holds objects by key", async () => {
    await holdsTheContract(openObjectStore(join(await temporaryFolder(), "run")));
  });

  it("says what cannot be written", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "file"), "");
    const store = openObjectStore(join(folder, "file"));
    await expect(store.put("a", bytes("1"))).rejects.toMatchObject({ code: "WRITE_FAILED" });
  });
});

it("refuses addresses of other kinds", () => {
  expect(() => openObjectStore("gs://bucket/run")).toThrow(/expected an address such as s3:/);
  expect(() => openObjectStore("s3:///run")).toThrow(/got no bucket/);
});

describe.skipIf(!hasStore("moto"))("a bucket (needs moto_server)", () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startStore("moto");
  });
  afterAll(() => server.stop());

  it("holds objects by key", () => holdsTheContract(openObjectStore("s3://test/some/run/")));

  it("is read in parts", async () => {
    const content = new Uint8Array(20 * 2 ** 20).map((_, at) => (at * 7919) >> 8);
    await openObjectStore("s3://test").put("large", content);
    await using source = await openSource("s3://test/large");
    expect(source).toMatchObject({ name: "s3://test/large", size: content.length });
    expect(Buffer.compare(await source.read(5, 17 * 2 ** 20), content.subarray(5, 5 + 17 * 2 ** 20))).toBe(0);
    expect((await source.read(content.length - 3, 10)).length).toBe(3);
    await expect(openSource("s3://test/none")).rejects.toMatchObject({ code: "DATASET_NOT_FOUND" });
  });

  it("is asked by many at once under one signal", async () => {
    const warnings: string[] = [];
    const hear = ({ message }: Error) => warnings.push(message);
    process.on("warning", hear);
    const store = openObjectStore("s3://test/many");
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 30 }, (_, n) => store.read(`${n}`, { signal })));
    await new Promise(setImmediate);
    process.off("warning", hear);
    expect(warnings).toEqual([]);
  });

  it("says that a bucket is not there", async () => {
    const store = openObjectStore("s3://absent/run");
    await expect(store.put("a", bytes("1"))).rejects.toMatchObject({
      code: "OBJECTS_NOT_FOUND",
      message: expect.stringContaining("there is no such bucket"),
    });
  });
});

describe.skipIf(!hasStore("rclone"))("a store that passes over the condition (needs rclone)", () => {
  it("is refused by all that writes to it", async () => {
    const server = await startStore("rclone");
    try {
      const run = join(await temporaryFolder(), "run");
      await planJob("samples", { out: run });
      const { S3Client, PutObjectCommand } = await import("@aws-sdk/client-s3");
      const client = new S3Client({ endpoint: server.endpoint, forcePathStyle: true });
      for await (const { key } of openObjectStore(run).list("")) {
        const Body = await readFile(join(run, key));
        await client.send(new PutObjectCommand({ Bucket: "test", Key: `run/${key}`, Body }));
      }
      // In programs of their own, as the client is kept once it is open.
      const at = ["--plan", "s3://test/run"];
      for (const args of [
        ["plan", "samples", "--out", "s3://test/other"],
        ["run", ...at],
        ["run", ...at, "--ray", "auto"],
        ["work", ...at, "--stdin"],
        ["run-shard", ...at, "--shard", "0"],
        ["retry", "--failures", "--plan", run, "--out", "s3://test/other"],
      ]) {
        const { status, stderr } = spawnSync(
          process.execPath,
          ["dist/bundle/nearlabel.js", "jobs", ...args],
          { encoding: "utf8", input: "" },
        );
        expect([args[0], status, stderr]).toEqual([args[0], 2, expect.stringContaining("OBJECTS_UNSAFE")]);
      }
    } finally {
      await server.stop();
    }
  });
});
