import { execFile } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import type { Embedding } from "../src/encoder/embedding-batch.js";
import type { EmbeddingCache } from "../src/encoder/embedding-cache.js";
import type { Encoder } from "../src/encoder/encoder.js";
import { loadModel } from "../src/encoder/load.js";
import { type EmbeddedRow, embedRows } from "../src/encoder/rows/embed-rows.js";
import { type Stages, startStageClock } from "../src/encoder/stages.js";
import { imageFile } from "../src/image/image-file.js";
import type { ImageRow, ImageSource } from "../src/index.js";
import { vectorsOf } from "./embeddings.js";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const model = await loadModel("mini", { batchSize: 4, workers: 1 });
afterAll(() => model.close());

/** A grey picture whose level tells it from others. */
const grey = (level: number): ImageSource => ({
  data: new Uint8Array(48 * 48).fill(level),
  width: 48,
  height: 48,
  channels: 1,
});

const rows = (count: number): ImageRow[] =>
  Array.from({ length: count }, (_, id) => ({ id, image: grey(id) }));

async function collect(embedded: AsyncIterable<EmbeddedRow>): Promise<EmbeddedRow[]> {
  const results: EmbeddedRow[] = [];
  for await (const row of embedded) results.push(row);
  return results;
}

/** Rows without end, and how many of them were read and whether the source was closed. */
function endless() {
  const state = { read: 0, closed: false };
  async function* source(): AsyncGenerator<ImageRow> {
    try {
      for (;;) yield { id: state.read, image: grey(state.read++ % 256) };
    } finally {
      state.closed = true;
    }
  }
  return { state, source: source() };
}

function cacheInMemory(): EmbeddingCache & { readonly size: number } {
  const kept = new Map<string, Embedding>();
  return {
    getMany: async (hashes) => hashes.map((hash) => kept.get(hash)),
    put: (hash, embedding) => kept.set(hash, embedding),
    close: async () => {},
    get size() {
      return kept.size;
    },
  };
}

/** The model, counting the pictures that it embeds. */
function counted() {
  const counts = { embedded: 0 };
  const encoder: Encoder = {
    ...model,
    embedImages(images, options) {
      counts.embedded += images.length;
      return model.embedImages(images, options);
    },
  };
  return { counts, encoder };
}

describe("embedRows", () => {
  it("refuses one picture in place of many", async () => {
    for (const wrong of ["photo.png", new Uint8Array(3), undefined]) {
      await expect(collect(embedRows(model, wrong as never))).rejects.toMatchObject({
        code: "OPTION_INVALID",
      });
    }
  });

  it("keeps the order and gives each picture what it has alone", async () => {
    const given = rows(30);
    const results = await collect(embedRows(model, given));
    expect(results.map(({ row }) => row)).toEqual(given);
    for (const at of [0, 13, 29]) {
      const [alone] = vectorsOf(await model.embedImages([grey(at)]));
      expect(results[at]!.embedding).toEqual(alone);
      const raw = await model.encodePixels(await model.preprocess([grey(at)]));
      expect(results[at]!.norm).toBeCloseTo(Math.hypot(...raw.data), 4);
    }
  });

  it("embeds nothing when given nothing", async () => {
    expect(await collect(embedRows(model, []))).toEqual([]);
  });

  it("puts a bad picture's error in its place, be it all of a batch", async () => {
    const bad = new Set([1, 8, 9, 10, 11, 17]);
    const given = rows(18).map((row) =>
      bad.has(Number(row.id)) ? { ...row, image: imageFile("no-such.png") } : row,
    );
    const results = await collect(embedRows(model, given));
    expect(results.map(({ error }) => error?.code)).toEqual(
      given.map(({ id }) => (bad.has(Number(id)) ? "IMAGE_NOT_FOUND" : undefined)),
    );
    const whole = await collect(embedRows(model, rows(18)));
    for (const [at, { embedding }] of results.entries()) {
      if (!bad.has(at)) expect(embedding).toEqual(whole[at]!.embedding);
    }
  });

  it("uses memory again for more and for fewer pictures than before", async () => {
    const whole = await collect(embedRows(model, rows(13)));
    for (const count of [1, 13, 2, 6]) {
      const results = await collect(embedRows(model, rows(count)));
      expect(results.map(({ embedding }) => embedding)).toEqual(
        whole.slice(0, count).map(({ embedding }) => embedding),
      );
    }
  });

  it("reads no further than its look-ahead while the consumer is busy", async () => {
    const { state, source } = endless();
    const embedded = embedRows(model, source);
    for (let taken = 0; taken < 6; taken++) await embedded.next();
    let read: number;
    do {
      ({ read } = state);
      await setTimeout(50);
    } while (state.read > read);
    // Two batches were begun for the consumer, and after them as many as the model asks for.
    expect(read).toBeLessThanOrEqual((2 + model.batching.ahead) * 4);
    await embedded.return(undefined);
  });

  it("closes its source when the consumer leaves early", async () => {
    const { state, source } = endless();
    for await (const { row } of embedRows(model, source)) if (row.id === 5) break;
    expect(state.closed).toBe(true);
  });

  it("gives what came before its source failed, then fails", async () => {
    async function* failing() {
      yield* rows(10);
      throw new Error("the source failed");
    }
    const results: EmbeddedRow[] = [];
    const run = async () => {
      for await (const row of embedRows(model, failing())) results.push(row);
    };
    await expect(run()).rejects.toThrow("the source failed");
    expect(results.map(({ row }) => row.id)).toEqual([...Array(10).keys()]);
  });

  it("rejects with the signal's reason, before, between batches and while the source is stuck", async () => {
    const reason = new Error("enough");
    await expect(collect(embedRows(model, rows(3), { signal: AbortSignal.abort(reason) }))).rejects.toBe(
      reason,
    );
    const stop = new AbortController();
    const between = async () => {
      for await (const _ of embedRows(model, endless().source, { signal: stop.signal })) stop.abort(reason);
    };
    await expect(between()).rejects.toBe(reason);
    async function* stuck() {
      yield* rows(5);
      await new Promise(() => {});
    }
    const later = new AbortController();
    const waiting = collect(embedRows(model, stuck(), { signal: later.signal }));
    await setTimeout(20);
    later.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  it("neither decodes nor encodes a picture whose embedding is known", async () => {
    const cache = cacheInMemory();
    const given: ImageRow[] = [...rows(9), { id: "none", image: imageFile("no-such.png") }];
    const first = await collect(embedRows(model, given, { cache }));
    expect(first.map(({ embedding }) => embedding)).toEqual(
      (await collect(embedRows(model, given))).map(({ embedding }) => embedding),
    );
    expect(cache.size).toBe(9);
    const { counts, encoder } = counted();
    const more: ImageRow[] = [...given, { id: "new", image: grey(99) }];
    const second = await collect(embedRows(encoder, more, { cache }));
    expect(counts.embedded).toBe(1);
    expect(second.slice(0, 9).map(({ embedding }) => embedding)).toEqual(
      first.slice(0, 9).map(({ embedding }) => embedding),
    );
    expect(second[9]!.error?.code).toBe("IMAGE_NOT_FOUND");
    expect(second[10]!.embedding).toHaveLength(model.dimension);
  });

  it("tells where the time goes, while the run goes on and after it", async () => {
    const clock = startStageClock();
    const started = performance.now();
    let midway: Stages | undefined;
    for await (const { row } of embedRows(model, rows(12), { clock })) {
      if (row.id !== 3) continue;
      await setTimeout(60);
      midway = clock.figures();
    }
    const stages = clock.figures();
    const elapsed = performance.now() - started;
    expect(midway!.sink.busy).toBeGreaterThan(50);
    expect(stages.sink.busy).toBeGreaterThanOrEqual(midway!.sink.busy);
    for (const { busy, waiting, queue } of Object.values(stages)) {
      expect(busy).toBeGreaterThanOrEqual(0);
      expect(waiting).toBeGreaterThanOrEqual(0);
      expect(busy + waiting).toBeLessThanOrEqual(elapsed + 1);
      expect(queue).toBeGreaterThanOrEqual(busy / (busy + waiting) - 1e-9);
    }
    expect(stages.encode.busy).toBeGreaterThan(0);
  });
});

describe("embedImages", () => {
  it("leaves the rest of its pictures once it is aborted", async () => {
    const reason = new Error("enough");
    const stop = new AbortController();
    let done = 0;
    const images = Array.from({ length: 400 }, (_, level) => grey(level % 256));
    const embedding = model.embedImages(images, {
      signal: stop.signal,
      onProgress(count) {
        done = count;
        stop.abort(reason);
      },
    });
    await expect(embedding).rejects.toBe(reason);
    await setTimeout(50);
    expect(done).toBe(4);
  });
});

/** Threads need compiled code, which `npm test` builds; a process of its own shows that they let it end. */
describe("threads beside the network", () => {
  it("give the same embeddings and errors, start for many pictures or with a classifier, and let the process end", async () => {
    const entry = new URL("../dist/index.js", import.meta.url).href;
    const args = [path("pipeline-threads.mjs"), entry, path("../samples/cup.png")];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(JSON.parse(stdout)).toEqual({
      alone: 0,
      few: 0,
      beside: true,
      failing: true,
      same: true,
      classifier: [0, 1],
      sameAnswers: true,
      piped: true,
      intact: true,
    });
  });
});
