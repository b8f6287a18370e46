import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { createClassifier } from "../src/classify/classifier.js";
import { allEmbeddings } from "../src/encoder/embedding-batch.js";
import type { Notice } from "../src/encoder/encoder.js";
import { type LoadOptions, loadModel } from "../src/encoder/load.js";
import type { Model } from "../src/encoder/model.js";
import { NearlabelError } from "../src/errors.js";
import { imageFile } from "../src/image/image-file.js";
import type { DecodedImage } from "../src/image/source.js";
import { type Matrix, normaliseRows, row } from "../src/math/matrix.js";
import { dot, norm } from "../src/math/vector.js";
import { listModels } from "../src/model/files/catalog.js";
import { embeddedOf, vectorsOf } from "./embeddings.js";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const golden = JSON.parse(readFileSync(path("golden/embeddings.json"), "utf8"));
const tiny = path("golden/tiny-model");
const work = mkdtempSync(join(tmpdir(), "nearlabel-model-"));
const open: Model[] = [];

afterAll(async () => {
  for (const model of open) await model.close();
  rmSync(work, { recursive: true, force: true });
});

/** Loads a model that is closed after the tests. */
async function load(id?: string, options?: LoadOptions): Promise<Model> {
  const model = await loadModel(id, options);
  open.push(model);
  return model;
}

/** A model folder of the tiny model's parts: `{ "onnx/text_model.onnx": "text" }`, and `config` over its own. */
function folder(graphs: Record<string, string>, config: object = {}): string {
  const target = mkdtempSync(join(work, "model-"));
  mkdirSync(join(target, "onnx"));
  for (const name of ["preprocessor_config.json", "tokenizer.json"])
    cpSync(join(tiny, name), join(target, name));
  const own = JSON.parse(readFileSync(join(tiny, "config.json"), "utf8"));
  writeFileSync(join(target, "config.json"), JSON.stringify({ ...own, ...config }));
  for (const [name, graph] of Object.entries(graphs)) {
    cpSync(join(tiny, "graphs", `${graph}.onnx`), join(target, "onnx", `${name}.onnx`));
  }
  return target;
}

const separate = { text_model: "text", vision_model: "vision" };

/** The error that `promise` rejects with. */
async function errorOf(promise: Promise<unknown>): Promise<NearlabelError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(NearlabelError);
  return error as NearlabelError;
}

/** The formula of test/golden/make_embeddings.py. */
function picture(width: number, height: number, seed: number): DecodedImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const blue = 255 - Math.floor((x * x + y * y) / (8 + seed));
      const pixel = [x * (3 + seed) + y * 5, Math.floor((x * y) / (seed + 2)) + 40 * seed, blue];
      data.set(
        pixel.map((value) => value & 255),
        (y * width + x) * 3,
      );
    }
  }
  return { data, width, height, channels: 3 };
}

function plain(level: number): DecodedImage {
  return { data: new Uint8Array(8 * 8 * 3).fill(level), width: 8, height: 8, channels: 3 };
}

function matrix({ shape, base64 }: { shape: [number, number]; base64: string }): Matrix {
  const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
  return { data: new Float32Array(bytes.buffer), rows: shape[0], columns: shape[1] };
}

describe("the built-in model", async () => {
  const notices: Notice[] = [];
  const mini = await load(undefined, { onNotice: (notice) => notices.push(notice) });

  test("is known by its configuration", () => {
    expect(mini).toMatchObject({
      identity: {
        id: "mini",
        pictures: expect.stringMatching(
          /^upright exact, pixels 1, sharp [\d.]+, onnxruntime-node [\d.]+ cpu$/,
        ),
      },
      dimension: 256,
      scoring: { logitScale: 25, logitBias: 0, scoreFunction: "softmax" },
      contextLength: 32,
      imageSize: { width: 224, height: 224 },
    });
  });

  test("gives Python's text embeddings", async () => {
    const embeddings = allEmbeddings(await mini.embedTexts(golden.texts));
    const expected = matrix(golden.textEmbeddings);
    expect([embeddings.rows, embeddings.columns]).toEqual([expected.rows, expected.columns]);
    for (let r = 0; r < expected.rows; r++) {
      expect(norm(row(embeddings, r))).toBeCloseTo(1, 6);
      expect(dot(row(embeddings, r), row(expected, r))).toBeGreaterThan(0.999999);
    }
  });

  test("gives Python's image embeddings", async () => {
    const sizes: [number, number][] = golden.imageSizes;
    const images = sizes.map(([width, height], seed) => picture(width, height, seed));
    const expected = matrix(golden.imageEmbeddings);
    for (const [index, embedding] of vectorsOf(await mini.embedImages(images)).entries()) {
      expect(norm(embedding)).toBeCloseTo(1, 6);
      expect(dot(embedding, row(expected, index))).toBeGreaterThan(0.999999);
    }
  });

  test("gives each step on its own", async () => {
    const texts = ["a photo of a cat", "a dog"];
    const unit = normaliseRows(await mini.encodeTokens(mini.tokenize(texts)));
    expect(unit).toEqual(allEmbeddings(await mini.embedTexts(texts)));
    const pixels = await mini.preprocess([plain(128)]);
    expect(pixels.data.length).toBe(3 * 224 * 224);
    const [embedding] = vectorsOf(await mini.embedImages([plain(128)]));
    expect(row(normaliseRows(await mini.encodePixels(pixels)), 0)).toEqual(embedding);
    expect(mini.tokenText(mini.tokenize(["photo"]).ids[1]!)).toBe("photo");
  });

  test("preprocesses pictures into memory of the caller's own, or tells what is wrong with one", async () => {
    await mini.embedImages([plain(1), plain(2), plain(3)]);
    const [both, alone] = [
      await mini.preprocess([plain(1), plain(255)]),
      await mini.preprocess([plain(255)]),
    ];
    expect(both.pictures).toBe(2);
    expect(both.data.subarray(3 * 224 * 224)).toEqual(alone.data);
    expect(alone.data.buffer.byteLength).toBe(alone.data.byteLength);
    expect(await mini.preprocess([])).toEqual({ data: new Float32Array(0), pictures: 0 });
    await expect(
      mini.preprocess([plain(1), imageFile("no-such.png"), imageFile("nor-this.png")]),
    ).rejects.toMatchObject({
      code: "IMAGE_NOT_FOUND",
      message: expect.stringContaining("no-such.png"),
    });
    const short = { data: both.data.subarray(1), pictures: 2 };
    await expect(mini.encodePixels(short)).rejects.toThrow(
      "Expected 2 pictures of 3 x 224 x 224, 301056 numbers, got 301055",
    );
  });

  test("says what it expected where one thing is given in place of many", async () => {
    const wrong = "photo.jpg" as never;
    await expect(mini.preprocess(wrong)).rejects.toThrow("Expected an array of pictures, got string");
    await expect(mini.embedImages(wrong)).rejects.toThrow("Expected an array of pictures, got string");
    await expect(mini.embedTexts(wrong)).rejects.toThrow("Expected an array of texts, got string");
    await expect(mini.encodePixels([new Float32Array(3)] as never)).rejects.toThrow(
      "Expected pixels as preprocess gives them",
    );
  });

  test("keeps the order of texts of many lengths, over several batches", async () => {
    const texts = Array.from(
      { length: 150 },
      (_, index) => `${"very ".repeat((index * 7) % 23)}red cat ${index}`,
    );
    const done: number[] = [];
    const all = allEmbeddings(await mini.embedTexts(texts, { onProgress: (count) => done.push(count) }));
    expect(done).toEqual([64, 128, 150]);
    for (const index of [0, 77, 149]) {
      const [alone] = vectorsOf(await mini.embedTexts([texts[index]!]));
      expect(dot(row(all, index), alone!)).toBeGreaterThan(0.999999);
    }
  });

  test("says which text was cut", async () => {
    await mini.embedTexts(["short", `cat ${"word ".repeat(200)}`]);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatchObject({ code: "TEXT_TRUNCATED" });
    expect(notices[0]!.message).toMatch(/32 tokens.*"cat word word/);
  });

  test("says which texts are in letters that it cannot know", async () => {
    notices.length = 0;
    await mini.embedTexts([
      "a photo of a café",
      "un château à Besançon",
      "a naïve Ωmega™ — 50 °C",
      "smörgåsbord",
    ]);
    expect(notices).toEqual([]);
    await mini.embedTexts([
      "a photo of a cat",
      "a photo of a 猫",
      "собака",
      "كلب",
      `a ${"犬".repeat(60)}`,
      "🐕",
    ]);
    const unreadable = notices.filter(({ code }) => code === "TEXT_UNREADABLE");
    expect(unreadable).toHaveLength(1);
    expect(unreadable[0]!.message).toMatch(/"a photo of a 猫" and 4 more/);
  });

  test("embeds nothing when given nothing", async () => {
    const none = { data: new Float32Array(0), rows: 0, columns: 256 };
    expect((await mini.embedTexts([])).embeddings).toEqual(none);
    expect((await mini.embedImages([])).embeddings).toEqual(none);
  });

  test("refuses a text that is not one", async () => {
    await expect(mini.embedTexts(["a", 1 as unknown as string])).rejects.toThrow(/texts\[1\] to be a string/);
  });

  test("stops between batches with the signal's reason", async () => {
    const reason = new Error("enough");
    const stop = new AbortController();
    const images = Array.from({ length: 40 }, () => plain(10));
    const running = mini.embedImages(images, { signal: stop.signal, onProgress: () => stop.abort(reason) });
    await expect(running).rejects.toBe(reason);
    await expect(mini.embedTexts(["a"], { signal: stop.signal })).rejects.toBe(reason);
  });

  test("is listed with its true size", async () => {
    const [summary] = listModels();
    const files = ["config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json"];
    const graphs = ["onnx/text_model.onnx", "onnx/vision_model.onnx"];
    const sizes = [...files, ...graphs].map((name) => statSync(path(`../models/mini/${name}`)).size);
    expect(summary).toMatchObject({ id: "mini", dimension: mini.dimension, imageSize: mini.imageSize.width });
    expect(summary?.bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
  });
});

describe("a model folder", () => {
  const texts = ["a cat", "the dog is on the mat", "x"];
  const images = [plain(20), picture(30, 20, 1)];

  async function embeddings(model: Model): Promise<Float32Array[]> {
    return [...vectorsOf(await model.embedTexts(texts)), ...vectorsOf(await model.embedImages(images))];
  }

  test("may hold separate towers or one graph with both: the same embeddings", async () => {
    const apart = await embeddings(await load(folder(separate)));
    const together = await embeddings(await load(folder({ model: "both" })));
    for (const [index, embedding] of apart.entries()) {
      expect(dot(embedding, together[index]!)).toBeGreaterThan(0.999999);
    }
  });

  test("prefers separate towers", async () => {
    const model = await load(folder({ ...separate, model: "both" }));
    expect(model.scoring.logitScale).toBe(100);
  });

  test("has the logit scale of its configuration, else of its one graph, else of its family", async () => {
    const start = { logit_scale_init_value: 2.6592 };
    expect((await load(folder({ model: "both" }, { ...start, logit_scale: 20 }))).scoring.logitScale).toBe(
      20,
    );
    expect((await load(folder({ model: "both" }, start))).scoring.logitScale).toBe(37.5);
    expect((await load(folder({ model: "both_without_logits" }, start))).scoring.logitScale).toBe(100);
    expect((await load(folder(separate, start))).scoring.logitScale).toBe(100);
  });

  test("may have 32-bit ids and float16 outputs, under the name of a dtype", async () => {
    const halves = { text_model_fp16: "text_int32_float16", vision_model_fp16: "vision_float16" };
    const model = folder({ ...separate, ...halves });
    const exact = await embeddings(await load(model));
    for (const [index, embedding] of (await embeddings(await load(model, { dtype: "fp16" }))).entries()) {
      const cosine = dot(embedding, exact[index]!);
      expect(cosine).toBeGreaterThan(0.99999);
      expect(embedding).not.toEqual(exact[index]);
    }
  });

  test("may leave the length of its embeddings to the network", async () => {
    expect((await load(folder(separate, { projection_dim: undefined }))).dimension).toBe(4);
  });

  test("needs no text tower to embed pictures, and no vision tower to embed texts", async () => {
    const target = folder(separate);
    for (const name of ["text_model", "vision_model"])
      writeFileSync(join(target, "onnx", `${name}.onnx`), "broken");
    cpSync(join(tiny, "graphs/vision.onnx"), join(target, "onnx/vision_model.onnx"));
    const model = await load(target);
    expect(vectorsOf(await model.embedImages(images))).toHaveLength(2);
    expect((await errorOf(model.embedTexts(texts))).code).toBe("MODEL_FILE_INVALID");
    cpSync(join(tiny, "graphs/text.onnx"), join(target, "onnx/text_model.onnx"));
    expect(vectorsOf(await model.embedTexts(texts))).toHaveLength(3);
  });

  test("has a fingerprint of its contents alone", async () => {
    const first = folder(separate);
    const second = folder({ ...separate, model: "both", text_model_fp16: "text_int32_float16" });
    utimesSync(join(second, "config.json"), 0, 0);
    const prints = [first, second].map(async (target) => (await load(target)).identity.fingerprint());
    expect(await prints[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await prints[1]).toBe(await prints[0]);
    const others = [
      folder(separate, { logit_scale: 5 }),
      folder({ ...separate, text_model: "text_nan" }),
      "mini",
    ];
    for (const other of others)
      expect(await (await load(other)).identity.fingerprint()).not.toBe(await prints[0]);
  });

  test("gives an error in the place of a picture that cannot be read or embedded", async () => {
    const model = await load(folder({ ...separate, vision_model: "vision_nan" }), { batchSize: 2 });
    const results = embeddedOf(
      await model.embedImages([plain(250), imageFile(join(work, "none.png")), plain(1), plain(200)]),
    );
    expect(results.map((result) => (result instanceof NearlabelError ? result.code : result.length))).toEqual(
      [4, "IMAGE_NOT_FOUND", "VECTOR_INVALID", 4],
    );
    expect((results[2] as NearlabelError).message).toContain("picture 2");
  });

  test("names the text that has no embedding", async () => {
    const model = await load(folder({ ...separate, text_model: "text_nan" }));
    const { errors } = await model.embedTexts(["some text"]);
    expect(errors.get(0)).toMatchObject({
      code: "VECTOR_INVALID",
      message: expect.stringContaining('"some text"'),
    });
  });

  test("opens a text tower that was released again at the next text", async () => {
    const target = folder(separate);
    const model = await load(target);
    const before = await model.embedTexts(["a"]);
    await model.releaseTextTower();
    await model.releaseTextTower();
    expect(await model.embedTexts(["a"])).toEqual(before);
    await model.releaseTextTower();
    writeFileSync(join(target, "onnx/text_model.onnx"), "none");
    expect((await errorOf(model.embedTexts(["a"]))).code).toBe("MODEL_FILE_INVALID");
  });

  test("keeps a network that has both towers where the text tower is released", async () => {
    const target = folder({ model: "both" });
    const model = await load(target);
    const before = await model.embedTexts(["a"]);
    await model.releaseTextTower();
    writeFileSync(join(target, "onnx/model.onnx"), "none");
    expect(await model.embedTexts(["a"])).toEqual(before);
  });

  test("has its text tower released once a classifier has loaded it and encoded the labels", async () => {
    const target = folder(separate);
    await using classifier = await createClassifier({ labels: ["a", "b"], model: target });
    writeFileSync(join(target, "onnx/text_model.onnx"), "none");
    expect((await errorOf(classifier.model.embedTexts(["a"]))).code).toBe("MODEL_FILE_INVALID");
    expect(await classifier.classify([plain(3)])).toMatchObject([{ predictions: [{}, {}] }]);
  });

  test("cannot be used after it was closed", async () => {
    const model = await loadModel(folder(separate));
    await model.embedTexts(["a"]);
    await model.close();
    await model.close();
    expect((await errorOf(model.embedTexts(["a"]))).code).toBe("MODEL_CLOSED");
    expect((await errorOf(model.embedImages([plain(3)]))).code).toBe("MODEL_CLOSED");
  });

  test("says that it was closed to what still waits for its networks", async () => {
    const model = await loadModel(folder(separate));
    const pixels = await model.preprocess([plain(3)]);
    const tokens = model.tokenize(["a"]);
    const [first, ...waiting] = [
      model.encodePixels(pixels),
      ...[1, 2].flatMap(() => [model.encodePixels(pixels), model.encodeTokens(tokens)]),
    ].map((run) =>
      run.then(
        () => "done",
        ({ code, message }) => `${code} ${message}`,
      ),
    );
    expect(await first).toBe("done");
    await model.close();
    for (const outcome of await Promise.all(waiting)) {
      expect(outcome).toMatch(/^MODEL_CLOSED The model ".*" was closed: load it again to use it\.$/);
    }
  });

  test("says that its text tower was released to texts that still wait for it", async () => {
    await using model = await loadModel(folder(separate));
    const tokens = model.tokenize(["a"]);
    const [first, second] = [model.encodeTokens(tokens), model.encodeTokens(tokens)];
    const refused = errorOf(second);
    await first;
    await model.releaseTextTower();
    expect((await refused).code).toBe("MODEL_CLOSED");
    expect((await model.encodeTokens(tokens)).rows).toBe(1);
  });
});

describe("a model that cannot be used is told by name", () => {
  const cases: { name: string; make: () => string; options?: LoadOptions; code: string; says: RegExp }[] = [
    {
      name: "no folder",
      make: () => join(work, "none"),
      code: "MODEL_NOT_FOUND",
      says: /"mini".*model folder.*none is not there/,
    },
    { name: "a file", make: () => path("model.test.ts"), code: "MODEL_NOT_FOUND", says: /is a file/ },
    {
      name: "an empty folder",
      make: () => mkdtempSync(join(work, "empty-")),
      code: "MODEL_FILE_MISSING",
      says: /vision_model\.onnx and .*text_model\.onnx missing/,
    },
    {
      name: "one tower",
      make: () => folder({ vision_model: "vision" }),
      code: "MODEL_FILE_MISSING",
      says: /onnx.text_model\.onnx missing/,
    },
    {
      name: "another dtype",
      make: () => folder({ text_model_q4: "text", vision_model_q4: "vision", model_quantized: "both" }),
      code: "MODEL_FILE_MISSING",
      says: /no weights of dtype fp32.*it has q8, quantized, q4/,
    },
    {
      name: "no such dtype",
      make: () => folder(separate),
      options: { dtype: "fp8" as "fp16" },
      code: "OPTION_INVALID",
      says: /dtype.*fp32, fp16.*"fp8"/,
    },
    ...[
      ["threads", -1, "from 0 to 1024, got -1"],
      ["threads", 100_000, "from 0 to 1024, got 100000"],
      ["workers", Number.NaN, "from 0 to 1024, got NaN"],
      ["workers", "2", 'from 0 to 1024, got "2"'],
      ["batchSize", 0, "from 1 up, got 0"],
      ["batchSize", Number.POSITIVE_INFINITY, "from 1 up, got Infinity"],
      ["towers", "text", '"both" or "vision", got text'],
    ].map(([option, value, says]) => ({
      name: `${option} ${value}`,
      make: () => folder(separate),
      options: { [`${option}`]: value } as LoadOptions,
      code: "OPTION_INVALID",
      says: new RegExp(`Expected ${option} to be .*${says}`),
    })),
    {
      name: "no tokenizer",
      make: () => without("tokenizer.json"),
      code: "MODEL_FILE_MISSING",
      says: /tokenizer\.json is missing/,
    },
    {
      name: "no configuration",
      make: () => without("config.json"),
      code: "MODEL_FILE_MISSING",
      says: /config\.json is missing/,
    },
    {
      name: "configuration that is not JSON",
      make: () => withFile("config.json", "{ no"),
      code: "MODEL_FILE_INVALID",
      says: /config\.json, line 1: not valid JSON/,
    },
    {
      name: "configuration that is a list",
      make: () => withFile("config.json", "[]"),
      code: "MODEL_FILE_INVALID",
      says: /config\.json: expected a JSON object, got an array/,
    },
    {
      name: "another kind of model",
      make: () => folder(separate, { model_type: "bert" }),
      code: "MODEL_UNSUPPORTED",
      says: /model_type.*clip.*"bert"/,
    },
    {
      name: "a logit scale that is none",
      make: () => folder(separate, { logit_scale: -1 }),
      code: "MODEL_FILE_INVALID",
      says: /logit_scale.*above 0.*-1/,
    },
    {
      name: "other dimension",
      make: () => folder(separate, { projection_dim: 5 }),
      code: "MODEL_SHAPE",
      says: /_embeds of 1 x 5, got 1 x 4/,
    },
    {
      name: "three dimensions",
      make: () => folder({ ...separate, vision_model: "vision_3d" }),
      code: "MODEL_SHAPE",
      says: /image_embeds of 1 x 4, got 1 x 1 x 4/,
    },
    {
      name: "no projection",
      make: () => folder({ ...separate, vision_model: "vision_unprojected" }),
      code: "MODEL_UNSUPPORTED",
      says: /output image_embeds, got pooler_output/,
    },
    {
      name: "unknown input",
      make: () => folder({ ...separate, text_model: "text_unknown_input" }),
      code: "MODEL_UNSUPPORTED",
      says: /asks for decoder_mask/,
    },
    {
      name: "ids that are not whole",
      make: () => folder({ ...separate, text_model: "text_float_ids" }),
      code: "MODEL_UNSUPPORTED",
      says: /input_ids to take int64 or int32, but it takes float32/,
    },
    {
      name: "truncated weights",
      make: truncated,
      code: "MODEL_FILE_INVALID",
      says: /text_model\.onnx cannot be opened/,
    },
    ...[
      ["config.json", "projection_dim", 4.5, "a whole number above 0, got 4.5"],
      ["config.json", "projection_dim", 2 ** 53 - 1, "a whole number from 1 to 65536, got 9007199254740991"],
      ["config.json", "text_config", [], "an object, got \\[\\]"],
      ["config.json", "logit_bias", "-10", 'a number, got "-10"'],
      ["tokenizer_config.json", "model_max_length", "16", 'a number, got "16"'],
      ["tokenizer_config.json", "padding_side", "both", '"left" or "right", got "both"'],
    ].map(([file, field, value, says]) => ({
      name: `${field} ${value}`,
      make: () =>
        file === "config.json"
          ? folder(separate, { [`${field}`]: value })
          : withFile(`${file}`, JSON.stringify({ [`${field}`]: value })),
      code: "MODEL_FILE_INVALID",
      says: new RegExp(`${file}: expected ${field} to be ${says}`),
    })),
    {
      name: "tokenizer that is none",
      make: () => withFile("tokenizer.json", '{"model":{}}'),
      code: "MODEL_FILE_INVALID",
      says: /tokenizer\.json is not a tokenizer/,
    },
    {
      name: "pictures of another size",
      make: () => withFile("preprocessor_config.json", otherSize()),
      code: "MODEL_SHAPE",
      says: /did not run on pixel_values 1 x 3 x 16 x 16/,
    },
  ];

  test.each(cases)("$name: $code", async ({ make, options, code, says }) => {
    const error = await errorOf(useAll(make(), options));
    expect(error.message).toMatch(says);
    expect(error.code).toBe(code);
  });

  /** Loads, embeds a text and a picture. */
  async function useAll(target: string, options?: LoadOptions): Promise<void> {
    const model = await load(target, options);
    await model.embedTexts(["a"]);
    await model.embedImages([plain(99)]);
  }

  function without(name: string): string {
    const target = folder(separate);
    rmSync(join(target, name));
    return target;
  }

  function withFile(name: string, content: string | Uint8Array): string {
    const target = folder(separate);
    mkdirSync(dirname(join(target, name)), { recursive: true });
    writeFileSync(join(target, name), content);
    return target;
  }

  function truncated(): string {
    return withFile("onnx/text_model.onnx", readFileSync(join(tiny, "graphs/text.onnx")).subarray(0, 5000));
  }

  function otherSize(): string {
    const own = JSON.parse(readFileSync(join(tiny, "preprocessor_config.json"), "utf8"));
    const size = { crop_size: { height: 16, width: 16 }, size: { shortest_edge: 16 } };
    return JSON.stringify({ ...own, ...size });
  }
});
