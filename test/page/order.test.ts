import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gridLayout, steppedTo } from "../../web/src/parts/grid-layout.js";
import { falling, NO_LABEL, orderOf, surenessOf, withGiven } from "../../web/src/views/collection/order.js";

const scores = fc.float32Array({ min: 0, max: 1, noNaN: true, minLength: 1, maxLength: 300 });

describe("the order of pictures", () => {
  it("falls, to one part in 65,536 of the range, and has each picture once", () => {
    fc.assert(
      fc.property(scores, (values) => {
        const order = falling(values);
        expect([...order].sort((a, b) => a - b)).toEqual([...values.keys()]);
        const step = (Math.max(...values) - Math.min(...values)) / 65_535;
        for (let at = 1; at < order.length; at++) {
          expect(values[order[at]!]! - values[order[at - 1]!]!).toBeLessThanOrEqual(step + 1e-9);
        }
      }),
    );
  });

  it("has the sure ones of a label first, then all others by their similarity to it", () => {
    const ranking = {
      version: 1,
      labels: [],
      pictures: [],
      best: Uint16Array.of(0, 1, 1, 1),
      scores: Float32Array.of(0.9, 0.6, 0.8, 0.2),
      similarities: Float32Array.of(0.1, 0.2, 0.3, 0.4),
      given: Uint16Array.of(NO_LABEL, 1, 0, NO_LABEL),
    };
    const { rows, sure } = orderOf(ranking, 1, 0.5);
    expect([[...rows], sure]).toEqual([[2, 1, 3, 0], 2]);
    expect(withGiven(ranking)).toEqual({
      best: Uint16Array.of(0, 1, 0, 1),
      scores: Float32Array.of(0.9, 1, 1, 0.2),
    });
    const { coverage, accuracy, known } = surenessOf(ranking);
    expect([coverage[0], coverage[50], coverage[85], coverage[100]]).toEqual([1, 0.75, 0.25, 0]);
    // Too few are known: the mean of scores stands for it.
    expect(known[0]).toBe(0);
    expect(accuracy[85]).toBeCloseTo(0.9, 6);
  });
});

it("lays pictures out so that each is in the row that is told, around the band", () => {
  const measures = fc.record({
    count: fc.integer({ min: 1, max: 500 }),
    split: fc.option(fc.integer({ min: 0, max: 500 }), { nil: undefined }),
    width: fc.integer({ min: 200, max: 2500 }),
    least: fc.constant(116),
    caption: fc.constant(22),
  });
  fc.assert(
    fc.property(measures, (given) => {
      const layout = gridLayout(given);
      for (let index = 0; index < given.count; index++) {
        const [start, end] = layout.range(layout.rowOf(index));
        expect(start <= index && index < end).toBe(true);
        expect(layout.rowAt(layout.top(layout.rowOf(index)) + 1)).toBe(layout.rowOf(index));
        for (const key of ["ArrowUp", "ArrowDown", "PageDown", "End"]) {
          const to = steppedTo(key, index, layout, given.count, 3)!;
          expect(to >= 0 && to < given.count).toBe(true);
        }
      }
    }),
    { numRuns: 30 },
  );
});
