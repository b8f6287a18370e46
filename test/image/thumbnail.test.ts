import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { thumbnail, thumbnailUri } from "../../src/image/draw/thumbnail.js";
import type { ImageSource } from "../../src/image/source.js";

const HEIC = readFileSync(fileURLToPath(new URL("two-by-two.heic", import.meta.url)));

async function sizeOf(image: ImageSource, side = 96) {
  const { format, width, height } = await sharp(await thumbnail(image, { side })).metadata();
  return { format, width, height };
}

const wide = { create: { width: 400, height: 200, channels: 3, background: "teal" } } as const;

describe("thumbnail", () => {
  it("brings the longest side down, upright by EXIF unless told otherwise", async () => {
    const lying = await sharp(wide).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    expect(await sizeOf(lying)).toEqual({ format: "jpeg", width: 48, height: 96 });
    const stored = await sharp(await thumbnail(lying, { side: 96, orientation: "stored" })).metadata();
    expect([stored.width, stored.height]).toEqual([96, 48]);
  });

  it("does not enlarge, and takes pixels that are decoded", async () => {
    const pixels = { data: new Uint8Array(32 * 20), width: 32, height: 20, channels: 1 } as const;
    expect(await sizeOf(pixels)).toEqual({ format: "jpeg", width: 32, height: 20 });
    expect(await sizeOf({ ...pixels, width: 20, height: 32 }, 16)).toMatchObject({ width: 10, height: 16 });
  });

  it("shows HEIC, and RAW by the JPEG in it", async () => {
    const { width, height } = await sharp(await thumbnail(HEIC, { side: 16 })).metadata();
    expect(Math.max(width!, height!)).toBe(16);
    const inside = await sharp(wide).jpeg().toBuffer();
    expect(await sizeOf(Buffer.concat([Buffer.from("FUJIFILMCCD-RAW 0201"), inside]), 40)).toEqual({
      format: "jpeg",
      width: 40,
      height: 20,
    });
  });

  it("puts what is transparent on white", async () => {
    const clear = { ...wide.create, channels: 4, background: { r: 9, g: 9, b: 9, alpha: 0 } } as const;
    const shown = await thumbnail(await sharp({ create: clear }).png().toBuffer(), { side: 8 });
    expect((await sharp(shown).stats()).channels.map(({ mean }) => mean)).toEqual([255, 255, 255]);
  });

  it("names what cannot be read, is damaged, or too large", async () => {
    await expect(thumbnailUri(new Uint8Array(), { side: 96 })).rejects.toMatchObject({ code: "IMAGE_EMPTY" });
    const jpeg = await sharp(wide).jpeg().toBuffer();
    await expect(thumbnail(jpeg.subarray(0, 300), { side: 96 })).rejects.toMatchObject({
      code: "IMAGE_CORRUPT",
    });
    await expect(thumbnail(jpeg, { side: 96, maxPixels: 100 })).rejects.toMatchObject({
      code: "IMAGE_TOO_LARGE",
    });
  });
});
