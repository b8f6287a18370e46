import { createEmbeddingBatch, type Embedding, embeddingAt } from "../../encoder/embedding-batch.js";
import { type EmbedOptions, type Encoder, type EncoderIdentity, expectArray } from "../../encoder/encoder.js";
import { NearlabelError } from "../../errors.js";
import { lazy } from "../../files/lazy.js";
import type { ImageSource } from "../../image/source.js";
import { isEncoded } from "../../image/source.js";
import { busy } from "../problems/request-error.js";
import { createSizedCache } from "../sized-cache.js";
import { type Batcher, type Caller, createBatcher } from "./batcher.js";

/** How requests share one model. */
export interface QueueOptions {
  /** Pictures in one run of the network at most. Default: the encoder's own batch size. */
  readonly largestBatch?: number | undefined;
  /** How long a picture waits for others while the model is at work, in milliseconds. Default: 5. */
  readonly longestWait?: number | undefined;
  /** Pictures and texts that may wait; a request that would make more is told to come again. Default: 1,024. */
  readonly mostWaiting?: number | undefined;
  /** Memory for the embeddings of texts that came before, in bytes. Default: 64 MiB. */
  readonly textCacheBytes?: number | undefined;
}

/** A model that many clients share: what they ask waits in a bounded queue, fair between them, and runs in batches. */
export interface ServedModel {
  readonly id: string;
  readonly encoder: Encoder;
  readonly identity: EncoderIdentity;
  /** The same encoder as one caller sees it. @throws from its methods RequestError SERVER_BUSY where the queue is full */
  encoderFor(caller: Caller): Encoder;
  readonly queue: Pick<Batcher<unknown, unknown>, "waiting" | "running" | "done">;
}

type Result = Embedding | NearlabelError;

interface Named<T> {
  readonly value: T;
  readonly name: string;
}

interface QueuedImage extends Named<ImageSource> {
  readonly transfer: boolean;
}

/** What an entry takes beside its text and vector: the entry of the map, the objects, the typed array's head. */
const ENTRY_BYTES = 250;

/** Texts in one call of the text tower, which takes a batch of its own size at a time. */
const TEXTS_AT_ONCE = 256;

export function serveModel(id: string, encoder: Encoder, options: QueueOptions = {}): ServedModel {
  const {
    largestBatch = encoder.batching.size,
    longestWait = 5,
    mostWaiting = 1024,
    textCacheBytes = 64 * 2 ** 20,
  } = options;
  const images = createBatcher<QueuedImage, Result>(
    async (items, signal) => {
      const nameOf = (position: number) => items[position]!.name;
      const sources = items.map(({ value }) => value);
      const transfer = items.every((item) => item.transfer);
      const batch = await encoder.embedImages(sources, { signal, nameOf, transfer, more: items.length > 1 });
      return items.map((_, position) => embeddingAt(batch, position));
    },
    { largestBatch, longestWait, ahead: encoder.batching.ahead },
  );
  const texts = createBatcher<Named<string>, Result>(
    async (items, signal) => {
      const nameOf = (position: number) => items[position]!.name;
      const batch = await encoder.embedTexts(
        items.map(({ value }) => value),
        { signal, nameOf },
      );
      return items.map((_, position) => embeddingAt(batch, position));
    },
    { largestBatch: TEXTS_AT_ONCE, longestWait, ahead: 1 },
  );
  const cache = createSizedCache<Embedding>(
    textCacheBytes,
    (text, { embedding }) => 2 * text.length + embedding.byteLength + ENTRY_BYTES,
  );
  const queue = {
    get waiting() {
      return images.waiting + texts.waiting;
    },
    get running() {
      return images.running + texts.running;
    },
    get done() {
      return {
        items: images.done.items + texts.done.items,
        batches: images.done.batches + texts.done.batches,
      };
    },
  };
  const admit = (count: number) => {
    if (queue.waiting > 0 && queue.waiting + count > mostWaiting) throw busy(queue.waiting);
  };
  const { dimension, scoring, batching } = encoder;
  // Asked of the encoder once: its thread may be at work on pictures.
  const fingerprint = lazy(() => encoder.identity.fingerprint());
  const identity = { ...encoder.identity, fingerprint: () => fingerprint() };
  return {
    id,
    encoder,
    identity,
    queue,
    encoderFor: (caller) => ({
      identity,
      dimension,
      scoring,
      batching,
      async embedImages(sources, embedOptions = {}) {
        expectArray(sources, "pictures");
        admit(sources.length);
        const { transfer = false } = embedOptions;
        const named = sources.map((value, at) => {
          return { value, name: nameOfImage(value, at, embedOptions), transfer };
        });
        const results = await images.addAll(named, joined(caller, embedOptions), embedOptions.onProgress);
        return batchOf(results, dimension);
      },
      async embedTexts(values, embedOptions = {}) {
        expectArray(values, "texts");
        const known: (Result | undefined)[] = values.map((text) => cache.get(text));
        const missing = values.flatMap((_, at) => (known[at] ? [] : [at]));
        admit(missing.length);
        const named = missing.map((at) => ({
          value: values[at]!,
          name: embedOptions.nameOf?.(at) ?? values[at]!,
        }));
        const found = await texts.addAll(named, joined(caller, embedOptions), embedOptions.onProgress);
        for (const [index, at] of missing.entries()) {
          const result = found[index]!;
          // An error is not kept.
          if (!(result instanceof NearlabelError)) cache.set(values[at]!, result);
          known[at] = result;
        }
        return batchOf(known as Result[], dimension);
      },
    }),
  };
}

function batchOf(results: readonly Result[], dimension: number) {
  const writer = createEmbeddingBatch(results.length, dimension);
  for (const [position, found] of results.entries()) {
    if (found instanceof NearlabelError) writer.addError(position, found);
    else writer.addEmbedding(position, found);
  }
  return writer.batch;
}

/** The caller, who may give up one call before the whole request. */
function joined(caller: Caller, { signal }: EmbedOptions): Caller {
  if (!signal || signal === caller.signal) return caller;
  return { ...caller, signal: AbortSignal.any([caller.signal, signal]) };
}

function nameOfImage(source: ImageSource, position: number, { nameOf }: EmbedOptions): string {
  if (nameOf) return nameOf(position);
  const isNamed = typeof source === "object" && isEncoded(source) && "name" in source;
  return isNamed ? String(source.name) : `picture ${position}`;
}
