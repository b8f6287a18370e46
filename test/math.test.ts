import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matrixOf, meanRow, normaliseRows, row } from "../src/math/matrix.js";
import { rowDots } from "../src/math/products.js";
import { logSoftmax, logSumExp, sigmoid, softmax } from "../src/math/softmax.js";
import { topK } from "../src/math/top-k.js";
import { cosine, dot, norm, normalise } from "../src/math/vector.js";

const finite = fc.double({ min: -1e3, max: 1e3, noNaN: true });
const vectors = fc.array(finite, { minLength: 1, maxLength: 64 });

describe("rowDots", () => {
  it("gives what dot gives for each row, to the bit", () => {
    const float = fc.float({ noNaN: true, noDefaultInfinity: true });
    const shapes = fc.tuple(fc.nat(11), fc.integer({ min: 1, max: 9 }));
    const cases = shapes.chain(([rows, columns]) =>
      fc.tuple(
        fc.array(fc.float32Array({ minLength: columns, maxLength: columns, noNaN: true }), {
          minLength: rows,
          maxLength: rows,
        }),
        fc.array(float, { minLength: columns, maxLength: columns }),
      ),
    );
    fc.assert(
      fc.property(cases, ([rows, values]) => {
        const vector = Float32Array.from(values);
        expect([...rowDots(vector, matrixOf(rows, vector.length))]).toEqual(
          rows.map((each) => dot(vector, each)),
        );
      }),
    );
  });
});

describe("normalise", () => {
  it("gives unit length and keeps the direction", () => {
    fc.assert(
      fc.property(vectors, (values) => {
        const vector = Float32Array.from(values);
        fc.pre(norm(vector) > 1e-3);
        const unit = normalise(vector);
        expect(norm(unit)).toBeCloseTo(1, 6);
        expect(dot(unit, vector)).toBeCloseTo(norm(vector), 2);
      }),
    );
  });

  it("leaves a zero vector as it is", () => {
    expect(normalise(new Float32Array(3))).toEqual(new Float32Array(3));
  });

  it("works row by row", () => {
    const unit = normaliseRows(
      matrixOf([
        [3, 4],
        [0, 2],
      ]),
    );
    expect([...row(unit, 0)]).toEqual([Math.fround(0.6), Math.fround(0.8)]);
    expect([...row(unit, 1)]).toEqual([0, 1]);
  });
});

describe("matrixOf", () => {
  it("refuses rows of different lengths", () => {
    expect(() => matrixOf([[1, 2], [3]])).toThrow("Expected row 1 to have 2 numbers, got 1");
  });

  it("may have no rows", () => {
    expect(matrixOf([], 4)).toEqual({ data: new Float32Array(0), rows: 0, columns: 4 });
  });
});

describe("meanRow", () => {
  it("averages each column", () => {
    expect([
      ...meanRow(
        matrixOf([
          [1, 10],
          [3, 30],
        ]),
      ),
    ]).toEqual([2, 20]);
  });
});

describe("softmax", () => {
  it("sums to 1, keeps the order and does not overflow", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 }), (logits) => {
        const scores = softmax(logits);
        expect(scores.reduce((sum, score) => sum + score, 0)).toBeCloseTo(1, 9);
        const largest = logits.indexOf(Math.max(...logits));
        expect(scores[largest]).toBe(Math.max(...scores));
      }),
    );
  });

  it("does not change when a constant is added to all logits", () => {
    const scores = softmax([1, 2, 3]);
    softmax([1001, 1002, 1003]).forEach((score, at) => {
      expect(score).toBeCloseTo(scores[at]!, 12);
    });
  });
});

describe("sigmoid", () => {
  it("is symmetric about a half and stays within 0 and 1", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e4, max: 1e4, noNaN: true }), (logit) => {
        const [up, down] = sigmoid([logit, -logit]) as unknown as [number, number];
        expect(up + down).toBeCloseTo(1, 12);
        expect(up >= 0 && up <= 1).toBe(true);
      }),
    );
  });
});

describe("topK", () => {
  it("is the head of a stable sort, largest first", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 200 }), fc.nat(220), (values, k) => {
        const sorted = values.map((_, at) => at).sort((a, b) => values[b]! - values[a]! || a - b);
        expect(topK(values, k)).toEqual(sorted.slice(0, k));
      }),
    );
  });

  it("takes NaN for less than every number, however many are asked for", () => {
    const number = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constant(Number.NaN));
    fc.assert(
      fc.property(fc.array(number, { maxLength: 200 }), fc.nat(220), (values, k) => {
        const positions = values.map((_, at) => at);
        const numbers = positions.filter((at) => !Number.isNaN(values[at]));
        const others = positions.filter((at) => Number.isNaN(values[at]));
        const sorted = [...numbers.sort((a, b) => values[b]! - values[a]! || a - b), ...others];
        expect(topK(values, k)).toEqual(sorted.slice(0, k));
      }),
    );
  });

  it("finds nothing for a number of places that is none", () => {
    for (const k of [Number.NaN, -1, 0]) expect(topK([1, 2], k)).toEqual([]);
  });
});

describe("logSumExp and logSoftmax", () => {
  const logits = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 });

  it("are the logarithms of a sum of exponentials and of the softmax, also where these overflow or round to 0", () => {
    expect(logSumExp([0, 0])).toBeCloseTo(Math.log(2), 15);
    expect(logSumExp([1000, 1000])).toBeCloseTo(1000 + Math.log(2), 12);
    expect(logSoftmax([1000, 0], 1)).toBe(-1000);
    fc.assert(
      fc.property(logits, (values) => {
        const sum = values.reduce((total, _, at) => total + Math.exp(logSoftmax(values, at)), 0);
        expect(sum).toBeCloseTo(1, 9);
        expect(logSumExp(values)).toBeGreaterThanOrEqual(Math.max(...values));
      }),
    );
  });
});

describe("cosine", () => {
  it("is the dot product at unit length", () => {
    expect(cosine([3, 4], [6, 8])).toBeCloseTo(1, 15);
    expect(cosine([1, 0], [0, 5])).toBe(0);
    expect(cosine([1, 0], [-2, 0])).toBe(-1);
  });
});
