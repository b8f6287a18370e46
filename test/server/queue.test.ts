import { describe, expect, it } from "vitest";
import { type Batcher, createBatcher } from "../../src/server/queue/batcher.js";
import { createFairQueue } from "../../src/server/queue/fair-queue.js";
import { serveModel } from "../../src/server/queue/served-model.js";
import { mini, sample } from "./harness.js";

const never = new AbortController().signal;

/** Batches that end when they are told to. */
function slowRuns() {
  const runs: { items: readonly string[]; signal: AbortSignal; end(): void }[] = [];
  const run = (items: readonly string[], signal: AbortSignal) =>
    new Promise<readonly string[]>((resolve) => {
      runs.push({ items, signal, end: () => resolve(items.map((item) => item.toUpperCase())) });
    });
  return { runs, run };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

const one = async <T, R>(batcher: Batcher<T, R>, item: T, client = "x", signal = never): Promise<R> =>
  (await batcher.addAll([item], { client, signal }))[0]!;

it("takes from clients in turn, the oldest of each first", () => {
  const queue = createFairQueue<string>();
  for (const item of ["a1", "a2", "a3", "a4"]) queue.push("a", item);
  queue.push("b", "b1");
  queue.push("c", "c1");
  queue.push("c", "c2");
  queue.remove("a", (item) => item === "a2");
  expect(queue.take(4)).toEqual(["a1", "b1", "c1", "a3"]);
  queue.push("b", "b2");
  expect([queue.size, queue.take(10), queue.size]).toEqual([3, ["c2", "a4", "b2"], 0]);
});

describe("a batcher", () => {
  it("runs the first at once, and collects what comes meanwhile", async () => {
    const { runs, run } = slowRuns();
    const batcher = createBatcher(run, { largestBatch: 3, ahead: 1, longestWait: 5 });
    const answers = ["a", "b", "c", "d", "e"].map((item) => one(batcher, item, "x", never));
    expect(runs.map(({ items }) => items)).toEqual([["a"]]);
    expect([batcher.waiting, batcher.running]).toEqual([4, 1]);
    runs[0]!.end();
    await settled();
    runs[1]!.end();
    await settled();
    runs[2]!.end();
    expect(await Promise.all(answers)).toEqual(["A", "B", "C", "D", "E"]);
    expect(runs.map(({ items }) => items.length)).toEqual([1, 3, 1]);
    expect(batcher.done).toEqual({ items: 5, batches: 3 });
  });

  it("waits for others only while something runs, and no longer than it may", async () => {
    const { runs, run } = slowRuns();
    const batcher = createBatcher(run, { largestBatch: 8, ahead: 2, longestWait: 30 });
    for (const item of ["a", "b"]) void one(batcher, item, "x", never);
    expect(runs).toHaveLength(1);
    void one(batcher, "c", "y", never);
    await expect.poll(() => runs.map(({ items }) => items)).toEqual([["a"], ["b", "c"]]);
  });

  it("takes out what nobody waits for any more, and stops a run when all have gone", async () => {
    const { runs, run } = slowRuns();
    const batcher = createBatcher(run, { largestBatch: 2, ahead: 1, longestWait: 5 });
    const [first, second] = [new AbortController(), new AbortController()];
    const running = one(batcher, "a", "x", first.signal);
    const waiting = one(batcher, "b", "x", second.signal);
    second.abort(new Error("gone"));
    await expect(waiting).rejects.toThrow("gone");
    expect([batcher.waiting, runs[0]!.signal.aborted]).toEqual([0, false]);
    first.abort(new Error("gone too"));
    await expect(running).rejects.toThrow("gone too");
    expect(runs[0]!.signal.aborted).toBe(true);
    runs[0]!.end();
    await expect(one(batcher, "c", "x", first.signal)).rejects.toThrow("gone too");
  });

  it("tells all of a batch what made it fail, and goes on", async () => {
    let fail = true;
    const batcher = createBatcher(
      async (items: readonly string[]) => {
        if (fail) throw new Error("broken");
        return items;
      },
      { largestBatch: 8, ahead: 1, longestWait: 5 },
    );
    await expect(one(batcher, "a", "x", never)).rejects.toThrow("broken");
    fail = false;
    expect(await one(batcher, "b", "x", never)).toBe("b");
  });
});

describe("a served model", () => {
  it("gives the embeddings that the model gives, and errors in their places", async () => {
    const bus = new Uint8Array(await sample("bus"));
    const images = [bus, bus.subarray(0, 900), bus];
    const served = serveModel("mini", mini).encoderFor({ client: "x", signal: never });
    const [theirs, ours] = [await served.embedImages(images), await mini.embedImages(images)];
    for (const [at, value] of theirs.embeddings.data.entries())
      expect(value).toBeCloseTo(ours.embeddings.data[at]!, 5);
    expect([...theirs.errors.keys()]).toEqual([1]);
    expect(await served.embedTexts(["a cat", "a dog"])).toMatchObject({
      embeddings: { rows: 2, columns: mini.dimension },
    });
  });

  it("embeds a text once", async () => {
    const model = serveModel("mini", mini);
    const encoder = model.encoderFor({ client: "x", signal: never });
    const first = await encoder.embedTexts(["a cat", "a dog", "a cat"]);
    const before = model.queue.done.items;
    expect(await encoder.embedTexts(["a dog"])).toMatchObject({
      embeddings: { data: first.embeddings.data.slice(mini.dimension, 2 * mini.dimension) },
    });
    expect(model.queue.done.items).toBe(before);
  });

  it("says that it is busy before its queue grows without end", async () => {
    const model = serveModel("mini", mini, { mostWaiting: 4, largestBatch: 1 });
    const encoder = model.encoderFor({ client: "x", signal: never });
    const bus = new Uint8Array(await sample("bus"));
    const many = encoder.embedImages(Array(8).fill(bus));
    await expect(encoder.embedImages([bus])).rejects.toMatchObject({
      code: "SERVER_BUSY",
      retryAfter: expect.any(Number),
    });
    expect((await many).errors.size).toBe(0);
    expect((await encoder.embedImages([bus])).errors.size).toBe(0);
  });
});
