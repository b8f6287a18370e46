import { createHash } from "node:crypto";
import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { contentHash } from "../src/image/content-hash.js";
import { decodeImage } from "../src/image/decode/decode.js";
import { imageFile } from "../src/image/image-file.js";
import type { ImageSource } from "../src/image/source.js";
import { temporaryFolder } from "./folders.js";

const sample = fileURLToPath(new URL("../samples/bus.png", import.meta.url));
const bytes = await readFile(sample);
const expected = createHash("sha256").update(bytes).digest("hex");
const hashOf = async (source: ImageSource) => (await contentHash(source)).hash;

describe("contentHash", () => {
  it("is the SHA-256 of the encoded bytes, however they are given", async () => {
    const copy = new Uint8Array(bytes);
    for (const source of [imageFile(sample), bytes, copy, copy.buffer, new Blob([bytes])]) {
      expect(await hashOf(source)).toBe(expected);
    }
  });

  it("hands on a file that need not be read again, under its name", async () => {
    const path = join(await temporaryFolder(), "here.png");
    await copyFile(sample, path);
    const { source } = await contentHash(imageFile(path));
    await rm(path);
    expect(await decodeImage(source)).toEqual(await decodeImage(imageFile(sample)));
    await writeFile(path, "no picture");
    const broken = await contentHash(imageFile(path));
    const error = await decodeImage(broken.source).catch((cause: unknown) => cause);
    expect(error).toEqual(await decodeImage(imageFile(path)).catch((cause: unknown) => cause));
    expect(error).toMatchObject({ code: "IMAGE_UNSUPPORTED", message: expect.stringContaining(path) });
  });

  it("hands on anything else as it is", async () => {
    for (const source of [bytes, new Blob([bytes])]) expect((await contentHash(source)).source).toBe(source);
  });

  it("tells pixels apart by values, size and channels, and from encoded bytes", async () => {
    const data = Uint8Array.from({ length: 48 }, (_, i) => i);
    const hashes = await Promise.all([
      hashOf({ data, width: 4, height: 4, channels: 3 }),
      hashOf({ data, width: 2, height: 8, channels: 3 }),
      hashOf({ data, width: 12, height: 4, channels: 1 }),
      hashOf({ data: data.toReversed(), width: 4, height: 4, channels: 3 }),
      hashOf(data),
    ]);
    expect(new Set(hashes)).toHaveLength(5);
    const clamped = { data: Uint8ClampedArray.from(data), width: 4, height: 4, channels: 3 } as const;
    expect(await hashOf(clamped)).toBe(hashes[0]);
  });

  it.each<[string, () => Promise<ImageSource>]>([
    ["a missing file", async () => imageFile(join(await temporaryFolder(), "missing.jpg"))],
    ["a folder", async () => imageFile(await temporaryFolder())],
    ["no bytes", async () => new Uint8Array()],
    ["pixels of another size", async () => ({ data: bytes, width: 1, height: 1, channels: 3 })],
    ["what is no picture at all", async () => 7 as unknown as ImageSource],
  ])("has for %s the error that decoding has", async (_name, make) => {
    const source = await make();
    const error = await contentHash(source).catch((cause: unknown) => cause);
    expect(error).toEqual(await decodeImage(source).catch((cause: unknown) => cause));
    expect(error).toMatchObject({ code: expect.stringMatching(/^IMAGE_/) });
  });

  it("refuses more bytes than the limit before it reads them", async () => {
    await expect(contentHash(imageFile(sample), 100)).rejects.toMatchObject({ code: "IMAGE_TOO_LARGE" });
  });
});
