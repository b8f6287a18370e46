import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createClassifier } from "../src/classify/classifier.js";
import { type Matrix, matrixOf, row, rowRange } from "../src/math/matrix.js";
import { randomGenerator } from "../src/math/random.js";
import { dot, normalise } from "../src/math/vector.js";
import { MANY_LABELS, nearestLabels } from "../src/scoring/nearest-labels.js";
import { predict } from "../src/scoring/predict.js";
import type { ClassEmbeddings, Prediction, PredictOptions } from "../src/scoring/scores.js";
import { similarityRows } from "../src/scoring/similarities.js";

const SOFTMAX = { logitScale: 100, logitBias: 0, scoreFunction: "softmax" } as const;
const SIGMOID = { logitScale: 112.3, logitBias: -16.5, scoreFunction: "sigmoid" } as const;

function unitRows(rows: number, columns: number, seed: number): Matrix {
  const generator = randomGenerator(seed);
  const vector = () => normalise(Float32Array.from({ length: columns }, () => generator.next()));
  return matrixOf(Array.from({ length: rows }, vector), columns);
}

function imagesOf(matrix: Matrix): Float32Array[] {
  return Array.from({ length: matrix.rows }, (_, index) => row(matrix, index));
}

function classesOf(embeddings: Matrix, scoring: ClassEmbeddings["scoring"]): ClassEmbeddings {
  const labels = Array.from({ length: embeddings.rows }, (_, index) => `label ${index}`);
  return { labels: labels.map((label) => ({ label, className: label })), embeddings, scoring };
}

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** All as `predict` has it to the bit, but for scores. */
async function expectAsPredicted(
  images: Matrix,
  classes: ClassEmbeddings,
  options: PredictOptions,
  tolerance = 1e-5,
): Promise<void> {
  const found = await collected(nearestLabels(classes)(images, options));
  const expected = imagesOf(images).map((image) => predict(image, classes, options));
  const withoutScore = ({ score: _, ...rest }: Prediction) => rest;
  expect(found.map((each) => each.map(withoutScore))).toEqual(expected.map((each) => each.map(withoutScore)));
  for (const [at, predictions] of expected.entries()) {
    for (const [place, { score }] of predictions.entries()) {
      expect(Math.abs(found[at]![place]!.score - score)).toBeLessThanOrEqual(tolerance * score);
    }
  }
}

describe("nearestLabels", () => {
  it("finds what predict finds, whatever the sizes, the scoring and the options", async () => {
    const given = fc.record({
      seed: fc.integer(),
      labels: fc.integer({ min: 1, max: 400 }),
      pictures: fc.integer({ min: 0, max: 5 }),
      columns: fc.integer({ min: 1, max: 80 }),
      topK: fc.option(fc.integer({ min: 1, max: 500 }), { nil: undefined }),
      multiLabel: fc.boolean(),
      minSimilarity: fc.constantFrom(undefined, -1, 0, 0.2),
      temperature: fc.constantFrom(undefined, 0.5, 3),
      scoring: fc.constantFrom(SOFTMAX, SIGMOID),
    });
    await fc.assert(
      fc.asyncProperty(
        given,
        async ({ seed, labels, pictures, columns, scoring, temperature, ...options }) => {
          const classes = classesOf(unitRows(labels, columns, seed), { ...scoring, temperature });
          await expectAsPredicted(unitRows(pictures, columns, seed + 1), classes, options);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("joins blocks of labels, whose first are not the nearest", async () => {
    const embeddings = unitRows(70_000, 24, 1);
    const images = matrixOf([row(embeddings, 69_999), row(embeddings, 3), ...imagesOf(unitRows(3, 24, 2))]);
    await expectAsPredicted(images, classesOf(embeddings, SOFTMAX), { topK: 10 });
    await expectAsPredicted(images, classesOf(embeddings, { ...SOFTMAX, temperature: 30 }), { topK: 200 });
  });

  it("compares more pictures than go in one multiplication, in their order", async () => {
    await expectAsPredicted(unitRows(300, 8, 3), classesOf(unitRows(50, 8, 4), SOFTMAX), {
      topK: 3,
    });
  });

  it("keeps the order of labels that are equally near, be they few or more than are kept", async () => {
    for (const copies of [3, 30, 200]) {
      const few = unitRows(4, 48, 5);
      const repeated = matrixOf(Array.from({ length: 4 * copies }, (_, index) => row(few, index % 4)));
      const images = unitRows(4, 48, 6);
      await expectAsPredicted(images, classesOf(repeated, SOFTMAX), { topK: 7 });
    }
  });

  it("tells labels apart that single precision cannot", async () => {
    const [base, ...others] = imagesOf(unitRows(40, 512, 7));
    const close = others.map((other) => normalise(base!.map((value, i) => value + 1e-7 * other[i]!)));
    const classes = classesOf(matrixOf([...close, ...imagesOf(unitRows(5000, 512, 8))]), SOFTMAX);
    await expectAsPredicted(matrixOf([base!]), classes, { topK: 5 });
  });

  it("leaves out what scores too little", async () => {
    const embeddings = unitRows(5000, 16, 9);
    const classes = classesOf(embeddings, SOFTMAX);
    const options = { topK: 50, minScore: 0.01 };
    const [found] = await collected(nearestLabels(classes)(rowRange(embeddings, 17, 18), options));
    const expected = predict(row(embeddings, 17), classes, options);
    expect(expected.length).toBeLessThan(50);
    expect(found!.map(({ label }) => label)).toEqual(expected.map(({ label }) => label));
  });

  it("takes no pictures for none", async () => {
    const nearest = nearestLabels(classesOf(unitRows(9, 4, 10), SOFTMAX));
    expect(await collected(nearest(matrixOf([], 4), {}))).toEqual([]);
  });
});

describe("similarityRows", () => {
  it("gives dot products of few rows to the bit, and of many to 15 digits", async () => {
    for (const [rows, others, columns] of [
      [3, 7, 5],
      [450, 2400, 32],
      [60, 9000, 64],
    ] as const) {
      const matrix = unitRows(rows, columns, 11);
      const compared = unitRows(others, columns, 12);
      let at = 0;
      for await (const similarities of similarityRows(matrix, compared)) {
        expect(similarities.length).toBe(others);
        for (let other = 0; other < others; other += 1 + Math.floor(others / 500)) {
          const exact = dot(row(matrix, at), row(compared, other));
          const difference = Math.abs(similarities[other]! - exact);
          expect(difference).toBeLessThanOrEqual(rows === 3 ? 0 : 1e-14);
        }
        at++;
      }
      expect(at).toBe(rows);
    }
  });

  it("gives equal rows equal products wherever they stand, so that ties stay ties", async () => {
    const few = unitRows(3, 33, 13);
    const others = matrixOf(Array.from({ length: 12_001 }, (_, index) => row(few, index % 3)));
    for await (const similarities of similarityRows(unitRows(100, 33, 14), others)) {
      expect(new Set(similarities).size).toBe(3);
    }
  });
});

describe("a classifier with many labels", () => {
  const labels = Array.from({ length: MANY_LABELS }, (_, index) => ({
    label: `label ${index}`,
    className: `thing ${index % 40}`,
  }));

  it("classifies pictures as it does with few, and rejects as well", async () => {
    const reject = { method: "similarity", threshold: 1 } as const;
    const few = await createClassifier({ labels: labels.slice(0, 40) });
    const many = await createClassifier({ labels, model: few.model, reject });
    const plain = await createClassifier({ labels, model: few.model });
    const answers = await Promise.all(
      [few, many, plain].map((classifier) => classifier.classify(["samples/cup.png"], { topK: 1 })),
    );
    const [inFew, inMany, inPlain] = answers.map(([answer]) => answer!);
    const [best] = inPlain!.predictions!;
    expect(best).toMatchObject({ label: inFew!.predictions![0]!.label });
    expect(best!.similarity).toBe(inFew!.predictions![0]!.similarity);
    expect(inMany!.unknown).toMatchObject({ method: "similarity" });
    expect(inMany!.predictions![0]!.label).toBe(best!.label);
    expect(inMany!.predictions![0]!.score).toBeCloseTo(best!.score, 7);
    await few.close();
  });
});
