import { describe, expect, test } from "vitest";
import { decodeImage } from "../../src/image/decode/decode.js";
import { preprocess, resizedSize, resizeForModel } from "../../src/image/preprocess/preprocess.js";
import { parsePreprocessing, SIGLIP_DEFAULTS } from "../../src/image/preprocess/preprocessing.js";
import type { RgbImage } from "../../src/image/source.js";
import { golden, pictureFile, sha256 } from "./golden.js";

const FILE = "models/some/preprocessor_config.json";
const CLIP = parsePreprocessing({}, FILE);

describe("preprocess equals Hugging Face's CLIPImageProcessor", () => {
  const cases = golden.preprocessed.map((row) => ({ ...row, name: JSON.stringify(row.configuration) }));

  test.each(cases)(
    "$file with $name",
    async ({ configuration, file, width, height, pixels, values, first }) => {
      const preprocessing = parsePreprocessing(configuration, FILE);
      const picture = resizeForModel(await decodeImage(pictureFile(file)), preprocessing);
      expect(sha256(picture.data)).toBe(pixels);

      const input = await preprocess(pictureFile(file), preprocessing);
      expect([input.width, input.height]).toEqual([width, height]);
      expect([...input.data.subarray(0, 4)]).toEqual(first);
      expect(sha256(input.data)).toBe(values);
    },
  );
});

describe("resizeForModel", () => {
  /** A row of `width` pixels whose red counts up. */
  const counted = (width: number): RgbImage => ({
    data: Uint8Array.from({ length: width * 3 }, (_, i) => (i % 3 === 0 ? i / 3 + 1 : 0)),
    width,
    height: 1,
  });
  const reds = ({ data }: RgbImage) => [...data].filter((_, i) => i % 3 === 0);
  const crop = (width: number, size: number, rounding: "down" | "half-even") =>
    reds(resizeForModel(counted(width), { filter: "bicubic", crop: { width: size, height: 1, rounding } }));

  test("cuts off the smaller half first, or halves to even as torchvision does", () => {
    expect(crop(5, 2, "down")).toEqual([2, 3]);
    expect(crop(5, 2, "half-even")).toEqual([3, 4]);
    expect(crop(7, 2, "half-even")).toEqual([3, 4]);
    expect(crop(6, 2, "half-even")).toEqual(crop(6, 2, "down"));
  });

  test("pads a picture that is too small, with the odd pixel first, or last as torchvision does", () => {
    expect(crop(2, 5, "down")).toEqual([0, 0, 1, 2, 0]);
    expect(crop(2, 5, "half-even")).toEqual([0, 1, 2, 0, 0]);
  });
});

test("resizedSize cuts the long side to a whole number", () => {
  expect(resizedSize({ width: 500, height: 375 }, { shortestEdge: 224 })).toEqual({
    width: 298,
    height: 224,
  });
  expect(resizedSize({ width: 375, height: 500 }, { shortestEdge: 224 })).toEqual({
    width: 224,
    height: 298,
  });
  expect(resizedSize({ width: 9, height: 5 }, { width: 4, height: 6 })).toEqual({ width: 4, height: 6 });
  expect(resizedSize({ width: 9, height: 5 }, undefined)).toEqual({ width: 9, height: 5 });
});

describe("parsePreprocessing", () => {
  test("has the defaults of CLIP", () => {
    expect(CLIP).toEqual({
      resize: { shortestEdge: 224 },
      filter: "bicubic",
      crop: { width: 224, height: 224, rounding: "down" },
      rescaleFactor: 1 / 255,
      normalisation: {
        mean: [0.48145466, 0.4578275, 0.40821073],
        std: [0.26862954, 0.26130258, 0.27577711],
      },
    });
  });

  test("reads every form of a size", () => {
    const size = (value: unknown) => parsePreprocessing({ size: value }, FILE).resize;
    expect(size(48)).toEqual({ shortestEdge: 48 });
    expect(size({ shortest_edge: 48 })).toEqual({ shortestEdge: 48 });
    expect(size({ height: 48, width: 64 })).toEqual({ width: 64, height: 48 });
    expect(size([48, 64])).toEqual({ width: 64, height: 48 });
  });

  test("takes what is left out from the processor that is named, before the family's", () => {
    const named = (image_processor_type: string) => parsePreprocessing({ image_processor_type }, FILE);
    for (const name of ["CLIPImageProcessorFast", "ChineseCLIPFeatureExtractor", "BitImageProcessorPil"]) {
      expect(named(name)).toEqual(CLIP);
    }
    const squashed = { resize: { width: 224, height: 224 }, filter: "bicubic", crop: undefined };
    expect(named("SiglipImageProcessor")).toMatchObject(squashed);
    expect(named("ViTImageProcessor")).toMatchObject({ ...squashed, filter: "bilinear" });
    expect(parsePreprocessing({ size: 48, image_processor_type: "ViTImageProcessor" }, FILE).resize).toEqual({
      width: 48,
      height: 48,
    });
    expect(parsePreprocessing({ image_processor_type: "CLIPImageProcessor" }, FILE, SIGLIP_DEFAULTS)).toEqual(
      CLIP,
    );
  });

  test("leaves out the steps that are switched off", () => {
    const off = { do_resize: false, do_center_crop: false, do_rescale: false, do_normalize: false };
    expect(parsePreprocessing(off, FILE)).toEqual({ filter: "bicubic" });
  });

  test("takes null for a flag as off, and not as left out", () => {
    const off = {
      do_resize: null,
      do_center_crop: null,
      do_rescale: null,
      do_normalize: null,
      resample: null,
    };
    expect(parsePreprocessing(off, FILE)).toEqual({ filter: "bicubic" });
  });

  test.each<[string, unknown]>([
    ["its content", null],
    ["its content", []],
    ["size", { size: { longest_edge: 224 } }],
    ["size", { size: { shortest_edge: 224, longest_edge: 336 } }],
    ["size", { size: 0 }],
    ["size", { size: null }],
    ["size", { size: 18_000 }],
    ["size", { size: { shortest_edge: 1e300 } }],
    ["crop_size", { crop_size: 2 ** 53 }],
    ["crop_size", { crop_size: { height: 224, width: 5000 } }],
    ["crop_size", { crop_size: { height: 224 } }],
    ["resample", { resample: 6 }],
    ["resample", { resample: "bicubic" }],
    ["do_resize", { do_resize: "yes" }],
    ["do_pad", { do_pad: true }],
    ["do_flip_channel_order", { do_flip_channel_order: true }],
    ["image_processor_type", { image_processor_type: "MobileViTImageProcessor" }],
    ["image_processor_type", { image_processor_type: "Siglip2ImageProcessor", patch_size: 16 }],
    ["image_processor_type", { image_processor_type: "ConvNextImageProcessor", crop_pct: 0.9 }],
    ["image_processor_type", { image_processor_type: 3 }],
    ["feature_extractor_type", { feature_extractor_type: "DPTFeatureExtractor" }],
    ["rescale_factor", { rescale_factor: 0 }],
    ["image_mean", { image_mean: [0.5, 0.5] }],
    ["image_std", { image_std: [0.5, 0, 0.5] }],
  ])("names the file and %s where it cannot be used: %j", (key, json) => {
    expect(() => parsePreprocessing(json, FILE)).toThrowError(
      expect.objectContaining({
        code: "MODEL_FILE_INVALID",
        message: expect.stringMatching(new RegExp(`^${FILE}: expected ${key} to be .*found`)),
      }),
    );
  });
});
