import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { classify } from "../src/classify/classifier.js";
import { allEmbeddings } from "../src/encoder/embedding-batch.js";
import { loadModel } from "../src/encoder/load.js";
import type { Model } from "../src/encoder/model.js";
import { imageFile } from "../src/image/image-file.js";
import type { Preprocessing } from "../src/image/preprocess/preprocessing.js";
import { row } from "../src/math/matrix.js";
import { sigmoid, softmax } from "../src/math/softmax.js";
import { dot } from "../src/math/vector.js";
import { vectorsOf } from "./embeddings.js";

/** What test/golden/make_families.py writes. */
interface Golden {
  readonly logitScale: number;
  readonly logitBias: number;
  readonly scoreFunction: "softmax" | "sigmoid";
  readonly texts: readonly string[];
  /** Padded. */
  readonly ids: readonly (readonly number[])[];
  readonly pixels: readonly GoldenPixels[];
  readonly textEmbeddings: readonly (readonly number[])[];
  readonly imageEmbeddings: readonly (readonly number[])[];
  readonly logits: readonly (readonly number[])[];
  readonly scores: readonly (readonly number[])[];
  readonly labels?: readonly string[];
  readonly pipeline?: readonly { picture: string; ranking: readonly [string, number][] }[];
  readonly ways?: readonly { preprocess: object; pixels: readonly GoldenPixels[] }[];
}

interface GoldenPixels {
  readonly picture: string;
  /** SHA-256 of the 8-bit picture before scaling, height x width x 3. */
  readonly levels: string;
  /** The first three numbers that the network is given. */
  readonly first: readonly number[];
}

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const folderOf = (name: string) => path(`golden/families/${name}`);
const picture = (name: string) => path(`golden/pixels/${name}`);
const goldenOf = (name: string): Golden => JSON.parse(readFileSync(`${folderOf(name)}.json`, "utf8"));

const open: Model[] = [];
const work = mkdtempSync(join(tmpdir(), "nearlabel-families-"));

afterAll(async () => {
  for (const model of open) await model.close();
  rmSync(work, { recursive: true, force: true });
});

async function load(folder: string): Promise<Model> {
  const model = await loadModel(folder);
  open.push(model);
  return model;
}

/** A copy of a family's folder with another content of one of its JSON files. */
function changed(name: string, file: string, content: object): string {
  const folder = mkdtempSync(join(work, `${name}-`));
  cpSync(folderOf(name), folder, { recursive: true });
  writeFileSync(join(folder, file), JSON.stringify(content));
  return folder;
}

/** Undoes normalising and scaling: what the picture was in 8 bits, height x width x 3. */
function levelsOf(values: Float32Array, { rescaleFactor = 1, normalisation }: Preprocessing): Uint8Array {
  const plane = values.length / 3;
  return Uint8Array.from(values, (_, index) => {
    const channel = index % 3;
    const value = values[channel * plane + Math.floor(index / 3)]!;
    const { mean = [0, 0, 0], std = [1, 1, 1] } = normalisation ?? {};
    return Math.round((value * std[channel]! + mean[channel]!) / rescaleFactor);
  });
}

async function expectPixels(model: Model, golden: readonly GoldenPixels[]): Promise<void> {
  for (const { picture: name, levels, first } of golden) {
    const { data: values } = await model.preprocess([imageFile(picture(name))]);
    const hash = createHash("sha256").update(levelsOf(values, model.preprocessing)).digest("hex");
    expect(hash, name).toBe(levels);
    const { length } = values;
    for (const [index, value] of first.entries())
      expect(values[index], `${name} of ${length}`).toBeCloseTo(value, 5);
  }
}

function rowsOf(model: Model, texts: readonly string[]): number[][] {
  const { ids, length } = model.tokenize(texts);
  return texts.map((_, index) => [...ids.subarray(index * length, (index + 1) * length)]);
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

const families = [
  "clip",
  "siglip",
  "siglip2",
  "chinese-clip",
  "altclip",
  "metaclip2",
  "mobileclip",
  "jina-clip-v1",
  "jina-clip-v2",
  "open-clip-resnet",
  "open-clip-mobileclip2",
  "open-clip-siglip",
];

describe.each(families)("%s", async (name) => {
  const golden = goldenOf(name);
  const model = await load(folderOf(name));

  test("knows how it makes scores", () => {
    expect(model.scoring.scoreFunction).toBe(golden.scoreFunction);
    expect(model.scoring.logitScale).toBeCloseTo(golden.logitScale, 3);
    expect(model.scoring.logitBias).toBeCloseTo(golden.logitBias, 3);
  });

  test("makes the reference's pixels", () => expectPixels(model, golden.pixels));

  test("makes the reference's token ids, padding included", () => {
    // An export of MobileCLIP calls itself CLIP; that it wants full length shows only when it runs.
    const padTo = name === "mobileclip" ? 77 : 0;
    const padId = model.tokenize([""]).padId;
    const ids = rowsOf(model, golden.texts).map((text) => [
      ...text,
      ...new Array(Math.max(0, padTo - text.length)).fill(padId),
    ]);
    expect(ids).toEqual(golden.ids);
  });

  test("makes the reference's embeddings, logits and scores", async () => {
    const texts = allEmbeddings(await model.embedTexts(golden.texts));
    const images = vectorsOf(
      await model.embedImages(golden.pixels.map(({ picture: file }) => imageFile(picture(file)))),
    );
    for (const [index, expected] of golden.textEmbeddings.entries()) {
      expect(cosine(row(texts, index), expected), golden.texts[index]).toBeGreaterThan(0.99999);
    }
    for (const [index, image] of images.entries()) {
      expect(cosine(image, golden.imageEmbeddings[index]!)).toBeGreaterThan(0.99999);
      const cosines = golden.texts.map((_, text) => dot(image, row(texts, text)));
      const logits = cosines.map((value) => model.scoring.logitScale * value + model.scoring.logitBias);
      const scores = (model.scoring.scoreFunction === "softmax" ? softmax : sigmoid)(logits);
      for (const [text, logit] of logits.entries()) {
        expect(Math.abs(logit - golden.logits[index]![text]!)).toBeLessThan(2e-4 * model.scoring.logitScale);
        expect(Math.abs(scores[text]! - golden.scores[index]![text]!)).toBeLessThan(1e-4);
      }
    }
  });

  const { pipeline, labels = [] } = golden;
  if (!pipeline) return;
  test("ranks as the zero-shot pipeline of transformers does", async () => {
    for (const { picture: file, ranking } of pipeline) {
      const templates = ["This is a photo of {}."];
      const [result] = await classify([picture(file)], { labels, templates, model, topK: labels.length });
      const predictions = result?.predictions ?? [];
      expect(predictions.map(({ label }) => label)).toEqual(ranking.map(([label]) => label));
      for (const [index, [, score]] of ranking.entries()) {
        expect(Math.abs(predictions[index]!.score - score)).toBeLessThan(1e-4);
      }
    }
  });
});

test.each(goldenOf("open-clip-resnet").ways ?? [])(
  "open_clip's pixels with $preprocess.resize_mode, $preprocess.size, $preprocess.interpolation",
  async ({ preprocess, pixels }) => {
    await expectPixels(
      await load(changed("open-clip-resnet", "visual/preprocess_cfg.json", preprocess)),
      pixels,
    );
  },
);
