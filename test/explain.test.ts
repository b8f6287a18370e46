import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { classify } from "../src/classify/classifier.js";
import { loadModel } from "../src/encoder/load.js";
import { explain } from "../src/explain/explain.js";
import { plainExplanation } from "../src/explain/plain.js";
import { explainTutorial, tutorialCost } from "../src/explain/tutorial.js";
import { imageFile } from "../src/image/image-file.js";
import { embedLabels } from "../src/labels/prompts/embed-labels.js";
import { labelSet } from "../src/labels/set/label-set.js";
import { row } from "../src/math/matrix.js";
import { norm } from "../src/math/vector.js";
import { nearlabel } from "./command-line.js";

const sample = (name: string) => fileURLToPath(new URL(`../samples/${name}.png`, import.meta.url));
const LABELS = ["bus", "coffee_cup", { label: "strings", prompts: ["a guitar", "a photo of a bus"] }];
const TEMPLATES = ["a photo of a {}", "a drawing of a {}"];

const model = await loadModel("mini");
afterAll(() => model.close());
const explained = () => explain(imageFile(sample("cup")), LABELS, model, { templates: TEMPLATES });

describe("explain", () => {
  it("gives what classify gives, for every label", async () => {
    const { predictions } = await explained();
    const [result] = await classify([sample("cup")], {
      labels: LABELS,
      model,
      templates: TEMPLATES,
      topK: 3,
    });
    expect(predictions).toEqual(result!.predictions);
    expect(predictions[0]!.label).toBe("coffee_cup");
  });

  it("has each prompt once, with its tokens and its embedding", async () => {
    const { labels, prompts, padding, textEmbeddings, textNorms } = await explained();
    const texts = prompts.map(({ text }) => text);
    expect(new Set(texts).size).toBe(texts.length);
    expect(labels.map(({ promptsAt }) => promptsAt.map((at) => texts[at]))).toEqual([
      ["a photo of a bus", "a drawing of a bus"],
      ["a photo of a coffee cup", "a drawing of a coffee cup"],
      ["a guitar", "a photo of a bus"],
    ]);
    const { ids, attentionMask, length, padId } = model.tokenize(texts);
    expect(padding).toMatchObject({ length, id: padId, side: "right" });
    for (const [at, { tokens, truncated }] of prompts.entries()) {
      const own = [...ids.subarray(at * length, (at + 1) * length)].filter(
        (_, place) => attentionMask[at * length + place] === 1,
      );
      expect(tokens.map(({ id }) => id)).toEqual(own);
      expect(truncated).toBe(false);
    }
    expect(
      prompts[0]!.tokens
        .slice(1, -1)
        .map(({ text }) => text)
        .join(""),
    ).toBe("aphotoofabus");
    const batch = await model.embedTexts(texts);
    expect(textEmbeddings).toEqual(batch.embeddings);
    expect(textNorms).toEqual(batch.norms);
  });

  it("makes the class embeddings that classification goes by", async () => {
    const { classEmbeddings } = await explained();
    expect(classEmbeddings).toEqual(await embedLabels(model, labelSet(LABELS), TEMPLATES));
  });

  it("shows the picture resized, cropped and normalised, each as the next is made of it", async () => {
    const { picture } = await explain(imageFile(sample("airplane")), LABELS, model);
    const { resized, crop, cropped, rescaleFactor, normalisation, normalised } = picture;
    const { kept } = crop!;
    expect([picture.width, picture.height]).toEqual([384, 288]);
    expect(kept.left * 2 + kept.width).toBe(resized.width);
    const { mean, std } = normalisation!;
    for (let y = 0; y < cropped.height; y++) {
      for (let x = 0; x < cropped.width; x++) {
        for (let channel = 0; channel < 3; channel++) {
          const level = cropped.data[(y * cropped.width + x) * 3 + channel]!;
          const at = ((y + kept.top) * resized.width + x + kept.left) * 3 + channel;
          if (resized.data![at] !== level) expect(resized.data![at]).toBe(level);
          const value = normalised.data[(channel * cropped.height + y) * cropped.width + x]!;
          const wanted = (level * rescaleFactor - mean[channel]!) / std[channel]!;
          if (Math.abs(value - wanted) > 1e-6) expect(value).toBeCloseTo(wanted, 6);
        }
      }
    }
  });

  it("leaves out the pixels of a picture that stays huge", async () => {
    const [width, height] = [30, 30_000];
    const long = { data: new Uint8Array(width * height * 3).fill(90), width, height, channels: 3 } as const;
    const { resized, cropped } = (await explain(long, ["cup", "bus"], model)).picture;
    expect(resized.height / resized.width).toBe(1000);
    expect(cropped).toMatchObject(model.imageSize);
    expect(resized.data === undefined).toBe(resized.width * resized.height > 2 ** 22);
  });

  it("searches the table, and removes it", async () => {
    const { table, labels, predictions, model: told } = await explained();
    expect(table.columns.map(({ name }) => name)).toContain("vector");
    expect(table.info).toMatchObject({
      count: 3,
      model: "mini",
      fingerprint: told.fingerprint,
      templates: TEMPLATES,
    });
    for (const { label, distance } of predictions) {
      const at = labels.findIndex((each) => each.label === label);
      expect(table.distances[at]).toBeCloseTo(distance, 6);
    }
  });

  it("tells what cannot be explained", async () => {
    const cup = imageFile(sample("cup"));
    const wrong = [
      [() => explain(new Uint8Array([1, 2, 3]), LABELS, model), "IMAGE_UNSUPPORTED"],
      [() => explain(sample("cup") as never, LABELS, model), "IMAGE_UNSUPPORTED"],
      [() => explain(cup, [], model), "LABELS_EMPTY"],
      [() => explain(cup, LABELS, model, { templates: ["a photo"] }), "TEMPLATE_INVALID"],
      [() => explain(cup, LABELS, model, { template: TEMPLATES } as never), "OPTION_INVALID"],
      [() => explain(cup, LABELS, model, { decoding: { maxPixels: 10 } }), "IMAGE_TOO_LARGE"],
    ] as const;
    for (const [explaining, code] of wrong) await expect(explaining()).rejects.toMatchObject({ code });
  });

  it("becomes JSON with seven digits and no typed arrays", async () => {
    const explanation = await explained();
    const plain = JSON.parse(JSON.stringify(plainExplanation(explanation)));
    expect(plain.imageEmbedding).toEqual(
      Array.from(explanation.imageEmbedding, (value) => Number(value.toPrecision(7))),
    );
    expect(plain.picture.cropped.data).toEqual([...explanation.picture.cropped.data]);
    expect(plain.prompts).toEqual(explanation.prompts);
  });
});

describe("the tutorial's arithmetic", () => {
  it("adds up to its distances, most of which is the picture's own length", async () => {
    const explanation = await explained();
    const tutorial = await explainTutorial(explanation, model);
    const { distances, imageSquare, labelSquares, products, ranking, imageVector } = tutorial;
    expect(norm(imageVector)).toBeCloseTo(explanation.imageNorm, 4);
    for (const [at, distance] of distances.entries()) {
      expect(distance).toBeCloseTo(imageSquare + labelSquares[at]! - 2 * products[at]!, 4);
    }
    expect(ranking).toEqual([...distances.keys()].sort((a, b) => distances[a]! - distances[b]!));
    const columns = Array.from({ length: tutorial.labelVectors.columns }, (_, column) =>
      norm(Float32Array.from(distances, (_, at) => row(tutorial.labelVectors, at)[column]!)),
    );
    for (const length of columns) expect(length).toBeCloseTo(1, 5);
  });

  it("is measured beside the right one, with every picture accounted for", async () => {
    const explanation = await explained();
    const tutorial = await explainTutorial(explanation, model);
    const cup = readFileSync(sample("cup"));
    const rows = [
      { id: "cup", image: cup, label: "coffee_cup" },
      { id: "bus", image: readFileSync(sample("bus")), label: "bus" },
      { id: "no label", image: cup },
      { id: "other label", image: cup, label: "kettle" },
      { id: "broken", image: new Uint8Array([1]), label: "bus" },
    ];
    const dataset = {
      name: "five",
      async *rows() {
        yield* rows;
      },
    };
    const cost = await tutorialCost(dataset, explanation, tutorial, model);
    expect(cost).toMatchObject({ pictures: 2, right: 2, leftOut: 2 });
    expect(cost.failures).toMatchObject([{ id: "broken", error: { code: "IMAGE_UNSUPPORTED" } }]);
  });
});

describe("nearlabel explain --json", () => {
  it("writes every value", async () => {
    const args = ["explain", sample("cup"), "--labels", "bus,cup", "--original", "--limit", "3", "--json"];
    const { exitCode, stdout } = await nearlabel(args);
    expect(exitCode).toBe(0);
    const { predictions, tutorial, cost, prompts } = JSON.parse(stdout);
    expect(predictions.map(({ label }: { label: string }) => label)).toEqual(["cup", "bus"]);
    expect(prompts[1].text).toBe("a photo of a cup");
    expect(tutorial.distances).toHaveLength(2);
    expect(cost).toEqual({ pictures: 0, right: 0, rightAsPublished: 0, leftOut: 3, failures: [] });
  });
});
