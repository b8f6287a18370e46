import fc from "fast-check";
import { expect, it } from "vitest";
import { RecentTimes } from "../../src/jobs/report/recent-times.js";

const WINDOW_MS = 600_000;

it("tells the rate of the last ten minutes, in whatever order the times come", () => {
  const someTime = fc.integer({ min: 0, max: 3 * WINDOW_MS });
  fc.assert(
    fc.property(fc.array(someTime, { minLength: 1, maxLength: 60 }), (times) => {
      const recent = new RecentTimes();
      for (const time of times) recent.add(time);
      const last = Math.max(...times);
      // By whole seconds.
      const kept = times.filter(
        (time) => Math.floor(time / 1000) > Math.floor(last / 1000) - WINDOW_MS / 1000,
      );
      const first = Math.min(...kept);
      expect(recent.last).toBe(last);
      expect(recent.rate).toBe(last > first ? ((kept.length - 1) * 1000) / (last - first) : undefined);
    }),
  );
});

it("counts hundreds of thousands of shards", () => {
  const recent = new RecentTimes();
  expect([recent.last, recent.rate]).toEqual([undefined, undefined]);
  for (let shard = 0; shard < 400_000; shard++) recent.add(1e12 + shard);
  expect(recent.rate).toBe(1000);
});
