import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accuracyAt, rankOf } from "../src/evaluate/metrics/accuracy.js";
import {
  bootstrapInterval,
  bootstrapMean,
  differenceOf,
  estimateOf,
  meanStatistic,
  resample,
} from "../src/evaluate/metrics/bootstrap.js";
import {
  brierScore,
  brierTerm,
  calibrationErrorStatistic,
  expectedCalibrationError,
  negativeLogLikelihood,
  reliabilityBins,
} from "../src/evaluate/metrics/calibration.js";
import {
  classMetrics,
  clusterOrder,
  confusedPairs,
  confusionMatrix,
  meanPerClassRecall,
  meanPerClassRecallStatistic,
} from "../src/evaluate/metrics/confusion.js";
import { auroc, fprAtTpr } from "../src/evaluate/metrics/detection.js";
import { wilsonInterval } from "../src/evaluate/metrics/intervals.js";
import { mcnemar } from "../src/evaluate/metrics/paired.js";
import { principalComponents } from "../src/evaluate/metrics/projection.js";
import {
  averagePrecision,
  meanAveragePrecision,
  meanAveragePrecisionStatistic,
} from "../src/evaluate/metrics/ranking.js";
import {
  areaUnderRiskCoverage,
  areaUnderRiskCoverageStatistic,
  riskCoverage,
  thinCurve,
} from "../src/evaluate/metrics/selective.js";
import { averageLinkage, type Distances, leafOrder } from "../src/math/linkage.js";
import { matrixOf } from "../src/math/matrix.js";
import { topK } from "../src/math/top-k.js";

interface Interval {
  value: number;
  low: number;
  high: number;
}

interface GoldenEvaluation {
  name: string;
  classes: number;
  one: number;
  targets: number[];
  scores: number[][];
  ranks: number[];
  confusion: number[];
  precision: number[];
  recall: number[];
  f1: number[];
  support: number[];
  balancedAccuracy: number;
  bins: [number[], number[], number[], number[], number[]];
  calibrationError: number;
  brier: number;
  logLoss: number;
  area: number;
  averagePrecision: (number | null)[];
  meanAveragePrecision: number;
  intervals: Record<"meanPerClassRecall" | "meanAveragePrecision" | "ece" | "nll" | "aurc", Interval>;
}

interface Golden {
  evaluations: GoldenEvaluation[];
  detections: { known: number[]; unknown: number[]; tpr: number; auroc: number; fpr: number }[];
  wilson: [number, number, number, number][];
  mcnemar: [number, number, number][];
  clusterings: { leaves: number; distances: number[]; heights: number[] }[];
  projections: { rows: number; columns: number; one: number; data: number[]; scores: number[] }[];
}

const golden: Golden = JSON.parse(readFileSync(new URL("golden/metrics.json", import.meta.url), "utf8"));

function expectNear(got: ArrayLike<number>, wanted: ArrayLike<number>, tolerance = 1e-9): void {
  expect(got.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    expect(Math.abs(got[i]! - wanted[i]!), `${got[i]} for ${wanted[i]} at ${i}`).toBeLessThanOrEqual(
      tolerance * Math.max(1, Math.abs(wanted[i]!)),
    );
  }
}

const expectInterval = (got: Interval, { value, low, high }: Interval) =>
  expectNear([got.value, got.low, got.high], [value, low, high]);

describe.each(golden.evaluations)("$name", (wanted) => {
  const { classes, one } = wanted;
  const targets = Int32Array.from(wanted.targets);
  const scores = wanted.scores.map((line) => Float64Array.from(line, (score) => score / one));
  const predicted = Int32Array.from(scores, (line) => topK(line, 1)[0]!);
  const confidences = scores.map((line) => Math.max(...line));
  const correct = Uint8Array.from(predicted, (label, index) => Number(label === targets[index]));
  const logProbabilities = scores.map((line, index) => Math.log(line[targets[index]!]!));
  const column = (label: number) => Float64Array.from(scores, (line) => line[label]!);

  test("ranks and accuracies are NumPy's", () => {
    const ranks = scores.map((line, index) => rankOf(line, targets[index]!));
    expect(ranks).toEqual(wanted.ranks);
    const right = correct.reduce((total, value) => total + value, 0);
    expect(accuracyAt(ranks, 1)).toBe(right / targets.length);
    expect(accuracyAt(ranks, classes)).toBe(1);
  });

  test("the confusion matrix and what follows from it are scikit-learn's", () => {
    const confusion = confusionMatrix(targets, predicted, classes);
    const dense = new Array<number>(classes * classes).fill(0);
    for (const [target, label, pictures] of confusion.entries) dense[target * classes + label] = pictures;
    expect(dense).toEqual(wanted.confusion);
    const metrics = classMetrics(confusion);
    expect(metrics.map(({ pictures }) => pictures)).toEqual(wanted.support);
    for (const name of ["precision", "recall", "f1"] as const) {
      expectNear(
        metrics.map((metric) => metric[name]),
        wanted[name],
      );
    }
    expectNear([meanPerClassRecall(confusion)], [wanted.balancedAccuracy]);
  });

  test("calibration is scikit-learn's", () => {
    const bins = reliabilityBins(confidences, correct);
    const names = ["from", "to", "pictures", "confidence", "accuracy"] as const;
    for (const [index, name] of names.entries()) {
      expectNear(
        bins.map((bin) => bin[name]),
        wanted.bins[index]!,
      );
    }
    expectNear([expectedCalibrationError(bins)], [wanted.calibrationError]);
    expectNear([brierScore(scores.map((line, index) => brierTerm(line, targets[index]!)))], [wanted.brier]);
    expectNear([negativeLogLikelihood(logProbabilities)], [wanted.logLoss]);
  });

  test("average precision is scikit-learn's", () => {
    for (const [label, value] of wanted.averagePrecision.entries()) {
      if (value === null) continue;
      const positive = Uint8Array.from(targets, (target) => Number(target === label));
      expectNear([averagePrecision(column(label), positive)], [value]);
    }
    expectNear([meanAveragePrecision(targets, classes, column)], [wanted.meanAveragePrecision]);
  });

  test("the area under the risk-coverage curve is the mean selective risk", () => {
    expectNear([areaUnderRiskCoverage(riskCoverage(confidences, correct))], [wanted.area]);
  });

  test("bootstrap intervals are those of the metrics on each resample", async () => {
    const over = (statistic: Parameters<typeof bootstrapInterval>[1], seed = 1) =>
      bootstrapInterval(targets.length, statistic, { seed, resamples: 40 });
    const { intervals } = wanted;
    expectInterval(
      await over(meanPerClassRecallStatistic(targets, predicted, classes)),
      intervals.meanPerClassRecall,
    );
    expectInterval(
      await over(meanAveragePrecisionStatistic(targets, classes, column)),
      intervals.meanAveragePrecision,
    );
    expectInterval(await over(calibrationErrorStatistic(confidences, correct), 2 ** 31 + 5), intervals.ece);
    expectInterval(await over(areaUnderRiskCoverageStatistic(confidences, correct)), intervals.aurc);
    const losses = logProbabilities.map((value) => -value);
    expectInterval(await bootstrapMean(losses, { seed: 1, resamples: 40 }), intervals.nll);
  });
});

describe("rank", () => {
  test("says whether the target is among the first k", () => {
    const values = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(values, fc.nat(), fc.integer({ min: 1, max: 20 }), (scores, seed, k) => {
        const target = seed % scores.length;
        expect(rankOf(scores, target) <= k).toBe(topK(scores, k).includes(target));
      }),
    );
  });
});

describe("differences of two runs", () => {
  const pictures = 200;
  const first = Float64Array.from({ length: pictures }, (_, at) => Math.sin(at) ** 2);
  const second = first.map((value, at) => value + 0.1 * Math.cos(3 * at) + 0.02);
  const over = (terms: Float64Array) => {
    const mean = meanStatistic(terms);
    return { statistic: ([drawn]: readonly Int32Array[]) => mean(drawn!) };
  };

  test("are paired: as the interval of what each picture gains", async () => {
    const [a] = await resample([pictures], [over(first)], { seed: 3 });
    const [b] = await resample([pictures], [over(second)], { seed: 3 });
    const gains = await bootstrapMean(
      second.map((value, at) => value - first[at]!),
      { seed: 3 },
    );
    expectInterval(differenceOf(a!, b!), gains);
    const apart = estimateOf(b!).high - estimateOf(a!).low;
    expect(gains.high - gains.low).toBeLessThan(apart);
  });

  test("of a run from itself are nothing, whatever the metric", async () => {
    const [a] = await resample([pictures], [over(first)], { seed: 0 });
    expect(differenceOf(a!, a!)).toMatchObject({ value: 0, low: 0, high: 0 });
  });

  test("take fewer resamples of a metric from the same draws", async () => {
    const [few, many] = await resample([pictures], [{ ...over(first), resamples: 20 }, over(first)], {
      seed: 0,
    });
    expect(few!.values).toEqual(many!.values.slice(0, 20));
  });
});

describe("confusions", () => {
  // 0 and 2 are confused with each other, 1 once taken for 0.
  const targets = Int32Array.of(0, 0, 0, 0, 1, 1, 2, 2, 2);
  const predicted = Int32Array.of(0, 2, 2, 2, 0, 1, 0, 2, 0);
  const confusion = confusionMatrix(targets, predicted, 3);

  test("are listed most first", () => {
    expect(confusedPairs(confusion, 10)).toEqual([
      { target: 0, predicted: 2, pictures: 3, share: 0.75 },
      { target: 2, predicted: 0, pictures: 2, share: 2 / 3 },
      { target: 1, predicted: 0, pictures: 1, share: 0.5 },
    ]);
    expect(confusedPairs(confusion, 1)).toHaveLength(1);
    expect(confusedPairs(confusionMatrix(targets, targets, 3), 10)).toEqual([]);
  });

  test("bring classes together", () => {
    expect(clusterOrder(confusion)).toEqual([0, 2, 1]);
    expect(clusterOrder(confusionMatrix(targets, targets, 4))).toEqual([0, 1, 2, 3]);
    expect(clusterOrder({ classes: 1, entries: [[0, 0, 5]] })).toEqual([0]);
  });

  test("hold no more than there are pictures, however many classes there are", () => {
    const classes = 100_000;
    const matrix = confusionMatrix(Int32Array.of(99_999, 3, 3), Int32Array.of(7, 3, 99_999), classes);
    expect(matrix.entries).toEqual([
      [3, 3, 1],
      [3, 99_999, 1],
      [99_999, 7, 1],
    ]);
    expect(meanPerClassRecall(matrix)).toBe(0.25);
    const order = clusterOrder(matrix);
    expect(order).toHaveLength(classes);
    expect(order.slice(0, 8)).toEqual([0, 1, 2, 3, 7, 99_999, 4, 5]);
  });
});

describe("average linkage", () => {
  test.each(golden.clusterings)("of $leaves leaves has SciPy's heights", ({ leaves, distances, heights }) => {
    const merges = averageLinkage(allOf(distances, leaves));
    expectNear(Float64Array.from(merges, ({ height }) => height).sort(), heights);
  });

  test("has heights that are mean distances, and leaves of a cluster side by side, with ties too", () => {
    const tied = fc
      .integer({ min: 1, max: 12 })
      .chain((leaves) => fc.tuple(fc.constant(leaves), symmetric(leaves)));
    fc.assert(
      fc.property(tied, ([leaves, distances]) => {
        const merges = averageLinkage(allOf(distances, leaves));
        const members = Array.from({ length: leaves }, (_, leaf) => [leaf]);
        const order = leafOrder(merges, leaves);
        const places = order.map((_, leaf) => order.indexOf(leaf));
        for (const { first, second, height } of merges) {
          const pairs = members[first]!.flatMap((a) =>
            members[second]!.map((b) => distances[a * leaves + b]!),
          );
          expectNear([height], [pairs.reduce((total, value) => total + value, 0) / pairs.length]);
          const both = [...members[first]!, ...members[second]!];
          const spots = both.map((leaf) => places[leaf]!);
          expect(Math.max(...spots) - Math.min(...spots)).toBe(both.length - 1);
          members.push(both);
        }
        expect(merges).toHaveLength(leaves - 1);
        expect([...order].sort((a, b) => a - b)).toEqual(order.map((_, index) => index));
      }),
    );
  });

  test("is the same whether the largest distances are given or not", () => {
    const cases = fc
      .integer({ min: 1, max: 14 })
      .chain((leaves) => fc.tuple(fc.constant(leaves), symmetric(leaves)));
    fc.assert(
      fc.property(cases, ([leaves, distances]) => {
        expect(averageLinkage(allOf(distances, leaves, 1))).toEqual(averageLinkage(allOf(distances, leaves)));
      }),
    );
  });
});

/** Distances of which those of `far` and more are left out. */
function allOf(distances: ArrayLike<number>, leaves: number, far = Number.POSITIVE_INFINITY): Distances {
  const nearOf = (from: number) => {
    const others = Array.from({ length: leaves }, (_, to): [number, number] => [
      to,
      distances[from * leaves + to]!,
    ]);
    return new Map(others.filter(([to, distance]) => to !== from && distance < far));
  };
  const near = new Map(Array.from({ length: leaves }, (_, from) => [from, nearOf(from)]));
  return { leaves, far, near };
}

function symmetric(size: number): fc.Arbitrary<Float64Array> {
  const entries = fc.array(fc.integer({ min: 0, max: 3 }), {
    minLength: size * size,
    maxLength: size * size,
  });
  return entries.map((values) =>
    Float64Array.from(values, (_, at) => {
      const [r, c] = [Math.floor(at / size), at % size];
      return r === c ? 0 : values[Math.min(r, c) * size + Math.max(r, c)]! / 3;
    }),
  );
}

describe("reliability", () => {
  test("closes bins at their upper edge; 0 is in the first, 1 in the last", () => {
    const bins = reliabilityBins([0, 0.5, 0.5, 1], Uint8Array.of(0, 1, 0, 1), 2);
    expect(bins).toEqual([
      { from: 0, to: 0.5, pictures: 3, confidence: 1 / 3, accuracy: 1 / 3 },
      { from: 0.5, to: 1, pictures: 1, confidence: 1, accuracy: 1 },
    ]);
    expect(expectedCalibrationError(bins)).toBe(0);
  });

  test("of all wrong and all sure is as bad as can be", () => {
    expect(expectedCalibrationError(reliabilityBins([1, 1], Uint8Array.of(0, 0)))).toBe(1);
    expect(expectedCalibrationError(reliabilityBins([1, 1], Uint8Array.of(1, 1)))).toBe(0);
  });

  test("needs scores from 0 to 1", () => {
    for (const confidence of [-0.1, 1.1, Number.NaN]) {
      expect(() => reliabilityBins([0.5, confidence], Uint8Array.of(0, 1))).toThrow(
        expect.objectContaining({
          code: "VECTOR_INVALID",
          message: expect.stringContaining(`got ${confidence} at 1`),
        }),
      );
    }
  });
});

test("a loss of a probability of 0 is infinite, not clipped", () => {
  expect(negativeLogLikelihood([Number.NEGATIVE_INFINITY, 0])).toBe(Number.POSITIVE_INFINITY);
  expect(negativeLogLikelihood([-800])).toBe(800);
});

describe("risk and coverage", () => {
  const answers = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 1 })), {
    minLength: 1,
    maxLength: 40,
  });

  test("have one point a distinct confidence, up to the whole", () => {
    const curve = riskCoverage([0.5, 0.9, 0.5, 0.7], Uint8Array.of(0, 1, 1, 0));
    expect(thinCurve(curve)).toEqual([
      { coverage: 0.25, risk: 0, threshold: 0.9 },
      { coverage: 0.5, risk: 0.5, threshold: 0.7 },
      { coverage: 1, risk: 0.5, threshold: 0.5 },
    ]);
  });

  test("do not depend on the order of the pictures", () => {
    fc.assert(
      fc.property(answers, (pictures) => {
        const area = (order: typeof pictures) =>
          areaUnderRiskCoverage(
            riskCoverage(
              order.map(([confidence]) => confidence),
              Uint8Array.from(order, ([, right]) => right),
            ),
          );
        expectNear([area(pictures)], [area([...pictures].reverse())], 1e-12);
      }),
    );
  });

  test("with one confidence for all: the mean over every order", () => {
    const orders = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ].map((wrong) => {
      const risks = wrong.map(
        (_, index) => wrong.slice(0, index + 1).reduce((a, b) => a + b, 0) / (index + 1),
      );
      return risks.reduce((a, b) => a + b, 0) / 3;
    });
    const area = areaUnderRiskCoverage(riskCoverage([0.4, 0.4, 0.4], Uint8Array.of(0, 1, 1)));
    expectNear([area], [orders.reduce((a, b) => a + b, 0) / 3], 1e-12);
  });

  test("are thinned evenly, both ends kept", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 2, max: 50 }), (pictures, most) => {
        const confidences = Array.from({ length: pictures }, (_, index) => index / pictures);
        const points = thinCurve(riskCoverage(confidences, new Uint8Array(pictures).fill(1)), most);
        expect(points).toHaveLength(Math.min(most, pictures));
        expect(points[0]!.coverage).toBe(1 / pictures);
        expect(points.at(-1)!.coverage).toBe(1);
        const gaps = points.slice(1).map((point, index) => point.coverage - points[index]!.coverage);
        for (const gap of gaps)
          expect(gap).toBeLessThanOrEqual(1 / (points.length - 1) + 1 / pictures + 1e-12);
      }),
    );
  });

  test("are 0 for all right and 1 for all wrong", () => {
    expect(areaUnderRiskCoverage(riskCoverage([0.1, 0.9], Uint8Array.of(1, 1)))).toBe(0);
    expect(areaUnderRiskCoverage(riskCoverage([0.1, 0.9], Uint8Array.of(0, 0)))).toBe(1);
  });
});

describe("detection", () => {
  test.each(golden.detections)("is scikit-learn's at a true positive rate of $tpr", (wanted) => {
    expectNear([auroc(wanted.known, wanted.unknown)], [wanted.auroc]);
    expectNear([fprAtTpr(wanted.known, wanted.unknown, wanted.tpr)], [wanted.fpr]);
  });

  test("is turned round by turning the scores round", () => {
    const scores = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(scores, scores, (known, unknown) => {
        expectNear([auroc(known, unknown) + auroc(unknown, known)], [1], 1e-12);
      }),
    );
  });

  test("of pictures told apart, or not at all", () => {
    expect(auroc([2, 3], [0, 1])).toBe(1);
    expect(fprAtTpr([2, 3], [0, 1])).toBe(0);
    expect(auroc([1, 1], [1, 1, 1])).toBe(0.5);
    expect(fprAtTpr([1, 1], [1, 1, 1])).toBe(1);
    expect(() => fprAtTpr([1], [1], 95)).toThrow(TypeError);
  });
});

describe("intervals", () => {
  test.each(golden.wilson)("Wilson's of %i of %i is SciPy's", (successes, total, low, high) => {
    const got = wilsonInterval(successes, total);
    expectInterval(got, { value: successes / total, low, high });
    expect(got.interval).toBe("wilson");
  });

  test("Wilson's needs a share", () => {
    expect(() => wilsonInterval(3, 2)).toThrow(TypeError);
    expect(() => wilsonInterval(Number.NaN, 2)).toThrow(TypeError);
    expect(() => wilsonInterval(0, 0)).toThrow(expect.objectContaining({ code: "INPUT_EMPTY" }));
  });

  test("the bootstrap's depends on nothing but the seed", async () => {
    const terms = Array.from({ length: 50 }, (_, index) => Math.sqrt(index));
    const first = await bootstrapMean(terms, { seed: 3 });
    expect(await bootstrapMean(terms, { seed: 3 })).toEqual(first);
    expect(await bootstrapMean(terms, { seed: 4 })).not.toEqual(first);
    expect(first.low).toBeLessThan(first.value);
    expect(first.high).toBeGreaterThan(first.value);
  });

  test("the bootstrap's of a mean is close to the normal one", async () => {
    const terms = Array.from({ length: 2000 }, (_, index) => index % 2);
    const { low, high } = await bootstrapMean(terms, { seed: 0, resamples: 4000 });
    const half = 1.96 * Math.sqrt(0.25 / 2000);
    expect(low).toBeCloseTo(0.5 - half, 2);
    expect(high).toBeCloseTo(0.5 + half, 2);
  });

  test("of one value is that value", async () => {
    expect(await bootstrapMean([7], { seed: 0 })).toEqual({
      value: 7,
      low: 7,
      high: 7,
      interval: "bootstrap",
    });
  });

  test("refuse what cannot be resampled", async () => {
    await expect(bootstrapMean([], { seed: 0 })).rejects.toMatchObject({ code: "INPUT_EMPTY" });
    await expect(bootstrapMean([1], { seed: 0, resamples: 0 })).rejects.toMatchObject({
      code: "OPTION_INVALID",
    });
    const none = bootstrapInterval(2, () => Number.NaN, { seed: 0 });
    await expect(none).rejects.toMatchObject({ code: "VECTOR_INVALID" });
  });

  test("end when they are told to", async () => {
    const controller = new AbortController();
    const terms = new Float64Array(20_000);
    const endless = bootstrapMean(terms, { seed: 0, resamples: 1e7, signal: controller.signal });
    void setTimeout(20).then(() => controller.abort(new Error("enough")));
    await expect(endless).rejects.toThrow("enough");
  });
});

describe("McNemar's test", () => {
  test.each(golden.mcnemar)("of %i against %i is SciPy's", (onlyFirst, onlySecond, pValue) => {
    const first = new Uint8Array(onlyFirst + onlySecond + 5);
    const second = new Uint8Array(first.length);
    first.fill(1, 0, onlyFirst);
    second.fill(1, onlyFirst, onlyFirst + onlySecond);
    first.fill(1, onlyFirst + onlySecond, onlyFirst + onlySecond + 3);
    second.fill(1, onlyFirst + onlySecond, onlyFirst + onlySecond + 3);
    const got = mcnemar(first, second);
    expect(got).toMatchObject({ both: 3, onlyFirst, onlySecond, neither: 2 });
    expectNear([got.pValue / (pValue || 1)], [pValue && 1]);
  });

  test("of runs that never differ says so", () => {
    const correct = Uint8Array.of(1, 0);
    expect(mcnemar(correct, correct)).toEqual({
      both: 1,
      onlyFirst: 0,
      onlySecond: 0,
      neither: 1,
      pValue: 1,
    });
  });
});

describe("principal components", () => {
  test.each(golden.projections)("of $rows x $columns are scikit-learn's", (wanted) => {
    const data = Float32Array.from(wanted.data, (value) => value / wanted.one);
    expectNear(principalComponents({ ...wanted, data }), wanted.scores);
  });

  test("keep distances where all the spread is in two dimensions", () => {
    const point = fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }));
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 12 }), (points) => {
        const scores = principalComponents(matrixOf(points.map(([x, y]) => [x + y, 1, x - y, 2 * x])));
        for (const [i, [x, y]] of points.entries()) {
          for (const [j, [u, v]] of points.entries()) {
            const wanted = Math.hypot(x + y - u - v, x - y - u + v, 2 * (x - u));
            const got = Math.hypot(scores[2 * i]! - scores[2 * j]!, scores[2 * i + 1]! - scores[2 * j + 1]!);
            expectNear([got], [wanted], 1e-7);
          }
        }
      }),
    );
  });

  test("of equal spread are found together", () => {
    const corners = matrixOf([
      [1, 0, 0],
      [-1, 0, 0],
      [0, 1, 0],
      [0, -1, 0],
    ]);
    const scores = principalComponents(corners);
    for (let corner = 0; corner < 4; corner++) {
      expectNear([Math.hypot(scores[2 * corner]!, scores[2 * corner + 1]!)], [1]);
    }
  });

  test("are 0 where nothing differs", () => {
    expectNear(principalComponents(matrixOf([[3, 4, 5]])), [0, 0]);
    expectNear(
      principalComponents(
        matrixOf([
          [0.1, 0.7],
          [0.1, 0.7],
        ]),
      ),
      [0, 0, 0, 0],
    );
    expectNear(principalComponents(matrixOf([[1], [3]])), [-1, 0, 1, 0]);
  });
});

describe("no pictures", () => {
  const none = new Int32Array(0);
  const flags = new Uint8Array(0);
  test.each<[string, () => unknown]>([
    ["acc@1", () => accuracyAt([], 1)],
    ["Rank", () => rankOf([], 0)],
    ["Confusion matrix", () => confusionMatrix(none, none, 3)],
    ["Class metrics", () => classMetrics({ classes: 3, entries: [] })],
    ["Mean per-class recall", () => meanPerClassRecall({ classes: 3, entries: [] })],
    ["Mean per-class recall", () => meanPerClassRecallStatistic(none, none, 3)],
    ["Cluster order", () => clusterOrder({ classes: 0, entries: [] })],
    ["Reliability", () => reliabilityBins([], flags)],
    ["Expected calibration error", () => expectedCalibrationError([])],
    ["Brier score", () => brierScore([])],
    ["Negative log-likelihood", () => negativeLogLikelihood([])],
    ["Risk-coverage curve", () => riskCoverage([], flags)],
    ["Average precision", () => averagePrecision([0.5], new Uint8Array(1))],
    ["Mean average precision", () => meanAveragePrecision(none, 3, () => [])],
    ["AUROC of unknown pictures", () => auroc([1], [])],
    ["FPR@95 of known pictures", () => fprAtTpr([], [1])],
    ["McNemar's test", () => mcnemar(flags, flags)],
    ["Principal components", () => principalComponents(matrixOf([], 4))],
  ])("are an error that names %s", (metric, compute) => {
    expect(compute).toThrow(
      expect.objectContaining({ code: "INPUT_EMPTY", message: expect.stringMatching(`^${metric} expects`) }),
    );
  });
});

describe("numbers that are none", () => {
  const bad = [0.5, Number.NaN];
  const flags = Uint8Array.of(1, 0);
  test.each<[string, () => unknown]>([
    ["Rank", () => rankOf(bad, 0)],
    ["Brier score", () => brierTerm(bad, 0)],
    ["Brier score", () => brierScore(bad)],
    ["Negative log-likelihood", () => negativeLogLikelihood(bad)],
    ["Risk-coverage curve", () => riskCoverage(bad, flags)],
    ["Average precision", () => averagePrecision(bad, flags)],
    ["Mean average precision", () => meanAveragePrecision(Int32Array.of(0, 1), 2, () => bad)],
    ["AUROC of known pictures", () => auroc(bad, [1])],
    ["FPR@95 of unknown pictures", () => fprAtTpr([1], bad)],
    ["Principal components", () => principalComponents(matrixOf([bad, [1, 2]]))],
  ])("are an error that names %s", (metric, compute) => {
    expect(compute).toThrow(
      expect.objectContaining({
        code: "VECTOR_INVALID",
        message: expect.stringMatching(`^${metric} expects numbers, got NaN at 1`),
      }),
    );
  });
});

describe("options that are none", () => {
  const one = Uint8Array.of(1);
  test.each<[string, () => unknown]>([
    ["k of NaN", () => accuracyAt([1], Number.NaN)],
    ["k of 0", () => accuracyAt([1], 0)],
    ["no bins", () => reliabilityBins([0.5], one, 0)],
    ["bins of NaN", () => reliabilityBins([0.5], one, Number.NaN)],
    ["z of NaN", () => wilsonInterval(1, 2, Number.NaN)],
    ["a seed of NaN", () => bootstrapMean([1, 2], { seed: Number.NaN })],
    ["resamples of NaN", () => bootstrapMean([1, 2], { seed: 0, resamples: Number.NaN })],
    ["a misspelt one", () => bootstrapMean([1, 2], { seed: 0, resample: 3 } as { seed: number })],
  ])("are refused: %s", async (_, compute) => {
    await expect((async () => compute())()).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });
});

test("inputs that do not belong together are misuse", () => {
  const two = Int32Array.of(0, 1);
  const one = Uint8Array.of(1);
  for (const compute of [
    () => confusionMatrix(two, Int32Array.of(0), 2),
    () => confusionMatrix(two, two, 1),
    () => confusionMatrix(Int32Array.of(-1), Int32Array.of(0), 1),
    () => confusionMatrix([Number.NaN] as unknown as Int32Array, Int32Array.of(0), 1),
    () => reliabilityBins([0.1, 0.2], one),
    () => riskCoverage([0.1, 0.2], one),
    () => averagePrecision([0.1, 0.2], one),
    () => meanAveragePrecision(two, 2, () => [0.1]),
    () => mcnemar(one, Uint8Array.of(1, 0)),
    () => rankOf([1, 2], 2),
    () => brierTerm([1, 2], 2),
  ]) {
    expect(compute).toThrow(TypeError);
  }
});
