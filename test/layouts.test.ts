import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { loadModel } from "../src/encoder/load.js";
import type { Model } from "../src/encoder/model.js";
import { NearlabelError } from "../src/errors.js";
import type { DecodedImage } from "../src/image/source.js";
import { dot } from "../src/math/vector.js";
import { vectorsOf } from "./embeddings.js";

const families = fileURLToPath(new URL("golden/families/", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "nearlabel-layouts-"));
const open: Model[] = [];

afterAll(async () => {
  for (const model of open) await model.close();
  rmSync(work, { recursive: true, force: true });
});

async function load(folder: string): Promise<Model> {
  const model = await loadModel(folder);
  open.push(model);
  return model;
}

/** A family's folder with parts of other folders laid over it: `{ "onnx": "layouts/fixed-sizes/onnx" }`. */
function folder(name: string, over: Readonly<Record<string, string>> = {}): string {
  const target = mkdtempSync(join(work, "model-"));
  cpSync(join(families, name), target, { recursive: true });
  for (const [path, from] of Object.entries(over)) {
    rmSync(join(target, path), { recursive: true, force: true });
    cpSync(join(families, from), join(target, path), { recursive: true });
  }
  return target;
}

function without(target: string, path: string): string {
  rmSync(join(target, path));
  return target;
}

/** `change` applied to a JSON file of the folder. */
function edited(target: string, path: string, change: object): string {
  const file = join(target, path);
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...change }));
  return target;
}

function cut(target: string, path: string): string {
  const file = join(target, path);
  writeFileSync(file, readFileSync(file).subarray(0, 5000));
  return target;
}

const texts = ["a cat", "the dog is on the mat", "x", "", "a photo of a red car"];
const images = [10, 90, 170, 250].map(
  (level): DecodedImage => ({
    data: Uint8Array.from({ length: 40 * 30 * 3 }, (_, index) => (index * level) & 255),
    width: 40,
    height: 30,
    channels: 3,
  }),
);

async function embeddings(model: Model): Promise<Float32Array[]> {
  return [...vectorsOf(await model.embedTexts(texts)), ...vectorsOf(await model.embedImages(images))];
}

async function expectSame(changed: string, original: string): Promise<void> {
  const expected = await embeddings(await load(join(families, original)));
  for (const [index, embedding] of (await embeddings(await load(changed))).entries()) {
    expect(dot(embedding, expected[index]!)).toBeGreaterThan(0.999999);
  }
}

describe("a graph may", () => {
  test("take a fixed number of texts, tokens and pictures", () =>
    expectSame(folder("jina-clip-v1", { onnx: "layouts/fixed-sizes/onnx" }), "jina-clip-v1"));

  test("keep its weights in a file beside it, which counts for the fingerprint", async () => {
    const target = folder("jina-clip-v1", { onnx: "layouts/external-data/onnx" });
    await expectSame(target, "jina-clip-v1");
    const before = await (await load(target)).identity.fingerprint();
    const data = join(target, "onnx/text_model.onnx_data");
    writeFileSync(data, readFileSync(data).fill(1, 0, 4));
    expect(await (await load(target)).identity.fingerprint()).not.toBe(before);
  });

  test("hold both towers, of which either is run with a stand-in for the other", () =>
    expectSame(
      without(without(folder("siglip"), "onnx/text_model.onnx"), "onnx/vision_model.onnx"),
      "siglip",
    ));

  test("refuse texts that are short without saying so", async () => {
    const model = await load(join(families, "mobileclip"));
    const { length } = model.tokenize(texts);
    expect(length).toBeLessThan(77);
    const first = await model.embedTexts(texts);
    expect(await model.embedTexts(texts)).toEqual(first);
    await expectSame(edited(folder("mobileclip"), "config.json", { model_type: "mobileclip" }), "mobileclip");
  });
});

describe("logit scale and bias come", () => {
  test("from config.json, before all else", async () => {
    const written = edited(folder("siglip"), "config.json", { logit_scale: 30, logit_bias: -1 });
    expect(await load(written)).toMatchObject({ scoring: { logitScale: 30, logitBias: -1 } });
  });

  test("from the graph with both towers beside separate ones, for sigmoids", async () => {
    const model = await load(join(families, "siglip"));
    expect(model.scoring.logitScale).toBeCloseTo(20, 3);
    expect(model.scoring.logitBias).toBeCloseTo(-3.5, 3);
  });

  test("from the published model of the family, else", async () => {
    const model = await load(without(folder("siglip"), "onnx/model.onnx"));
    expect(model).toMatchObject({ scoring: { logitScale: 117.330765, logitBias: -12.932437 } });
    const clip = await load(edited(folder("clip"), "config.json", { logit_scale: undefined }));
    expect(clip).toMatchObject({ scoring: { logitScale: 100, logitBias: 0 } });
  });

  test("from the config.json of open_clip, where someone wrote them", async () => {
    const written = { logit_scale: 112.33, logit_bias: -16.5 };
    const model = await load(edited(folder("open-clip-siglip"), "config.json", written));
    expect(model).toMatchObject({
      scoring: { logitScale: 112.33, logitBias: -16.5, scoreFunction: "sigmoid" },
    });
  });
});

describe("texts are padded", () => {
  test("on the side that the tokenizer's configuration names", async () => {
    const left = await load(edited(folder("siglip2"), "tokenizer_config.json", { padding_side: "left" }));
    const right = await load(join(families, "siglip2"));
    const count = right.tokenize(["a cat"]).attentionMask.reduce((sum, kept) => sum + kept, 0);
    expect([...left.tokenize(["a cat"]).ids.subarray(64 - count)]).toEqual([
      ...right.tokenize(["a cat"]).ids.subarray(0, count),
    ]);
  });
});

describe("a model that cannot be used is told by name", () => {
  const cases: { name: string; make: () => string; code: string; says: RegExp }[] = [
    {
      name: "SigLIP 2 of the NaFlex variant",
      make: () => folder("siglip2", { "config.json": "siglip2-naflex/config.json" }),
      code: "MODEL_UNSUPPORTED",
      says: /NaFlex.*patches/,
    },
    {
      name: "open_clip without its text tower",
      make: () => without(folder("open-clip-resnet"), "textual/model.onnx"),
      code: "MODEL_FILE_MISSING",
      says: /textual.model\.onnx missing.*visual\/preprocess_cfg\.json/,
    },
    {
      name: "open_clip without its preprocessing",
      make: () => without(folder("open-clip-resnet"), "visual/preprocess_cfg.json"),
      code: "MODEL_FILE_MISSING",
      says: /preprocess_cfg\.json is missing/,
    },
    {
      name: "open_clip with the configuration of transformers",
      make: () => folder("open-clip-resnet", { "config.json": "clip/config.json" }),
      code: "MODEL_UNSUPPORTED",
      says: /embed_dim, vision_cfg and text_cfg, got model_type/,
    },
    {
      name: "transformers.js with the configuration of open_clip",
      make: () => folder("clip", { "config.json": "open-clip-resnet/config.json" }),
      code: "MODEL_UNSUPPORTED",
      says: /model_type to be one of clip, .*siglip, got undefined/,
    },
    {
      name: "the configuration of another family",
      make: () => folder("siglip2", { "config.json": "clip/config.json" }),
      code: "MODEL_UNSUPPORTED",
      says: /output text_embeds, got pooler_output/,
    },
    {
      name: "a tokenizer with more tokens than config.json has",
      make: () => folder("altclip", { "tokenizer.json": "clip/tokenizer.json" }),
      code: "MODEL_FILE_INVALID",
      says: /tokenizer\.json has \d+ tokens, .*embeddings for \d+: the tokenizer belongs to another model/,
    },
    {
      name: "a tokenizer with more tokens than the network has",
      make: () => folder("jina-clip-v1", { "tokenizer.json": "clip/tokenizer.json" }),
      code: "MODEL_FILE_INVALID",
      says: /no embedding for a token.*tokenizer\.json seems to belong to another model/,
    },
    {
      name: "a network that was cut short",
      make: () => cut(folder("open-clip-siglip"), "visual/model.onnx"),
      code: "MODEL_FILE_INVALID",
      says: /visual.model\.onnx cannot be opened/,
    },
    {
      name: "weights that are not beside their network",
      make: () =>
        without(folder("jina-clip-v1", { onnx: "layouts/external-data/onnx" }), "onnx/text_model.onnx_data"),
      code: "MODEL_FILE_INVALID",
      says: /text_model\.onnx cannot be opened/,
    },
    {
      name: "pixels that no network makes sense of",
      make: () =>
        edited(folder("open-clip-resnet"), "visual/preprocess_cfg.json", { std: [1e-38, 1e-38, 1e-38] }),
      code: "VECTOR_INVALID",
      says: /picture 0 an embedding that is zero or not finite/,
    },
    {
      name: "a way to resize that open_clip does not have",
      make: () => edited(folder("open-clip-resnet"), "visual/preprocess_cfg.json", { resize_mode: "widest" }),
      code: "MODEL_FILE_INVALID",
      says: /resize_mode.*"shortest", "longest" or "squash".*"widest"/,
    },
  ];

  test.each(cases)("$name: $code", async ({ make, code, says }) => {
    const error = await useAll(make()).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(NearlabelError);
    expect((error as NearlabelError).message).toMatch(says);
    expect((error as NearlabelError).code).toBe(code);
  });

  async function useAll(target: string): Promise<void> {
    await embeddings(await load(target));
  }
});
