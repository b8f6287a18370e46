import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NearlabelError } from "../src/errors.js";
import { labelSet } from "../src/labels/set/label-set.js";
import { type Matrix, matrixOf, normaliseRows, row } from "../src/math/matrix.js";
import { randomGenerator } from "../src/math/random.js";
import { normalise } from "../src/math/vector.js";
import { MANY_LABELS } from "../src/scoring/nearest-labels.js";
import { predict, predictRows } from "../src/scoring/predict.js";
import type { ClassEmbeddings, PredictOptions } from "../src/scoring/scores.js";

describe("predict", () => {
  const scoring = { logitScale: 100, logitBias: 0, scoreFunction: "softmax" } as const;

  it("refuses an embedding of another length", () => {
    const classes = { labels: labelSet(["a"]), embeddings: matrixOf([[1, 0]]), scoring };
    expect(() => predict(Float32Array.of(1, 0, 0), classes)).toThrowError(
      expect.objectContaining({ code: "VECTOR_INVALID" }),
    );
  });

  it("applies scale, bias and sigmoid where the model has them", () => {
    const classes = {
      labels: labelSet(["a", "b"]),
      embeddings: matrixOf([
        [1, 0],
        [0, 1],
      ]),
      scoring: { logitScale: 10, logitBias: -5, scoreFunction: "sigmoid" } as const,
    };
    const [first, second] = predict(Float32Array.of(1, 0), classes);
    expect(first).toMatchObject({ label: "a", logit: 5 });
    expect(first!.score).toBeCloseTo(1 / (1 + Math.exp(-5)), 12);
    expect(second!.score).toBeCloseTo(1 / (1 + Math.exp(5)), 12);
  });

  it("orders by similarity and keeps the order of labels that are equally near", () => {
    const vectors = fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: 1, max: 3 })), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(vectors, (given) => {
        const names = given.map((_, at) => `label ${at}`);
        const embeddings = matrixOf(given.map((vector) => normalise(Float32Array.from(vector))));
        const found = predict(
          Float32Array.of(1, 0),
          { labels: labelSet(names), embeddings, scoring },
          { topK: 99 },
        );
        const expected = names
          .map((name, at) => ({ name, at, x: row(embeddings, at)[0]! }))
          .sort((a, b) => b.x - a.x || a.at - b.at);
        expect(found.map(({ label }) => label)).toEqual(expected.map(({ name }) => name));
      }),
    );
  });

  const classes = {
    labels: labelSet(["a", "b", "c"]),
    embeddings: matrixOf([
      [1, 0],
      [0, 1],
      [0.6, 0.8],
    ]),
    scoring,
  };
  const image = Float32Array.of(0.8, 0.6);
  const code = (of: () => unknown) => {
    try {
      of();
    } catch (error) {
      if (error instanceof NearlabelError) return error.code;
      throw error;
    }
    return "none";
  };

  it.each([
    ["NaN in the picture", Float32Array.of(Number.NaN, 1)],
    ["infinity in the picture", Float32Array.of(Number.POSITIVE_INFINITY, 0)],
    ["a picture of no length", Float32Array.of(0, 0)],
    ["a picture that is not of unit length", Float32Array.of(8, 6)],
    ["an array", [0.8, 0.6]],
    ["text", "photo.jpg"],
    ["nothing", undefined],
  ])("refuses %s", (_, given) => {
    expect(code(() => predict(given as Float32Array, classes))).toBe("VECTOR_INVALID");
  });

  it.each<[string, object, string]>([
    [
      "NaN in a class",
      {
        embeddings: matrixOf([
          [1, 0],
          [0, 1],
          [Number.NaN, 1],
        ]),
      },
      "VECTOR_INVALID",
    ],
    [
      "classes that are not of unit length",
      {
        embeddings: matrixOf([
          [1, 0],
          [0, 1],
          [3, 4],
        ]),
      },
      "VECTOR_INVALID",
    ],
    ["fewer class embeddings than labels", { embeddings: matrixOf([[1, 0]]) }, "VECTOR_INVALID"],
    ["arrays in place of a matrix", { embeddings: [[1, 0]] }, "VECTOR_INVALID"],
    ["labels as text", { labels: ["a", "b", "c"] }, "LABELS_INVALID"],
    ["no labels", { labels: undefined }, "LABELS_INVALID"],
    ["a logit scale of NaN", { scoring: { ...scoring, logitScale: Number.NaN } }, "OPTION_INVALID"],
    ["a logit scale of 0", { scoring: { ...scoring, logitScale: 0 } }, "OPTION_INVALID"],
    ["no logit bias", { scoring: { ...scoring, logitBias: undefined } }, "OPTION_INVALID"],
    ["an unknown score function", { scoring: { ...scoring, scoreFunction: "relu" } }, "OPTION_INVALID"],
    ["a temperature of 0", { scoring: { ...scoring, temperature: 0 } }, "OPTION_INVALID"],
    ["a temperature of NaN", { scoring: { ...scoring, temperature: Number.NaN } }, "OPTION_INVALID"],
    ["no scoring", { scoring: undefined }, "OPTION_INVALID"],
  ])("refuses %s", (_, wrong, expected) => {
    expect(code(() => predict(image, { ...classes, ...wrong } as ClassEmbeddings))).toBe(expected);
  });

  it.each([
    { topK: Number.NaN },
    { topK: 0 },
    { topK: -1 },
    { topK: 1.5 },
    { topK: "3" },
    { topK: null },
    { minScore: Number.NaN },
    { minScore: -0.1 },
    { minScore: "0.5" },
    { minSimilarity: 2 },
    { multiLabel: "yes" },
    { topk: 3 },
    { labels: ["a"] },
    [],
    null,
    5,
  ])("refuses the options %j", (options) => {
    expect(code(() => predict(image, classes, options as PredictOptions))).toBe("OPTION_INVALID");
  });

  it("names an option that it does not have, and those that it has", () => {
    expect(() => predict(image, classes, { topk: 3 } as PredictOptions)).toThrow(
      'predict has no option "topk". It has topK, minScore, minSimilarity, multiLabel.',
    );
    expect(predict(image, classes, { topK: 1, minScore: undefined })).toHaveLength(1);
  });
});

describe("predictRows", () => {
  const scoring = { logitScale: 100, logitBias: 0, scoreFunction: "softmax" } as const;
  const unit = (rows: number, columns: number, seed: number) => {
    const generator = randomGenerator(seed);
    const vector = () => Float32Array.from({ length: columns }, () => generator.next());
    return normaliseRows(matrixOf(Array.from({ length: rows }, vector), columns));
  };
  const classesOf = (count: number): ClassEmbeddings => ({
    labels: labelSet(Array.from({ length: count }, (_, at) => `label ${at}`)),
    embeddings: unit(count, 16, 1),
    scoring,
  });

  it("finds what predict finds, picture by picture, whether labels are few or many", async () => {
    for (const count of [7, MANY_LABELS + 1]) {
      const classes = classesOf(count);
      const images = unit(300, 16, 2);
      let at = 0;
      for await (const predictions of predictRows(images, classes, { topK: 3 })) {
        const expected = predict(row(images, at++), classes, { topK: 3 });
        expect(predictions.map(({ label }) => label)).toEqual(expected.map(({ label }) => label));
        for (const [place, { score }] of predictions.entries()) {
          expect(score).toBeCloseTo(expected[place]!.score, 6);
        }
      }
      expect(at).toBe(300);
    }
  });

  it("refuses what is wrong before the first prediction, naming the picture", async () => {
    const first = (images: unknown, options?: unknown) =>
      predictRows(images as Matrix, classesOf(3), options as PredictOptions).next();
    const images = unit(5, 16, 3);
    images.data[3 * 16] = Number.NaN;
    await expect(first(images)).rejects.toThrow("picture 3");
    await expect(first(unit(2, 8, 3))).rejects.toMatchObject({ code: "VECTOR_INVALID" });
    await expect(first([new Float32Array(16)])).rejects.toMatchObject({ code: "VECTOR_INVALID" });
    await expect(first(unit(2, 16, 3), { topk: 1 })).rejects.toMatchObject({ code: "OPTION_INVALID" });
    expect(await first(matrixOf([], 16))).toMatchObject({ done: true });
  });
});
