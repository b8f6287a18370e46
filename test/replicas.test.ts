import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { afterAll, expect, it, vi } from "vitest";
import type { EmbeddingBatch, ImageSource } from "../src/index.js";

/** The threads run what is compiled. */
const { imageFile, loadModel, loadReplicas } = (await import(
  new URL("../dist/index.js", import.meta.url).href
)) as typeof import("../src/index.js");

const grey = (level: number): ImageSource => ({
  data: new Uint8Array(32 * 32).fill(level),
  width: 32,
  height: 32,
  channels: 1,
});
const greys = (count: number, from: number) => Array.from({ length: count }, (_, at) => grey(from + at));
const bus = imageFile(fileURLToPath(new URL("../samples/bus.png", import.meta.url)));

const local = await loadModel("mini");
const replicas = await loadReplicas("mini", { replicas: 2 });
afterAll(() => Promise.all([local.close(), replicas.close()]));

/** How many threads were sent something while `work` was done. */
async function threadsOf<T>(work: () => Promise<T>): Promise<{ result: T; threads: number }> {
  const sent = vi.spyOn(Worker.prototype, "postMessage");
  const result = await work();
  const threads = new Set(sent.mock.contexts).size;
  sent.mockRestore();
  return { result, threads };
}

it("gives what the model gives, to the bit, to all who ask at once", async () => {
  const calls = Array.from({ length: 12 }, (_, at) => [bus, ...greys(1 + (at % 5), 20 * at)]);
  const expected: EmbeddingBatch[] = [];
  for (const pictures of calls) expected.push(await local.embedImages(pictures));
  expect(await Promise.all(calls.map((pictures) => replicas.embedImages(pictures)))).toEqual(expected);
  const texts = ["a photo of a cat", "two dogs"];
  expect(await replicas.embedTexts(texts)).toEqual(await local.embedTexts(texts));
  expect(await replicas.identity.fingerprint()).toBe(await local.identity.fingerprint());
  const { size, ahead } = local.batching;
  expect(replicas.batching).toMatchObject({ size: size / 2, ahead: 2 * ahead });
});

it("asks one thread where nothing else is under way, and its copies of what comes meanwhile", async () => {
  const oneByOne = await threadsOf(async () => {
    for (const level of [1, 2, 3]) await replicas.embedImages([grey(level)]);
  });
  const together = await threadsOf(() =>
    Promise.all([1, 2, 3, 4, 5].map((level) => replicas.embedImages([grey(level)]))),
  );
  expect([oneByOne.threads, together.threads]).toEqual([1, 3]);
});

it("asks a copy for pictures while texts are under way", async () => {
  const both = await threadsOf(() =>
    Promise.all([replicas.embedTexts(["two dogs"]), replicas.embedImages([grey(1)])]),
  );
  expect(both.threads).toBe(2);
});

it("keeps a bad picture and a call that is given up to themselves", async () => {
  const stop = new AbortController();
  const given = [
    replicas.embedImages([new Uint8Array(3), grey(1)]),
    replicas.embedImages(greys(40, 0), { signal: stop.signal }),
    replicas.embedImages([grey(2)]),
  ] as const;
  stop.abort(new Error("gone"));
  await expect(given[1]).rejects.toThrow("gone");
  const [first, third] = [await given[0], await given[2]];
  expect([...first.errors].map(([position, { code }]) => [position, code])).toEqual([
    [0, "IMAGE_UNSUPPORTED"],
  ]);
  expect(third).toEqual(await local.embedImages([grey(2)]));
});

it("is a model of one thread with one replica, and refuses what is no number of them", async () => {
  await using one = await loadReplicas("mini", { replicas: 1 });
  const { threads } = await threadsOf(() =>
    Promise.all([1, 2, 3].map((level) => one.embedImages([grey(level)]))),
  );
  expect(threads).toBe(1);
  for (const wrong of [0, 1.5, 65, "2"]) {
    await expect(loadReplicas("mini", { replicas: wrong as number })).rejects.toMatchObject({
      code: "OPTION_INVALID",
      message: expect.stringContaining("replicas"),
    });
  }
});

it("has a copy of the built-in model for each core, 4 at most, where nothing else is said", async () => {
  await using usual = await loadReplicas();
  const { threads } = await threadsOf(() =>
    Promise.all(Array.from({ length: 12 }, (_, level) => usual.embedImages([grey(level)]))),
  );
  const copies = Math.min(4, availableParallelism());
  expect(threads).toBe(copies === 1 ? 1 : copies + 1);
});

it("leaves out a copy whose thread has ended", async () => {
  await using model = await loadReplicas("mini", { replicas: 2 });
  const sent = vi.spyOn(Worker.prototype, "postMessage");
  await Promise.all([1, 2, 3].map((level) => model.embedImages([grey(level)])));
  const threads = [...new Set(sent.mock.contexts as Worker[])];
  sent.mockRestore();
  await threads[1]!.terminate();
  const calls = Array.from({ length: 8 }, (_, level) => model.embedImages([grey(level)]));
  expect((await Promise.all(calls)).flatMap(({ errors }) => [...errors])).toEqual([]);
});

it("says that it was closed", async () => {
  const closed = await loadReplicas("mini", { replicas: 2 });
  await closed.close();
  await expect(closed.embedImages([grey(1)])).rejects.toMatchObject({ code: "MODEL_CLOSED" });
});
