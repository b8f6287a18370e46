import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { crc32, deflateSync } from "node:zlib";
import fc from "fast-check";
import sharp from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import { NearlabelError } from "../../src/errors.js";
import { type DecodeOptions, decodeImage } from "../../src/image/decode/decode.js";
import { imageFile } from "../../src/image/image-file.js";
import { resample } from "../../src/image/resample/resample.js";
import type { ImageSource } from "../../src/image/source.js";
import { golden, pictureFile, picturePath, sha256 } from "./golden.js";

const work = mkdtempSync(join(tmpdir(), "nearlabel-decode-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const read = (file: string) => readFileSync(picturePath(file));

function written(name: string, content: string | Uint8Array): string {
  const path = join(work, name);
  writeFileSync(path, content);
  return path;
}

/** The code and message of what decoding `source` throws. */
async function failure(source: ImageSource, options?: DecodeOptions) {
  const error = await decodeImage(source, options).then(
    () => undefined,
    (thrown) => thrown,
  );
  return { code: error?.code, message: error?.message };
}

/** A picture's thumbnail against Pillow's: the largest difference in levels. */
function thumbnailDifference(image: Awaited<ReturnType<typeof decodeImage>>, expected: readonly number[]) {
  const { data } = resample(image, { width: 4, height: 4 }, "bicubic");
  return Math.max(...expected.map((value, i) => Math.abs(value - data[i]!)));
}

describe("decodeImage gives the pixels of Pillow", () => {
  const exact = golden.decoded.filter(({ file }) => !file.startsWith("avif") && !file.includes("ycbcr"));

  test.each(exact)("$file ($mode)", async ({ file, width, height, sha256: expected, thumbnail }) => {
    const image = await decodeImage(pictureFile(file));
    expect([image.width, image.height]).toEqual([width, height]);
    expect(thumbnailDifference(image, thumbnail)).toBe(0);
    expect(sha256(image.data)).toBe(expected);
  });

  // Pillow turns a TIFF upright by itself when it loads it; what it calls stored is upright.
  test.each(exact.filter(({ file }) => !file.startsWith("tiff-orientation")))(
    "$file as stored",
    async ({ file, stored }) => {
      const image = await decodeImage(pictureFile(file), { orientation: "stored" });
      expect([image.width, image.height]).toEqual([stored.width, stored.height]);
      expect(sha256(image.data)).toBe(stored.sha256);
    },
  );

  test("a TIFF as stored is not turned", async () => {
    const image = await decodeImage(pictureFile("tiff-orientation-6.tiff"), { orientation: "stored" });
    expect([image.width, image.height]).toEqual([70, 50]);
  });

  test.each([
    ["avif.avif", 2],
    ["avif-444.avif", 1],
    ["avif-mif1.avif", 1],
    ["avif-sequence.avif", 1],
    ["tiff-ycbcr.tiff", 1],
  ])("%s but for %i of 255 levels", async (file, most) => {
    const { thumbnail } = golden.decoded.find((row) => row.file === file)!;
    const image = await decodeImage(pictureFile(file));
    expect(thumbnailDifference(image, thumbnail)).toBeLessThanOrEqual(most);
  });
});

describe("decodeImage takes any source", () => {
  const bytes = read("png-rgb.png");
  const expected = golden.decoded.find(({ file }) => file === "png-rgb.png")!.sha256;

  test.each<[string, ImageSource]>([
    ["a file", pictureFile("png-rgb.png")],
    ["a file: URL's file", imageFile(pathToFileURL(picturePath("png-rgb.png")))],
    ["a Buffer", bytes],
    ["a view into a longer buffer", new Uint8Array([...bytes, 1, 2, 3]).subarray(0, bytes.length)],
    ["an ArrayBuffer", new Uint8Array(bytes).buffer],
    ["a Blob", new Blob([new Uint8Array(bytes)])],
  ])("%s", async (_, source) => {
    expect(sha256((await decodeImage(source)).data)).toBe(expected);
  });

  test("greyscale, RGB and RGBA pixels", async () => {
    const size = { width: 1, height: 2 };
    const decoded = (channels: 1 | 3 | 4, values: number[]) =>
      decodeImage({ ...size, channels, data: Uint8Array.from(values) }).then(({ data }) => [...data]);
    expect(await decoded(1, [7, 9])).toEqual([7, 7, 7, 9, 9, 9]);
    expect(await decoded(3, [1, 2, 3, 4, 5, 6])).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await decoded(4, [1, 2, 3, 0, 4, 5, 6, 255])).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("and leaves the caller's bytes alone", async () => {
    const gif = read("gif-transparent.gif");
    const before = sha256(gif);
    await decodeImage(gif);
    expect(sha256(gif)).toBe(before);
  });
});

describe("decodeImage refuses what names a picture and is none", () => {
  const path = picturePath("png-rgb.png");
  const { name, pipe } = pictureFile("png-rgb.png");
  const base64 = read("png-rgb.png").toString("base64");

  test.each<[string, unknown, RegExp]>([
    ["a path", path, /imageFile\(path\)/],
    [
      "an object with a path",
      JSON.parse(JSON.stringify({ path, name, pipe })),
      /object with path, name, pipe/,
    ],
    ["a URL", new URL("https://pictures.example/cat.jpg"), /not fetched/],
    ["a file: URL", pathToFileURL(path), /imageFile\(new URL/],
    ["the address of a picture", "https://pictures.example/cat.jpg", /not fetched/],
    ["a data: URL", `data:image/png;base64,${base64}`, /data: URL/],
    ["base64", base64, /base64/],
    ["an array of bytes", [...read("png-rgb.png")], /class Array/],
    ["a function", () => path, /function/],
    ["nothing", undefined, /undefined/],
  ])("%s", async (_, given, expected) => {
    const { code, message } = await failure(given as ImageSource);
    expect(code).toBe("IMAGE_UNSUPPORTED");
    expect(message).toMatch(expected);
    expect(message.length).toBeLessThan(600);
  });

  test.each([
    `data:image/png;base64,${base64.repeat(20)}`,
    base64.repeat(20),
    join(work, base64.repeat(20)),
    "https://pictures.example/cat.jpg",
    pathToFileURL(path).href,
  ])("%.20s as the path of a file", async (text) => {
    const { code, message } = await failure(imageFile(text));
    expect(code).toBe("IMAGE_UNSUPPORTED");
    expect(message).toMatch(/data: URL|base64|not fetched|file: URL/);
    expect(message.length).toBeLessThan(600);
  });

  test("a path too long, with a NUL, or of nothing", async () => {
    for (const text of ["long ".repeat(1000), "nul\0.png", ""]) {
      const { code, message } = await failure(imageFile(text));
      expect(code).toBe("IMAGE_NOT_FOUND");
      expect(message.length).toBeLessThan(600);
    }
  });

  test("a URL that is no file's, as a file", () => {
    for (const url of ["https://pictures.example/cat.jpg", "file://server/cat.jpg", "file:///a%2fb.png"]) {
      expect(() => imageFile(new URL(url))).toThrow(NearlabelError);
    }
  });
});

describe("decodeImage refuses damage that Pillow refuses", () => {
  const changed = (file: string, at: number, ...values: number[]) => {
    const bytes = new Uint8Array(read(file));
    bytes.set(values, at < 0 ? bytes.length + at : at);
    return bytes;
  };
  const middle = (file: string) => read(file).length >> 1;

  test.each<[string, Uint8Array]>([
    ["a marker in a JPEG's data", changed("jpeg-grey.jpg", middle("jpeg-grey.jpg"), 0xff, 0x02)],
    ["a second scan in it", changed("jpeg-420.jpg", middle("jpeg-420.jpg"), 0xff, 0xda, 0, 8)],
    ["a JPEG without an end", changed("jpeg-grey.jpg", -2, 0, 0)],
    ["a code of a GIF that stands for nothing", changed("gif-small-frame.gif", 120, 0xff, 0xff, 0xff)],
    ["a GIF whose data ends too early", read("gif.gif").subarray(0, -9)],
    ["a checksum before the pixels of a PNG", changed("png-rgb.png", 29, 0)],
    ["a sequence in AVIF that is cut off", read("avif-sequence.avif").subarray(0, -9)],
  ])("%s", async (_, bytes) => {
    expect((await failure(bytes)).code).toBe("IMAGE_CORRUPT");
  });

  test("and reads what it reads: an early end, a comment in the data, data after the last pixel", async () => {
    const jpeg = read("jpeg-grey.jpg");
    const at = middle("jpeg-grey.jpg");
    for (const bytes of [
      changed("jpeg-grey.jpg", at, 0xff, 0xd9),
      Buffer.concat([jpeg.subarray(0, -2), Buffer.from([0xff, 0xfe, 0, 4, 1, 2]), jpeg.subarray(-2)]),
      Buffer.concat([read("gif.gif"), Buffer.from("more")]),
      Buffer.concat([read("png-rgb.png"), Buffer.from("more")]),
    ]) {
      expect((await decodeImage(bytes)).width).toBeGreaterThan(0);
    }
  });

  // What libvips and our own readers must never do: hang, crash, or fail without a code.
  test("whatever is changed, it gives pixels or an error of a picture", async () => {
    const files = golden.decoded.map(({ file }) => file).filter((file) => read(file).length < 10_000);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(255)), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.double({ min: 0.3, max: 1, noNaN: true }),
        async (file, changes, kept) => {
          const bytes = new Uint8Array(read(file));
          for (const [place, value] of changes) bytes[Math.floor(place * bytes.length)] = value;
          const { code } = await failure(bytes.subarray(0, Math.ceil(kept * bytes.length)), {
            maxPixels: 1e6,
          });
          expect([undefined, "IMAGE_CORRUPT", "IMAGE_UNSUPPORTED", "IMAGE_TOO_LARGE"]).toContain(code);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe.skipIf(process.platform === "win32")("decodeImage and pipes", () => {
  const pipe = (name: string) => {
    const path = join(work, name);
    execFileSync("mkfifo", [path]);
    return path;
  };

  test("a named pipe is refused at once, as one may lie in a folder", async () => {
    expect(await failure(imageFile(pipe("refused")))).toMatchObject({
      code: "IMAGE_UNREADABLE",
      message: expect.stringContaining("named pipe"),
    });
  });

  test("one that is asked for is waited for and read to its end", async () => {
    const path = pipe("asked-for");
    const decoded = decodeImage(imageFile(path, { pipe: true }));
    const file = picturePath("jpeg-profile.jpg");
    const parts = `sleep 0.1; head -c 500 "${file}"; sleep 0.1; tail -c +501 "${file}"`;
    const writer = spawn("sh", ["-c", `{ ${parts}; } > "${path}"`]);
    await once(writer, "exit");
    expect(sha256((await decoded).data)).toBe(
      golden.decoded.find((row) => row.file === "jpeg-profile.jpg")!.sha256,
    );
  });

  test("a device is refused", async () => {
    expect((await failure(imageFile("/dev/zero", { pipe: true }))).code).toBe("IMAGE_UNREADABLE");
  });
});

test.skipIf(process.platform !== "linux")("decodeImage reads a file whose name is not UTF-8", async () => {
  const path = Buffer.concat([Buffer.from(`${work}/caf`), Buffer.from([0xe9]), Buffer.from(".png")]);
  writeFileSync(path, read("png-1x1.png"));
  expect((await decodeImage(imageFile(path))).width).toBe(1);
  writeFileSync(path, "no picture");
  expect((await failure(imageFile(path))).message).toContain("caf\\xE9.png");
});

test.each<DecodeOptions>([
  { maxPixels: 0 },
  { maxPixels: -1 },
  { maxPixels: Number.NaN },
  { maxBytes: Number.NaN },
  { maxBytes: 0 },
  { orientation: "up" as "upright" },
  { decode: "quick" as "fast" },
])("decodeImage refuses the options %o", async (options) => {
  expect((await failure(read("png-rgb.png"), options)).code).toBe("OPTION_INVALID");
});

describe("decodeImage refuses", () => {
  test("a file that is not there, naming it", async () => {
    const path = join(work, "nowhere.jpg");
    const { code, message } = await failure(imageFile(path));
    expect(code).toBe("IMAGE_NOT_FOUND");
    expect(message).toContain(path);
  });

  test("a folder", async () => {
    expect(await failure(imageFile(work))).toMatchObject({
      code: "IMAGE_UNREADABLE",
      message: expect.stringContaining("folder"),
    });
  });

  // The superuser may read anything, and Windows has no such permissions.
  test.skipIf(process.getuid?.() === 0 || process.platform === "win32")(
    "a file without permission",
    async () => {
      const path = written("secret.png", read("png-rgb.png"));
      chmodSync(path, 0);
      expect((await failure(imageFile(path))).code).toBe("IMAGE_UNREADABLE");
    },
  );

  test("an empty file, empty bytes, an empty Blob and no pixels", async () => {
    const none = { data: new Uint8Array(), width: 0, height: 0, channels: 3 } as const;
    for (const source of [imageFile(written("empty.jpg", "")), new Uint8Array(), new Blob([]), none]) {
      expect((await failure(source)).code).toBe("IMAGE_EMPTY");
    }
  });

  test("a text file called .jpg", async () => {
    const { code, message } = await failure(imageFile(written("text.jpg", "This is no picture.")));
    expect(code).toBe("IMAGE_UNSUPPORTED");
    expect(message).toContain("text.jpg");
  });

  test.each([
    ["BMP", "BM\x3a\0\0\0"],
    ["SVG", "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"],
    ["PDF", "%PDF-1.7"],
    ["PPM", "P6\n2 2\n255\n"],
    ["PGM", "P5 2 2 255 "],
    ["TGA", `\0\0\x02${"\0".repeat(9)}\x02\0\x02\0\x18\0`],
    ["PCX", "\x0a\x05\x01\x08"],
    ["QOI", "qoif\0\0\0\x02"],
    ["SGI", "\x01\xda\x01\x01"],
    ["DDS", "DDS |\0\0\0"],
    ["JPEG 2000", "\xff\x4f\xff\x51"],
    ["ICNS", "icns\0\0\0\x08"],
    ["video", "\0\0\0\x18ftypisom\0\0\0\0isomavc1"],
    ["Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:"],
    ["TIFF in CIELAB", tiff({ photometric: 8, channels: 3 })],
    ["TIFF compressed with LZMA", tiff({ compression: 34925 })],
    ["TIFF compressed with Zstandard", tiff({ compression: 50000 })],
    ["TIFF of 3 x 8 bits, YCbCr, chroma at 1/2", tiff({ photometric: 6, channels: 3, subsampling: [2, 2] })],
    ["TIFF of 1 x 12 bits", tiff({ bits: 12 })],
  ])("%s, by name", async (name, content) => {
    expect(await failure(Buffer.from(content, "latin1"))).toMatchObject({
      code: "IMAGE_UNSUPPORTED",
      message: expect.stringContaining(`found ${name}`),
    });
  });

  test.each([
    "jpeg-420.jpg",
    "jpeg-progressive.jpg",
    "png-rgb.png",
    "webp-lossy.webp",
    "gif.gif",
    "tiff-rgb.tiff",
    "avif.avif",
  ])("%s cut in half, and cut after its header", async (file) => {
    const bytes = read(file);
    for (const length of [bytes.length >> 1, 20]) {
      const { code, message } = await failure(bytes.subarray(0, length));
      expect(code).toBe("IMAGE_CORRUPT");
      expect(message).toContain(`picture of ${length} bytes`);
    }
  });

  /** A picture with the bytes at the first place of `from` replaced. */
  const patched = (file: string, from: readonly number[], to: readonly number[]) => {
    const bytes = Buffer.from(read(file));
    const at = bytes.indexOf(Buffer.from(from));
    expect(at).toBeGreaterThan(0);
    bytes.set(to, at);
    return bytes;
  };

  // Each of them is refused by Pillow.
  test.each<[string, () => Buffer]>([
    [
      "a TIFF without its colour map",
      () => patched("tiff-palette.tiff", [0x40, 1, 3, 0], [0xe8, 0xfd, 3, 0]),
    ],
    ["a TIFF whose width is in bytes", () => patched("tiff-grey.tiff", [0, 1, 3, 0], [0, 1, 1, 0])],
    [
      "a PNG that ends within a chunk",
      () => patched("png-rgb.png", [...Buffer.from("\0\0\0\0IEND")], [...Buffer.from("\0\0\0\x05tEXt")]),
    ],
    ["a JPEG with a reserved marker", () => patched("jpeg-420.jpg", [0xff, 0xe0], [0xff, 1])],
    [
      "a GIF whose frame has no width",
      () => patched("gif.gif", [0x2c, 0, 0, 0, 0], [0x2c, 0, 0, 0, 0, 0, 0]),
    ],
  ])("%s", async (_, make) => {
    expect((await failure(make())).code).toBe("IMAGE_CORRUPT");
  });

  test("no TIFF that libtiff merely warns about, as one whose tags are not in order", async () => {
    const bytes = Buffer.from(read("tiff-grey.tiff"));
    const entries = bytes.readUInt32LE(4) + 2;
    const first = Buffer.from(bytes.subarray(entries, entries + 12));
    bytes.copyWithin(entries, entries + 12, entries + 24);
    first.copy(bytes, entries + 12);
    expect(await decodeImage(bytes)).toEqual(await decodeImage(read("tiff-grey.tiff")));
  });

  test("a TIFF with damage in a tile", async () => {
    const tile = { tile: true, tileWidth: 32, tileHeight: 32, compression: "deflate" } as const;
    const bytes = await sharp(read("png-rgb.png")).tiff(tile).toBuffer();
    expect((await decodeImage(bytes)).width).toBe(61);
    bytes.fill(0xff, 100, 110);
    expect((await failure(bytes)).code).toBe("IMAGE_CORRUPT");
  });

  test("a file of more bytes than the limit, before reading it", async () => {
    expect(await failure(pictureFile("png-rgb.png"), { maxBytes: 100 })).toMatchObject({
      code: "IMAGE_TOO_LARGE",
      message: expect.stringContaining("limit of 100"),
    });
  });

  test("more pixels than the limit, with the size", async () => {
    const { code, message } = await failure(pictureFile("png-rgb.png"), { maxPixels: 61 * 45 - 1 });
    expect(code).toBe("IMAGE_TOO_LARGE");
    expect(message).toContain("61 x 45 = 2745 pixels, more than the limit of 2744");
    expect((await decodeImage(pictureFile("png-rgb.png"), { maxPixels: 61 * 45 })).width).toBe(61);
  });

  test("a decompression bomb of 100 megapixels, by its header", async () => {
    const { code, message } = await failure(blackPng(10_000, 10_000));
    expect(code).toBe("IMAGE_TOO_LARGE");
    expect(message).toContain("100000000");
  });

  test("a picture under the name that the caller gives it", async () => {
    expect((await failure(Buffer.from("text"), { name: "row 7" })).message).toContain("row 7");
  });

  test("pixels that do not fit their size", async () => {
    const data = new Uint8Array(10);
    expect((await failure({ data, width: 2, height: 2, channels: 3 })).code).toBe("IMAGE_CORRUPT");
  });
});

/** A TIFF of 2 x 2 pixels without data, as its tags alone tell what it is. */
function tiff(options: {
  photometric?: number;
  channels?: number;
  compression?: number;
  bits?: number;
  subsampling?: [number, number];
}): string {
  const { photometric = 1, channels = 1, compression = 1, bits = 8, subsampling } = options;
  const tags = [
    [256, 2],
    [257, 2],
    [258, bits],
    [259, compression],
    [262, photometric],
    [277, channels],
    ...(subsampling ? [[530, ...subsampling]] : []),
  ];
  const file = Buffer.alloc(10 + 12 * tags.length + 4);
  file.write("II*\0\x08\0\0\0", "latin1");
  file.writeUInt16LE(tags.length, 8);
  for (const [index, [tag = 0, ...values]] of tags.entries()) {
    const at = 10 + 12 * index;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(3, at + 2);
    file.writeUInt32LE(values.length, at + 4);
    for (const [place, value] of values.entries()) file.writeUInt16LE(value, at + 8 + 2 * place);
  }
  return file.toString("latin1");
}

/** A 1-bit greyscale PNG, so that a hundred megapixels are a few kilobytes. */
function blackPng(width: number, height: number): Buffer {
  const chunk = (name: string, body: Buffer) => {
    const content = Buffer.concat([Buffer.from(name), body]);
    const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(body.length);
    checksum.writeUInt32BE(crc32(content));
    return Buffer.concat([length, content, checksum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const rows = deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * height));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", rows),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
