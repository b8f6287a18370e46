import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { decodeImage } from "../../src/image/decode/decode.js";
import { formatOf } from "../../src/image/decode/format.js";
import { imageDetails } from "../../src/image/details.js";

/** Left red, right blue above and black below; written by pillow-heif 1.x at quality 90, with EXIF. */
const HEIC = readFileSync(fileURLToPath(new URL("two-by-two.heic", import.meta.url)));

async function jpeg(width: number, height: number, background: string): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background } })
    .jpeg()
    .toBuffer();
}

/** A little-endian TIFF of one directory, with other bytes after it. */
function tiff(
  tags: readonly (readonly [tag: number, value: number])[],
  after: readonly Buffer[],
  magic = "II*\0",
): Buffer {
  const directory = Buffer.alloc(2 + 12 * tags.length + 4);
  directory.writeUInt16LE(tags.length, 0);
  for (const [index, [tag, value]] of [...tags].sort(([a], [b]) => a - b).entries()) {
    const at = 2 + 12 * index;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(4, at + 2);
    directory.writeUInt32LE(1, at + 4);
    directory.writeUInt32LE(value, at + 8);
  }
  return Buffer.concat([
    Buffer.from(magic, "latin1"),
    Buffer.from([16, 0, 0, 0]),
    Buffer.alloc(8),
    directory,
    ...after,
  ]);
}

describe("HEIC", () => {
  test("is decoded, with its details", async () => {
    const { width, height, data } = await decodeImage(HEIC);
    expect([width, height]).toEqual([64, 48]);
    const at = (x: number, y: number) => [...data.subarray(3 * (y * 64 + x), 3 * (y * 64 + x) + 3)];
    for (const [x, y, colour] of [
      [8, 8, [255, 30, 200]],
      [56, 40, [20, 30, 10]],
    ] as const) {
      for (const [channel, value] of at(x, y).entries())
        expect(Math.abs(value - colour[channel]!)).toBeLessThan(12);
    }
    expect(await imageDetails(HEIC)).toEqual({
      size: { width: 64, height: 48 },
      taken: new Date("2024-01-02T03:04:05Z"),
      camera: "Apple iPhone 15",
    });
  });

  test("that is cut off or too large is an error of that picture", async () => {
    await expect(decodeImage(HEIC.subarray(0, 500))).rejects.toMatchObject({ code: "IMAGE_CORRUPT" });
    await expect(decodeImage(HEIC, { maxPixels: 100 })).rejects.toMatchObject({ code: "IMAGE_TOO_LARGE" });
  });
});

describe("a RAW file", () => {
  const sensor = Buffer.alloc(5000, 0x5a);
  const thumbnail = () => jpeg(16, 12, "red");
  const preview = () => jpeg(80, 60, "blue");

  test.each([
    ["DNG", [[50706, 1]], "II*\0"],
    [
      "NEF",
      [
        [254, 1],
        [330, 99],
      ],
      "II*\0",
    ],
    ["PEF", [[262, 32803]], "II*\0"],
    ["ORF", [], "IIRO"],
    ["RW2", [], "IIU\0"],
  ] as const)("%s gives its largest JPEG, turned as the file says", async (_, tags, magic) => {
    const file = tiff([...tags, [274, 6]], [await thumbnail(), sensor, await preview(), sensor], magic);
    expect(formatOf(file)?.id).toBe("raw");
    const { width, height, data } = await decodeImage(file);
    expect([width, height]).toEqual([60, 80]);
    expect(data[2]!).toBeGreaterThan(240);
    expect(await imageDetails(file)).toMatchObject({ size: { width: 60, height: 80 } });
  });

  test.each(["FUJIFILMCCD-RAW 0201", "\0\0\0\x18ftypcrx \0\0\0\x01crx isom"])(
    "%j gives its largest JPEG",
    async (magic) => {
      const file = Buffer.concat([Buffer.from(magic, "latin1"), sensor, await thumbnail(), await preview()]);
      expect(await decodeImage(file)).toMatchObject({ width: 80, height: 60 });
    },
  );

  test("without a preview, or with one that is cut off, says so", async () => {
    const whole = await preview();
    for (const inside of [sensor, whole.subarray(0, whole.length - 40)]) {
      await expect(decodeImage(tiff([[50706, 1]], [inside]))).rejects.toMatchObject({
        code: "IMAGE_UNSUPPORTED",
        message: expect.stringContaining("without a preview"),
      });
    }
  });

  test("is not what a TIFF is", async () => {
    const plain = await sharp(await preview())
      .tiff()
      .toBuffer();
    expect(formatOf(plain)?.id).toBe("tiff");
  });
});

describe("details", () => {
  test("place and time of EXIF, with its offset; none where it says nothing", async () => {
    const photo = await sharp({ create: { width: 30, height: 20, channels: 3, background: "grey" } })
      .withExif({
        IFD0: { Make: "Canon", Model: "Canon EOS R5" },
        IFD2: { DateTimeOriginal: "2024:05:06 07:08:09", OffsetTimeOriginal: "+02:00" },
        IFD3: {
          GPSLatitudeRef: "S",
          GPSLatitude: "33/1 52/1 0/1",
          GPSLongitudeRef: "E",
          GPSLongitude: "151/1 12/1 0/1",
        },
      })
      .jpeg()
      .toBuffer();
    const { latitude, ...details } = await imageDetails(photo);
    expect(latitude).toBeCloseTo(-33.8667, 4);
    expect(details).toEqual({
      size: { width: 30, height: 20 },
      taken: new Date("2024-05-06T05:08:09Z"),
      camera: "Canon EOS R5",
      longitude: 151.2,
    });
    expect(await imageDetails(await preview())).toEqual({ size: { width: 80, height: 60 } });
    expect(await imageDetails(Buffer.from("no picture"))).toEqual({});
    expect(await imageDetails(photo.subarray(0, 60))).toEqual({});
  });

  async function preview() {
    return jpeg(80, 60, "blue");
  }
});
