import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ResamplingFilter } from "../../src/image/resample/filter.js";
import { KERNELS } from "../../src/image/resample/filter.js";
import { resample } from "../../src/image/resample/resample.js";
import { PRECISION_BITS, type Taps, tapsOf } from "../../src/image/resample/taps.js";
import type { RgbImage } from "../../src/image/source.js";
import { golden, pattern, sha256 } from "./golden.js";

const FILTERS: readonly ResamplingFilter[] = ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"];

describe("resample equals Pillow", () => {
  const cases = golden.resampled.map((row) => ({
    ...row,
    name: `${row.from.join(" x ")} to ${row.to.join(" x ")}, ${row.filter}, ${row.smooth ? "smooth" : "noise"}`,
  }));

  test.each(cases)("$name", ({ from, to, filter, smooth, sha256: expected }) => {
    const image = pattern(...from, smooth);
    expect(sha256(resample(image, { width: to[0], height: to[1] }, filter).data)).toBe(expected);
  });
});

const side = fc.integer({ min: 1, max: 40 });
const filter = fc.constantFrom(...FILTERS);
const size = fc.record({ width: side, height: side });
const image = size.chain(({ width, height }) =>
  fc
    .uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 })
    .map((data): RgbImage => ({ data, width, height })),
);

/** One pass along rows, sum by sum; a picture on its side gives the other pass. */
function plainPass({ data, width, height }: RgbImage, { first, starts, weights, count }: Taps): RgbImage {
  const out = new Uint8ClampedArray(starts.length * height * 3);
  for (let at = 0; at < out.length; at++) {
    const [x, y] = [Math.trunc(at / 3) % starts.length, Math.trunc(at / 3 / starts.length)];
    let sum = 1 << (PRECISION_BITS - 1);
    for (let k = 0; k < count; k++) {
      const column = Math.min(first + starts[x]! + k, width - 1); // past the last, weights are 0
      sum += data[(y * width + column) * 3 + (at % 3)]! * weights[x * count + k]!;
    }
    out[at] = sum >> PRECISION_BITS;
  }
  return { data: out, width: starts.length, height };
}

function turned({ data, width, height }: RgbImage): RgbImage {
  const at = (i: number) => ((Math.trunc(i / 3) % height) * width + Math.trunc(i / 3 / height)) * 3 + (i % 3);
  return { data: Uint8Array.from(data, (_, i) => data[at(i)]!), width: height, height: width };
}

describe("resample", () => {
  test.each([
    ["a picture of many bands", [700, 500], [233, 167]],
    ["a picture that is made flat, columns first", [300, 900], [290, 100]],
    ["a row that is wider than a band", [60_000, 3], [50, 2]],
    ["an enlargement", [40, 30], [401, 307]],
  ] as const)("sums every product of %s", (_name, [width, height], [toWidth, toHeight]) => {
    const picture = pattern(width, height, false);
    const taps = (inputSize: number, outputSize: number) =>
      tapsOf(KERNELS.lanczos, { inputSize, outputSize, from: 0, length: outputSize });
    const across = (image: RgbImage) => plainPass(image, taps(width, toWidth));
    const down = (image: RgbImage) => turned(plainPass(turned(image), taps(height, toHeight)));
    const columnsFirst = toHeight < height && height - toHeight > 2 * (width - toWidth);
    const expected = columnsFirst ? across(down(picture)) : down(across(picture));
    const resized = resample(picture, { width: toWidth, height: toHeight }, "lanczos");
    expect(sha256(resized.data)).toBe(sha256(expected.data));
  });

  test("copies a picture that keeps its size", () => {
    fc.assert(
      fc.property(image, filter, (picture, name) => {
        const same = resample(picture, { width: picture.width, height: picture.height }, name);
        expect([...same.data]).toEqual([...picture.data]);
        expect(same.data.buffer).not.toBe(picture.data.buffer);
      }),
    );
  });

  test("keeps one colour one colour", () => {
    fc.assert(
      fc.property(
        size,
        size,
        filter,
        fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)),
        (from, to, name, colour) => {
          const data = Uint8Array.from({ length: from.width * from.height * 3 }, (_, i) => colour[i % 3]!);
          const { data: resized } = resample({ data, ...from }, to, name);
          expect(resized).toHaveLength(to.width * to.height * 3);
          expect([...resized].every((level, i) => level === colour[i % 3])).toBe(true);
        },
      ),
    );
  });

  test("gives a region the values of the whole", () => {
    const cut = fc.record({
      picture: image,
      to: size,
      name: filter,
      at: fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat()),
    });
    fc.assert(
      fc.property(cut, ({ picture, to, name, at }) => {
        const left = at[0] % to.width;
        const top = at[1] % to.height;
        const region = {
          left,
          top,
          width: 1 + (at[2] % (to.width - left)),
          height: 1 + (at[3] % (to.height - top)),
        };
        const part = resample(picture, to, name, region);
        const whole = resample(picture, to, name);
        expect([part.width, part.height]).toEqual([region.width, region.height]);
        expect([...part.data]).toEqual(cropped(whole, region));
      }),
    );
  });

  test("does not mix channels", () => {
    fc.assert(
      fc.property(image, size, filter, (picture, to, name) => {
        const rotated = picture.data.map((_, i) => picture.data[i - (i % 3) + ((i + 1) % 3)]!);
        const expected = resample(picture, to, name).data;
        const actual = resample({ ...picture, data: rotated }, to, name).data;
        expect([...actual]).toEqual([...expected].map((_, i) => expected[i - (i % 3) + ((i + 1) % 3)]));
      }),
    );
  });

  test("of a mirrored picture is the mirrored result, but for a level of rounding", () => {
    // The box filter is open on one side, and the nearest sample of a tie lies on one side.
    const symmetrical = fc.constantFrom<ResamplingFilter>("bilinear", "hamming", "bicubic", "lanczos");
    fc.assert(
      fc.property(image, size, symmetrical, (picture, to, name) => {
        const expected = mirrored(resample(picture, to, name)).data;
        const actual = resample(mirrored(picture), to, name).data;
        const differences = [...actual].map((level, i) => Math.abs(level - expected[i]!));
        expect(Math.max(...differences)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

function cropped(
  { data, width }: RgbImage,
  region: { left: number; top: number; width: number; height: number },
): number[] {
  return Array.from({ length: region.height }, (_, y) => {
    const from = ((region.top + y) * width + region.left) * 3;
    return [...data.subarray(from, from + region.width * 3)];
  }).flat();
}

function mirrored({ data, width, height }: RgbImage): RgbImage {
  const at = (i: number) => {
    const pixel = Math.floor(i / 3);
    const x = pixel % width;
    return (pixel - x + (width - 1 - x)) * 3 + (i % 3);
  };
  return { data: data.map((_, i) => data[at(i)]!), width, height };
}
