import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import type { DecodeOptions } from "../src/image/decode/decode.js";
import { preprocess } from "../src/image/preprocess/preprocess.js";
import type { Preprocessing } from "../src/image/preprocess/preprocessing.js";
import { loadModel } from "../src/index.js";
import { nearlabel } from "./command-line.js";
import { vectorsOf } from "./embeddings.js";
import { temporaryFolder } from "./folders.js";

/** Levels of 0 to 255 as they are, so that differences are in levels. */
const SHORT_SIDE: Preprocessing = {
  resize: { shortestEdge: 48 },
  filter: "bicubic",
  crop: { width: 48, height: 48, rounding: "down" },
};
const SQUASHED: Preprocessing = { resize: { width: 60, height: 40 }, filter: "bicubic" };

/** Broad waves in three colours, and weak ones a few pixels wide: details of photographs are weaker than shapes too. */
function drawn(width: number, height: number) {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, at) => {
    const pixel = Math.floor(at / 3);
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    return 128 + 70 * Math.sin(x / 40 + (at % 3)) * Math.cos(y / 55) + 15 * Math.sin((x + 2 * y) / 3);
  });
  return sharp(data, { raw: { width, height, channels: 3 } });
}

const bytesOf = (values: Float32Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);

async function difference(source: Uint8Array, preprocessing: Preprocessing, options?: DecodeOptions) {
  const exact = await preprocess(source, preprocessing, options);
  const fast = await preprocess(source, preprocessing, { ...options, decode: "fast" });
  expect([fast.width, fast.height]).toEqual([exact.width, exact.height]);
  let [sum, max] = [0, 0];
  for (const [at, level] of exact.data.entries()) {
    const levels = Math.abs(level - fast.data[at]!);
    sum += levels;
    max = Math.max(max, levels);
  }
  return { mean: sum / exact.data.length, max };
}

describe("decode: fast", () => {
  let large: Buffer;
  beforeAll(async () => {
    large = await drawn(1200, 800).jpeg({ quality: 92 }).toBuffer();
  });

  it("moves the input of a large JPEG by little, and not by nothing", async () => {
    for (const preprocessing of [SHORT_SIDE, SQUASHED]) {
      const { mean, max } = await difference(large, preprocessing);
      expect(mean).toBeGreaterThan(0);
      expect(mean).toBeLessThan(0.8);
      expect(max).toBeLessThanOrEqual(6);
    }
  });

  it("stretches a JPEG of odd size by what libjpeg rounds up", async () => {
    const odd = await drawn(1201, 803).jpeg({ quality: 92 }).toBuffer();
    const { mean, max } = await difference(odd, SHORT_SIDE);
    expect(mean).toBeLessThan(1.5);
    expect(max).toBeLessThanOrEqual(8);
  });

  it("turns and squashes as exact decoding does, for all EXIF orientations", async () => {
    for (let orientation = 1; orientation <= 8; orientation++) {
      const jpeg = await sharp(large).withMetadata({ orientation }).jpeg({ quality: 92 }).toBuffer();
      for (const turned of ["upright", "stored"] as const) {
        const { mean } = await difference(jpeg, SQUASHED, { orientation: turned });
        expect(mean, `orientation ${orientation} ${turned}`).toBeLessThan(0.8);
      }
    }
  });

  it("leaves every other picture as it is, to the bit", async () => {
    const others = {
      "a small JPEG": await drawn(287, 250).jpeg().toBuffer(),
      "a CMYK JPEG": await drawn(600, 400).toColourspace("cmyk").jpeg().toBuffer(),
      "a PNG": await drawn(600, 400).png().toBuffer(),
      "a WebP": await drawn(600, 400).webp().toBuffer(),
    };
    for (const [name, bytes] of Object.entries(others)) {
      expect(await difference(bytes, SHORT_SIDE), name).toEqual({ mean: 0, max: 0 });
    }
    const unresized: Preprocessing = { filter: "bicubic" };
    expect(await difference(large, unresized)).toEqual({ mean: 0, max: 0 });
  });

  it("refuses damaged and too large pictures with the same errors", async () => {
    const fast = (bytes: Uint8Array, options?: DecodeOptions) =>
      preprocess(bytes, SHORT_SIDE, { ...options, decode: "fast" });
    await expect(fast(large.subarray(0, large.length / 2))).rejects.toMatchObject({ code: "IMAGE_CORRUPT" });
    await expect(fast(large, { maxPixels: 1000 })).rejects.toMatchObject({ code: "IMAGE_TOO_LARGE" });
  });

  it("is an option of models, in both of their paths, and never the default", async () => {
    await using exact = await loadModel("mini", { workers: 0 });
    await using fast = await loadModel("mini", { workers: 0, decode: "fast" });
    const photo = await drawn(1400, 1350).jpeg({ quality: 92 }).toBuffer();
    const [usual, reduced] = [await exact.preprocess([photo]), await fast.preprocess([photo])];
    expect(Buffer.compare(bytesOf(reduced.data), bytesOf(usual.data))).not.toBe(0);
    const alone = await preprocess(photo, exact.preprocessing);
    expect(Buffer.compare(bytesOf(usual.data), bytesOf(alone.data as Float32Array))).toBe(0);
    const [embedding] = vectorsOf(await fast.embedImages([photo]));
    expect(embedding).not.toEqual(vectorsOf(await exact.embedImages([photo]))[0]);
  });
});

it("--decode fast keeps its embeddings apart from exact ones", async () => {
  const folder = await temporaryFolder();
  process.env.NEARLABEL_CACHE = join(folder, "cache");
  try {
    const photo = join(folder, "photo.jpg");
    await drawn(1401, 1353).jpeg({ quality: 92 }).toFile(photo);
    const similarity = async (...options: string[]) => {
      const common = ["classify", photo, "--labels", "waves,sea", "--json", "--cache"];
      const { stdout, exitCode } = await nearlabel([...common, ...options]);
      expect(exitCode).toBe(0);
      return JSON.parse(stdout)[0].predictions[0].similarity as number;
    };
    const exact = await similarity();
    const fast = await similarity("--decode", "fast");
    expect(fast).not.toBe(exact);
    expect(await similarity("--decode", "exact")).toBe(exact);
    expect(await similarity("--decode", "fast")).toBe(fast);
  } finally {
    delete process.env.NEARLABEL_CACHE;
  }
});
