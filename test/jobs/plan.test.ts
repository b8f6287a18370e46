import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ShardSet } from "../../src/jobs/commit/committed.js";
import { BLOCK_SHARDS, readShard } from "../../src/jobs/plan/blocks.js";
import { planJob, planShards } from "../../src/jobs/plan/make-plan.js";
import { readPlan } from "../../src/jobs/plan/plan-file.js";
import { type PartRange, rangeAt, rowsOfShard, shardsOf } from "../../src/jobs/plan/shard-rows.js";
import { openObjectStore } from "../../src/objects/open-store.js";
import type { Dataset, ImageRow } from "../../src/rows/dataset.js";
import { datasetOfParts } from "../../src/rows/parts.js";
import { temporaryFolder } from "../folders.js";

const SAMPLES = "samples";

/** A data set of numbered rows in parts; the size of a part is known or not. */
function numbered(parts: readonly { size: number; isKnown: boolean }[]): Dataset {
  const starts = parts.map((_, part) => parts.slice(0, part).reduce((sum, { size }) => sum + size, 0));
  async function* rows(part: number, start = 0, end = Number.POSITIVE_INFINITY): AsyncGenerator<ImageRow> {
    for (let at = start; at < Math.min(end, parts[part]!.size); at++) {
      yield { id: starts[part]! + at, image: new Uint8Array() };
    }
  }
  return datasetOfParts<number>(
    { name: "numbers" },
    {
      list: () => parts.map(({ size, isKnown }, key) => ({ key, ...(isKnown && { size }) })),
      parse: (value) => {
        const { size, isKnown } = parts[value as number]!;
        return { key: value as number, ...(isKnown && { size }) };
      },
      read: (key, { start, end }) => rows(key, start, end),
    },
  );
}

async function idsOf(rows: AsyncIterable<ImageRow>): Promise<(string | number)[]> {
  const ids: (string | number)[] = [];
  for await (const { id } of rows) ids.push(id);
  return ids;
}

const somePart = fc.record({ size: fc.integer({ min: 0, max: 30 }), isKnown: fc.boolean() });

describe("shards", () => {
  it("have every row once, in its order, and no more than were asked for", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(somePart, { maxLength: 8 }),
        fc.integer({ min: 1, max: 12 }),
        async (parts, size) => {
          const dataset = numbered(parts);
          const ids: (string | number)[] = [];
          for await (const ranges of shardsOf(dataset, size)) {
            const of = await idsOf(rowsOfShard(dataset, ranges));
            if (ranges.every(([, , end]) => end !== null)) expect(of.length).toBeLessThanOrEqual(size);
            for (const [position, id] of of.entries()) {
              expect(await idsOf(rowsOfShard(dataset, [rangeAt(ranges, position)]))).toEqual([id]);
            }
            ids.push(...of);
          }
          expect(ids).toEqual(await idsOf(dataset.rows()));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("are read one at a time from a plan of several blocks", async () => {
    const store = openObjectStore(await temporaryFolder());
    const count = 2 * BLOCK_SHARDS + 3;
    async function* shards(): AsyncGenerator<PartRange[]> {
      for (let shard = 0; shard < count; shard++) yield [[`part ${shard}`, 0, shard + 1]];
    }
    const draft = { source: { place: "x", options: {} }, task: { kind: "embed" }, shardSize: 9 } as const;
    const plan = await planShards(store, shards(), { ...draft, model: {} as never });
    expect(plan).toMatchObject({ shards: count, rows: (count * (count + 1)) / 2 });
    for (const shard of [0, 999, 1000, 2002]) {
      expect(await readShard(store, plan, shard)).toEqual([[`part ${shard}`, 0, shard + 1]]);
    }
    await expect(readShard(store, plan, 2500)).rejects.toMatchObject({ code: "PLAN_INVALID" });
  });
});

it("a set of shards keeps what was added as ranges", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 40 })), (numbers) => {
      const set = new ShardSet();
      for (const number of numbers) set.add(number);
      const expected = new Set(numbers);
      for (let number = 0; number <= 41; number++) expect(set.has(number)).toBe(expected.has(number));
      expect(set.size).toBe(expected.size);
      expect(new ShardSet(set.ranges).ranges).toEqual(set.ranges);
      for (const [at, [first]] of set.ranges.entries()) {
        expect(first).toBeGreaterThan((set.ranges[at - 1]?.[1] ?? -2) + 1);
      }
    }),
  );
});

describe("a plan", () => {
  it("is the same for the same work, and another for other work", async () => {
    const out = join(await temporaryFolder(), "run");
    const plan = await planJob(SAMPLES, { out, shardSize: 7 });
    expect(plan).toMatchObject({ shards: 4, rows: 24, model: { id: "mini", dimension: 256 } });
    expect(await planJob(SAMPLES, { out, shardSize: 7 })).toEqual(plan);
    for (const other of [{ shardSize: 8 }, { shardSize: 7, limit: 20 }, { shardSize: 7, batchSize: 3 }]) {
      await expect(planJob(SAMPLES, { out, ...other })).rejects.toMatchObject({ code: "PLAN_EXISTS" });
    }
    expect(await readPlan(openObjectStore(out))).toEqual(plan);
  });

  it("is refused once it was changed", async () => {
    const out = join(await temporaryFolder(), "run");
    await planJob(SAMPLES, { out });
    const file = join(out, "plan.json");
    await writeFile(file, (await readFile(file, "utf8")).replace('"shardSize": 1000', '"shardSize": 999'));
    await expect(readPlan(openObjectStore(out))).rejects.toMatchObject({
      code: "PLAN_INVALID",
      message: expect.stringContaining("was changed since it was made"),
    });
  });

  it("says what is missing", async () => {
    const folder = await temporaryFolder();
    await expect(readPlan(openObjectStore(folder))).rejects.toMatchObject({ code: "PLAN_NOT_FOUND" });
    await expect(planJob("nowhere", { out: folder })).rejects.toMatchObject({ code: "DATASET_NOT_FOUND" });
    await expect(planJob(SAMPLES, { out: folder, shardSize: 0 })).rejects.toMatchObject({
      code: "OPTION_INVALID",
    });
    await expect(planJob(SAMPLES, { out: "gs://bucket/run" })).rejects.toMatchObject({
      code: "OPTION_INVALID",
    });
  });
});
