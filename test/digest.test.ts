import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import {
  type Classification,
  createClassifier,
  type DecodedImage,
  type ImageOrPath,
  labelSet,
  loadModel,
} from "../src/index.js";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const goldenFile = path("golden/digest.json");

/** Results of 200 pictures with the built-in model. Written anew with `WRITE_GOLDEN=1 npx vitest run test/digest.test.ts`. */
interface Golden {
  /** SHA-256 of what the towers make of fixed inputs: another processor may give other last bits. */
  readonly towers: string;
  /** SHA-256 of all predictions, every bit of them. */
  readonly predictions: string;
  /** First label of each picture, and its similarity to seven digits. */
  readonly first: readonly (readonly [string, number])[];
}

/** Pictures that are classified as a stream too: whole batches of the network, so that they meet the same company. */
const STREAMED = 48;

const sha256 = (data: string | NodeJS.ArrayBufferView) => createHash("sha256").update(data).digest("hex");

it("classifies 200 pictures to the bit as it always has", async () => {
  await using model = await loadModel("mini");
  const labels = labelSet(readFileSync(path("../samples/labels.txt"), "utf8").trim().split("\n"));
  await using classifier = await createClassifier({ labels, model });
  const pictures = [...samples(), ...seededPictures(176)];

  const results = await classifier.classify(pictures);
  const streamed = [];
  for await (const result of classifier.stream(pictures.slice(0, STREAMED))) streamed.push(result);
  expect(streamed).toEqual(results.slice(0, STREAMED));

  const actual: Golden = {
    towers: await towerBits(model),
    predictions: sha256(JSON.stringify(results.map(({ predictions }) => predictions))),
    first: results.map(firstOf),
  };
  if (process.env.WRITE_GOLDEN) writeFileSync(goldenFile, `${JSON.stringify(actual)}\n`);
  const golden: Golden = JSON.parse(readFileSync(goldenFile, "utf8"));
  for (const [at, [label, similarity]] of actual.first.entries()) {
    expect(label).toBe(golden.first[at]![0]);
    expect(Math.abs(similarity - golden.first[at]![1])).toBeLessThan(1e-6);
  }
  if (actual.towers === golden.towers) expect(actual.predictions).toBe(golden.predictions);
});

type Model = Awaited<ReturnType<typeof loadModel>>;

async function towerBits(model: Model): Promise<string> {
  const { width, height } = model.imageSize;
  const data = Float32Array.from({ length: 3 * width * height }, (_, at) => ((at * 31) % 17) / 8 - 1);
  const image = await model.encodePixels({ data, pictures: 1 });
  const text = await model.encodeTokens(model.tokenize(["a photo of a lighthouse"]));
  return sha256(Buffer.concat([image, text].map(({ data }) => Buffer.from(data.slice().buffer))));
}

function firstOf({ predictions }: Classification): [string, number] {
  const { label, similarity } = predictions![0]!;
  return [label, Number(similarity.toPrecision(7))];
}

function samples(): ImageOrPath[] {
  const folder = path("../samples/");
  const names = readdirSync(folder).filter((name) => name.endsWith(".png"));
  return names.sort().map((name) => folder + name);
}

/** Pictures of many shapes and all channel counts: a few waves, and noise. Integers only, so the same everywhere. */
function seededPictures(count: number): DecodedImage[] {
  let state = 7;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: count }, () => {
    const [width, height] = [20 + random(180), 20 + random(180)];
    const channels = ([1, 3, 4] as const)[random(3)]!;
    const [across, down, noise] = [1 + random(9), 1 + random(9), 1 + random(90)];
    const data = Uint8Array.from({ length: width * height * channels }, (_, at) => {
      const pixel = Math.floor(at / channels);
      const wave = (pixel % width) * across + Math.floor(pixel / width) * down + (at % channels) * 40;
      return Math.abs((wave % 331) - 165) + random(noise);
    });
    return { data, width, height, channels };
  });
}
