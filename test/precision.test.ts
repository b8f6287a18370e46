import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import {
  buildLabelIndex,
  createClassifier,
  type LoadOptions,
  loadModel,
  type Model,
  type Notice,
} from "../src/index.js";
import { float16Bits, float16Value } from "../src/math/float16.js";
import { dot } from "../src/math/vector.js";
import { automaticDevice } from "../src/onnx/device.js";
import { vectorsOf } from "./embeddings.js";

const tiny = fileURLToPath(new URL("golden/tiny-model", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "nearlabel-precision-"));
const open: Model[] = [];

afterAll(async () => {
  for (const model of open) await model.close();
  rmSync(work, { recursive: true, force: true });
});

/** A folder of the tiny model with weights of these endings; "" is fp32. */
function folder(...endings: string[]): string {
  const target = mkdtempSync(join(work, "model-"));
  mkdirSync(join(target, "onnx"));
  for (const name of ["config.json", "preprocessor_config.json", "tokenizer.json"]) {
    cpSync(join(tiny, name), join(target, name));
  }
  for (const ending of endings) {
    for (const tower of ["text", "vision"]) {
      const source = join(tiny, "graphs", `${tower}${ending}.onnx`);
      cpSync(source, join(target, "onnx", `${tower}_model${ending}.onnx`));
    }
  }
  return target;
}

async function load(id: string, options: LoadOptions = {}) {
  const notices: Notice[] = [];
  const model = await loadModel(id, { ...options, onNotice: (notice) => notices.push(notice) });
  open.push(model);
  return { model, notices };
}

const pictures = [40, 120, 250].map((level) => ({
  data: Uint8Array.from({ length: 8 * 8 * 3 }, (_, index) => (index % 3 === 0 ? level : 255 - level / 2)),
  width: 8,
  height: 8,
  channels: 3 as const,
}));

async function embeddings(model: Model): Promise<Float32Array[]> {
  const texts = vectorsOf(await model.embedTexts(["a cat", "two dogs"]));
  return [...texts, ...vectorsOf(await model.embedImages(pictures))];
}

describe("half precision", () => {
  test("goes from bits to numbers and back without loss", () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = float16Value(bits);
      if (Number.isNaN(value)) expect(float16Value(float16Bits(value))).toBeNaN();
      else expect(float16Bits(value)).toBe(bits);
    }
  });

  test("takes the nearest, even where two are as near, and infinity over the largest", () => {
    for (let bits = 0; bits < 0x7bff; bits++) {
      const middle = (float16Value(bits) + float16Value(bits + 1)) / 2;
      expect(float16Bits(middle)).toBe(bits + (bits % 2));
    }
    expect([65504, 65519.99, 65520, -1e9].map((value) => float16Value(float16Bits(value)))).toEqual([
      65504,
      65504,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
    const float = fc.float({ min: Math.fround(-65504), max: Math.fround(65504), noNaN: true });
    fc.assert(
      fc.property(float, (value) => {
        const error = Math.abs(float16Value(float16Bits(value)) - value);
        expect(error).toBeLessThanOrEqual(Math.max(Math.abs(value) * 2 ** -11, 2 ** -25));
      }),
    );
  });
});

describe("dtype", () => {
  test.each([
    ["fp16", "_fp16", 0.99999],
    ["q8", "_quantized", 0.99],
  ] as const)("%s gives nearly the embeddings of fp32", async (dtype, ending, bar) => {
    const target = folder("", ending);
    const exact = await embeddings((await load(target)).model);
    const { model, notices } = await load(target, { dtype });
    const others = await embeddings(model);
    expect(others).toHaveLength(5);
    for (const [index, other] of others.entries()) expect(dot(other, exact[index]!)).toBeGreaterThan(bar);
    expect(others).not.toEqual(exact);
    expect(model.dtype).toBe(dtype);
    expect(notices).toEqual([]);
  });

  test.each([
    [["", "_fp16", "_quantized"], "fp32"],
    [["", "_fp16"], "fp32"],
    [["_fp16", "_quantized"], "fp16"],
    [["_quantized"], "q8"],
  ])("auto, of %j, takes %s and says so", async (endings, dtype) => {
    const { model, notices } = await load(folder(...endings), { dtype: "auto" });
    expect(model.dtype).toBe(dtype);
    expect(notices).toMatchObject([{ code: "DTYPE_CHOSEN", message: expect.stringContaining(dtype) }]);
  });

  test("is remembered by a label index, whose classifier loads the same weights", async () => {
    const target = folder("", "_quantized");
    const path = join(work, "index");
    await using model = await loadModel(target, { dtype: "q8" });
    await using index = await buildLabelIndex(path, { labels: ["cat", "dog"], model });
    expect(index.info.dtype).toBe("q8");
    await using classifier = await createClassifier({ index: path });
    expect(classifier.model.identity.dtype).toBe("q8");
    expect((await classifier.classify(pictures)).every(({ error }) => error === undefined)).toBe(true);
    const other = createClassifier({ index: path, load: { dtype: "fp32" } });
    await expect(other).rejects.toMatchObject({ code: "INDEX_MODEL_MISMATCH" });
  });

  test("auto, of nothing, is the error that says what is missing", async () => {
    await expect(load(folder(), { dtype: "auto" })).rejects.toMatchObject({
      code: "MODEL_FILE_MISSING",
      message: expect.stringMatching(/vision_model\.onnx/),
    });
  });
});

describe("device", () => {
  test("has to be one that is known", async () => {
    await expect(load(folder(""), { device: "gpu" as "cpu" })).rejects.toMatchObject({
      code: "OPTION_INVALID",
      message: expect.stringMatching(/cpu, cuda.*"gpu"/),
    });
  });

  test("that this system has not is replaced by the processor, with one notice", async () => {
    const device = process.platform === "darwin" ? "dml" : "coreml";
    const { model, notices } = await load(folder(""), { device });
    const exact = await embeddings((await load(folder(""))).model);
    expect(await embeddings(model)).toEqual(exact);
    expect((await model.networks()).device).toEqual({ vision: "cpu", text: "cpu" });
    expect(notices).toMatchObject([{ code: "DEVICE_FALLBACK", message: expect.stringContaining(device) }]);
  });

  test("does not hide that a network is broken", async () => {
    const target = folder("");
    cpSync(join(target, "config.json"), join(target, "onnx/vision_model.onnx"));
    const { model } = await load(target, { device: "auto" });
    await expect(model.embedImages(pictures)).rejects.toMatchObject({ code: "MODEL_FILE_INVALID" });
  });

  test("auto is the platform's, where ONNX Runtime was built with it", () => {
    expect(automaticDevice("linux", ["cpu", "webgpu", "cuda"])).toBe("cuda");
    expect(automaticDevice("darwin", ["cpu", "coreml", "webgpu"])).toBe("coreml");
    expect(automaticDevice("win32", ["cpu", "dml"])).toBe("dml");
    expect(automaticDevice("linux", ["cpu", "webgpu"])).toBe("cpu");
    expect(automaticDevice("freebsd", ["cpu", "cuda"])).toBe("cpu");
  });
});
