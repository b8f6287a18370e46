import fc from "fast-check";
import { expect, test } from "vitest";
import { cutByRelevance, relevanceBars } from "../src/images/search/relevance.js";
import { scaleOf, withoutMean } from "../src/images/search/relevance-scale.js";
import { matrixOf, row } from "../src/math/matrix.js";
import { dot, norm } from "../src/math/vector.js";
import { hashVector } from "./hash-encoder.js";

const texts = matrixOf(Array.from({ length: 50 }, (_, at) => hashVector(`text ${at}`, 32)));
const pictures = matrixOf(Array.from({ length: 40 }, (_, at) => hashVector(`picture ${at}`, 32)));

test("the spread is the deviation of pictures' cosines to neutral texts without their mean", () => {
  const { textMean, spread } = scaleOf(texts, pictures);
  const cosines: number[] = [];
  for (let text = 0; text < texts.rows; text++) {
    const direction = withoutMean(row(texts, text), textMean)!;
    expect(norm(direction)).toBeCloseTo(1, 6);
    for (let picture = 0; picture < pictures.rows; picture++)
      cosines.push(dot(direction, row(pictures, picture)));
  }
  const mean = cosines.reduce((sum, value) => sum + value, 0) / cosines.length;
  const variance = cosines.reduce((sum, value) => sum + (value - mean) ** 2, 0) / cosines.length;
  expect(spread).toBeCloseTo(Math.sqrt(variance), 6);
});

test("a text that is the mean itself has no direction, and no pictures have no spread", () => {
  const { textMean } = scaleOf(texts, pictures);
  expect(withoutMean(textMean, textMean)).toBeUndefined();
  expect(scaleOf(texts, matrixOf([], 32)).spread).toBe(0);
});

test("more is asked for in larger tables, and of the best more than of the others", () => {
  for (const pictures of [0, 1, 24, 500, 1_000_000]) {
    const { least, present } = relevanceBars(pictures);
    expect(present).toBeGreaterThan(least);
    expect(least).toBeGreaterThanOrEqual(relevanceBars(Math.floor(pictures / 2)).least);
  }
});

test("what is far below the best is left out, though it is beyond chance", () => {
  expect(cutByRelevance([8, 5, 4, 3], 24)).toMatchObject({ kept: 2, least: 0.6 * 8 });
  expect(cutByRelevance([4, 3, 2.6, 2], 24).kept).toBe(3);
});

test("what is kept is the beginning down to the bar, or nothing", () => {
  const relevances = fc.array(fc.double({ min: -5, max: 12, noNaN: true }), { maxLength: 40 });
  fc.assert(
    fc.property(relevances, fc.integer({ min: 1, max: 1e6 }), (values, pictures) => {
      const falling = [...values].sort((a, b) => b - a);
      const { kept, absent, least, present, best } = cutByRelevance(falling, pictures);
      expect(best).toBe(falling[0]);
      expect(absent).toBe(!(falling[0]! >= present));
      expect(kept).toBe(absent ? 0 : falling.filter((value) => value >= least).length);
    }),
  );
});
