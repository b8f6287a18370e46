import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adaptClasses, meanWeight, SINGLE_EXAMPLE_WEIGHT } from "../src/adapt/class-means.js";
import { normaliseDistribution } from "../src/adapt/distribution-normalisation.js";
import { transduce } from "../src/adapt/label-propagation.js";
import { nearestOthers } from "../src/adapt/neighbours.js";
import { correctPrior } from "../src/adapt/prior-correction.js";
import { fitTemperature, meanLoss } from "../src/adapt/temperature.js";
import { tipAdapterLogits, tipAdapterOptions } from "../src/adapt/tip-adapter.js";
import { labelSet } from "../src/labels/set/label-set.js";
import { type Matrix, matrixOf, row } from "../src/math/matrix.js";
import { topK } from "../src/math/top-k.js";
import { dot, norm, normalise } from "../src/math/vector.js";
import { drawShots } from "../src/rows/select/draw-per-label.js";
import { negativeLabelScore, thresholdForKept } from "../src/scoring/knownness.js";
import type { ClassEmbeddings } from "../src/scoring/scores.js";
import { similaritiesTo } from "../src/scoring/similarities.js";
import { hashVector } from "./hash-encoder.js";

const golden = JSON.parse(await readFile(new URL("golden/adaptation.json", import.meta.url), "utf8"));

function classesOf(embeddings: Matrix, logitScale = 100, logitBias = 0): ClassEmbeddings {
  const labels = labelSet(Array.from({ length: embeddings.rows }, (_, position) => `class ${position}`));
  return { labels, embeddings, scoring: { logitScale, logitBias, scoreFunction: "softmax" } };
}

const images = matrixOf(golden.images);
const goldenClasses = classesOf(matrixOf(golden.classes), golden.scale, golden.bias);
const goldenExamples = { embeddings: matrixOf(golden.examples), classes: golden.labels as number[] };

/** Three classes whose words are a little off; pictures lie around directions of their own. */
const DIMENSION = 24;
const centres = [0, 1, 2].map((c) => hashVector(`centre ${c}`, DIMENSION));
const words = classesOf(matrixOf(centres.map((centre, c) => near(centre, `words ${c}`, 1.6))), 20);

function near(centre: Float32Array, seed: string, spread: number): Float32Array {
  const noise = hashVector(seed, DIMENSION);
  return normalise(centre.map((value, i) => value + spread * noise[i]!));
}

function pictures(count: number, seed: string) {
  const classes = Array.from({ length: count }, (_, at) => at % 3);
  return {
    classes,
    embeddings: matrixOf(classes.map((c, at) => near(centres[c]!, `${seed} ${at}`, 0.9))),
  };
}

function share(scores: (index: number) => ArrayLike<number>, targets: readonly number[]): number {
  return targets.filter((target, at) => topK(scores(at), 1)[0] === target).length / targets.length;
}

describe("Tip-Adapter", () => {
  it("gives the logits of the paper's formula", () => {
    const { alpha, beta } = golden;
    for (let r = 0; r < images.rows; r++) {
      const logits = tipAdapterLogits(row(images, r), goldenClasses, goldenExamples, { alpha, beta });
      for (const [c, logit] of logits.entries()) {
        expect(Math.abs(logit - golden.tipAdapter[r][c])).toBeLessThan(1e-6);
      }
    }
  });

  it("is the plain logit with alpha 0 and without examples", () => {
    const image = row(images, 0);
    const { logitScale, logitBias } = goldenClasses.scoring;
    const plain = similaritiesTo(image, goldenClasses.embeddings).map(
      (cosine) => logitScale * cosine + logitBias,
    );
    expect(tipAdapterLogits(image, goldenClasses, goldenExamples, { alpha: 0 })).toEqual(plain);
    const none = { embeddings: matrixOf([], images.columns), classes: [] };
    expect(tipAdapterLogits(image, goldenClasses, none)).toEqual(plain);
  });

  it("chooses alpha and beta on the examples, and the paper's where none can be left out", () => {
    const examples = pictures(24, "example");
    const { alpha } = tipAdapterOptions(words, examples);
    expect(alpha).toBeGreaterThan(1);
    const one = { embeddings: matrixOf([row(examples.embeddings, 0)]), classes: [0] };
    expect(tipAdapterOptions(words, one)).toEqual({ alpha: 1, beta: 5.5 });
  });
});

describe("class means", () => {
  const query = pictures(300, "query");
  const right = ({ embeddings }: ClassEmbeddings) =>
    share((at) => similaritiesTo(row(query.embeddings, at), embeddings), query.classes);

  it("improve words that are off", () => {
    const adapted = adaptClasses(words, pictures(24, "example"));
    expect(right(adapted)).toBeGreaterThan(right(words) + 0.05);
  });

  it("keep rows at unit length, and classes without examples to the bit", () => {
    const examples = pictures(24, "example");
    const two = examples.classes.flatMap((c, at) => (c === 1 ? [] : [at]));
    const adapted = adaptClasses(words, {
      embeddings: matrixOf(two.map((at) => row(examples.embeddings, at))),
      classes: two.map((at) => examples.classes[at]!),
    });
    expect(row(adapted.embeddings, 1)).toEqual(row(words.embeddings, 1));
    for (const position of [0, 2]) {
      expect(row(adapted.embeddings, position)).not.toEqual(row(words.embeddings, position));
      expect(norm(row(adapted.embeddings, position))).toBeCloseTo(1, 6);
    }
  });

  it("are the words at weight 0 and the means at weight 1", () => {
    const examples = pictures(3, "example");
    for (const position of [0, 1, 2]) {
      const alone = row(adaptClasses(words, examples, 0).embeddings, position);
      expect(dot(alone, row(words.embeddings, position))).toBeCloseTo(1, 6);
      const means = row(adaptClasses(words, examples, 1).embeddings, position);
      expect(dot(means, row(examples.embeddings, position))).toBeCloseTo(1, 6);
    }
  });

  it("count for little where the words are right, and for a fixed share with one example each", () => {
    const exact = classesOf(matrixOf(centres), 20);
    const off = pictures(6, "example");
    expect(meanWeight(exact, off)).toBeLessThan(meanWeight(words, pictures(60, "example")));
    expect(meanWeight(words, pictures(3, "example"))).toBe(SINGLE_EXAMPLE_WEIGHT);
  });

  it("refuse examples that do not fit the classes", () => {
    const embeddings = matrixOf([hashVector("x", DIMENSION)]);
    const code = "VECTOR_INVALID";
    expect(() => adaptClasses(words, { embeddings, classes: [3] })).toThrow(
      expect.objectContaining({ code }),
    );
    expect(() => adaptClasses(words, { embeddings, classes: [0, 1] })).toThrow(
      expect.objectContaining({ code }),
    );
    const narrow = { embeddings: matrixOf([[1, 0]]), classes: [0] };
    expect(() => tipAdapterLogits(hashVector("x", DIMENSION), words, narrow)).toThrow(/24 numbers/);
  });
});

describe("transduction", () => {
  it("agrees with a direct solver on dense matrices", () => {
    const { neighbours, gamma, spread: alpha } = golden;
    const scores = transduce(images, goldenClasses, { neighbours, gamma, alpha });
    expect([scores.rows, scores.columns]).toEqual([40, 5]);
    for (let r = 0; r < images.rows; r++) {
      for (const [c, score] of row(scores, r).entries()) {
        expect(Math.abs(score - golden.labelPropagation[r][c])).toBeLessThan(1e-6);
      }
    }
  });

  it("does better than picture by picture where pictures of a class are alike", () => {
    const { embeddings, classes } = pictures(150, "query");
    const scores = transduce(embeddings, words);
    const alone = share((at) => similaritiesTo(row(embeddings, at), words.embeddings), classes);
    expect(share((at) => row(scores, at), classes)).toBeGreaterThan(alone);
  });

  it("takes no picture, and one", () => {
    expect(transduce(matrixOf([], DIMENSION), words).rows).toBe(0);
    const scores = transduce(matrixOf([centres[2]!]), words);
    expect(topK(scores.data, 3)).toEqual(topK(similaritiesTo(centres[2]!, words.embeddings), 3));
  });

  it("refuses options out of range and embeddings of another width", () => {
    const code = "OPTION_INVALID";
    expect(() => transduce(images, goldenClasses, { alpha: 1 })).toThrow(expect.objectContaining({ code }));
    expect(() => transduce(images, goldenClasses, { neighbours: 0 })).toThrow(
      expect.objectContaining({ code }),
    );
    expect(() => transduce(images, words)).toThrow(expect.objectContaining({ code: "VECTOR_INVALID" }));
  });

  it("finds the neighbours that comparing all pairs finds, across blocks and with equal rows", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 150 }), fc.integer({ min: 0, max: 6 }), (count, size) => {
        // Few different rows, so that many are equal.
        const rows = Array.from({ length: count }, (_, at) => hashVector(String((at * 7) % 40), 5));
        const found = nearestOthers(matrixOf(rows, 5), size);
        for (const [i, vector] of rows.entries()) {
          const cosines = rows.map((other, j) => (i === j ? Number.NEGATIVE_INFINITY : dot(vector, other)));
          const expected = topK(cosines, found.size);
          expect([...found.positions.subarray(i * found.size, (i + 1) * found.size)]).toEqual(expected);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe("many unlabelled pictures", () => {
  it("lose what they all have in common", () => {
    // All pictures lean towards class 0, whose words are in the way of the others.
    const lean = normalise(row(words.embeddings, 0));
    const { embeddings, classes } = pictures(150, "query");
    const shifted = matrixOf(
      Array.from({ length: 150 }, (_, at) =>
        normalise(row(embeddings, at).map((v, i) => v + 0.8 * lean[i]!)),
      ),
    );
    const plain = normaliseDistribution(shifted, words, 0);
    const centred = normaliseDistribution(shifted, words, 1);
    expect(share((at) => row(centred, at), classes)).toBeGreaterThan(
      share((at) => row(plain, at), classes) + 0.1,
    );
    const corrected = correctPrior(plain);
    expect(share((at) => row(corrected, at), classes)).toBeGreaterThan(
      share((at) => row(plain, at), classes) + 0.1,
    );
  });

  it("have scores whose logits at weight 0 are the plain ones", () => {
    const plain = normaliseDistribution(images, goldenClasses, 0);
    const cosine = dot(row(images, 3), row(goldenClasses.embeddings, 2));
    expect(row(plain, 3)[2]).toBeCloseTo(golden.scale * cosine + golden.bias, 4);
  });

  it("have corrected scores that add up to 1, also where a label is never predicted", () => {
    const scores = correctPrior({ data: Float32Array.of(900, 0, -900, 900, 100, -900), rows: 2, columns: 3 });
    for (const r of [0, 1]) expect(row(scores, r).reduce((sum, score) => sum + score, 0)).toBeCloseTo(1, 6);
    expect(scores.data.every(Number.isFinite)).toBe(true);
  });

  it("cannot be none", () => {
    const none = matrixOf([], DIMENSION);
    expect(() => normaliseDistribution(none, words)).toThrow(
      expect.objectContaining({ code: "INPUT_EMPTY" }),
    );
    expect(() => correctPrior(none)).toThrow(expect.objectContaining({ code: "INPUT_EMPTY" }));
  });
});

describe("what is no option", () => {
  const few = { embeddings: matrixOf(centres), classes: [0, 1, 2] };
  const image = centres[0]!;
  const known = { logits: [[1, 2]], targets: [1], scoreFunction: "softmax" } as const;
  it.each<[string, () => unknown]>([
    ["a weight of NaN", () => adaptClasses(words, few, Number.NaN)],
    ["a weight above 1", () => adaptClasses(words, few, 1.5)],
    ["a weight below 0 of the mean", () => normaliseDistribution(few.embeddings, words, -1)],
    ["a weight of NaN of the mean", () => normaliseDistribution(few.embeddings, words, Number.NaN)],
    ["an alpha of NaN", () => tipAdapterLogits(image, words, few, { alpha: Number.NaN })],
    ["a negative beta", () => tipAdapterLogits(image, words, few, { beta: -1 })],
    ["a misspelt alpha", () => tipAdapterLogits(image, words, few, { alhpa: 1 } as object)],
    ["an alpha of 1", () => transduce(few.embeddings, words, { alpha: 1 })],
    ["a gamma of NaN", () => transduce(few.embeddings, words, { gamma: Number.NaN })],
    ["no neighbours", () => transduce(few.embeddings, words, { neighbours: 0 })],
    ["a misspelt gamma", () => transduce(few.embeddings, words, { gama: 5 } as object)],
    ["a score function of its own", () => fitTemperature({ ...known, scoreFunction: "relu" as "softmax" })],
    ["a temperature of 0", () => meanLoss(known, 0)],
    ["a temperature of NaN", () => meanLoss(known, Number.NaN)],
    ["a share of NaN", () => thresholdForKept([1], Number.NaN)],
    ["groups of none", () => negativeLabelScore([1], [1], 0)],
  ])("is refused: %s", (_, compute) => {
    expect(compute).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });

  it("is told from vectors that are none", () => {
    const code = { code: "VECTOR_INVALID" };
    const broken = { embeddings: matrixOf([[Number.NaN, ...image.slice(1)]]), classes: [0] };
    const long = { embeddings: matrixOf([image.map((value) => 3 * value)]), classes: [0] };
    for (const examples of [broken, long]) {
      expect(() => adaptClasses(words, examples, 0.5)).toThrow(expect.objectContaining(code));
      expect(() => tipAdapterLogits(image, words, examples)).toThrow(expect.objectContaining(code));
    }
    const others = matrixOf([[1, 0, 0]]);
    for (const compute of [normaliseDistribution, transduce]) {
      expect(() => compute(others, words)).toThrow(expect.objectContaining(code));
    }
    expect(() => negativeLabelScore([1], [])).toThrow(expect.objectContaining({ code: "INPUT_EMPTY" }));
  });
});

describe("drawShots", () => {
  it("draws as many of each label as there are, up to the number asked for, the same for a seed", () => {
    const label = fc.option(fc.constantFrom("a", "b", "c"), { nil: undefined });
    fc.assert(
      fc.property(fc.array(label), fc.integer({ min: 1, max: 9 }), fc.nat(99), (labels, shots, seed) => {
        const drawn = [...drawShots(labels, shots, seed)];
        for (const each of ["a", "b", "c"]) {
          const there = labels.filter((other) => other === each).length;
          expect(drawn.filter((at) => labels[at] === each)).toHaveLength(Math.min(shots, there));
        }
        expect(drawn.every((at) => labels[at] !== undefined)).toBe(true);
        expect([...drawShots(labels, shots, seed)]).toEqual(drawn);
      }),
    );
  });

  it("draws others with another seed", () => {
    const labels = new Array<string>(100).fill("a");
    expect(drawShots(labels, 5, 1)).not.toEqual(drawShots(labels, 5, 2));
  });
});
