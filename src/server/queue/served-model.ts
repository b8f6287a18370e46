import { createEmbeddingBatch, type Embedding, embeddingAt } from "../../encoder/embedding-batch.js";
import { type EmbedOptions, type Encoder, expectArray } from "../../encoder/encoder.js";
import { NearlabelError } from "../../errors.js";
import type { ImageSource } from "../../image/source.js";
import { isEncoded } from "../../image/source.js";
import { busy } from "../problems/request-error.js";
import { type Batcher, type Caller, createBatcher } from "./batcher.js";
import { createTextCache } from "./text-cache.js";

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
  /** The same encoder as one caller sees it. @throws from its methods RequestError SERVER_BUSY where the queue is full */
  encoderFor(caller: Caller): Encoder;
  readonly queue: { readonly waiting: number; readonly running: number };
}

type Result = Embedding | NearlabelError;

interface Named<T> {
  readonly value: T;
  readonly name: string;
}

/** Texts in one call of the text tower, which takes a batch of its own size at a time. */
const TEXTS_AT_ONCE = 256;

export function serveModel(id: string, encoder: Encoder, options: QueueOptions = {}): ServedModel {
  const {
    largestBatch = encoder.batching.size,
    longestWait = 5,
    mostWaiting = 1024,
    textCacheBytes = 64 * 2 ** 20,
  } = options;
  const images = createBatcher<Named<ImageSource>, Result>(
    async (items, signal) => {
      const nameOf = (position: number) => items[position]!.name;
      const sources = items.map(({ value }) => value);
      const batch = await encoder.embedImages(sources, { signal, nameOf, more: items.length > 1 });
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
  const cache = createTextCache(textCacheBytes);
  const queue = {
    get waiting() {
      return images.waiting + texts.waiting;
    },
    get running() {
      return images.running + texts.running;
    },
  };
  const admit = (count: number) => {
    if (queue.waiting > 0 && queue.waiting + count > mostWaiting) throw busy(queue.waiting);
  };
  const { identity, dimension, scoring, batching } = encoder;
  return {
    id,
    encoder,
    queue,
    encoderFor: (caller) => ({
      identity,
      dimension,
      scoring,
      batching,
      async embedImages(sources, embedOptions = {}) {
        expectArray(sources, "pictures");
        admit(sources.length);
        const named = sources.map((value, at) => ({ value, name: nameOfImage(value, at, embedOptions) }));
        return collect(named, images, dimension, joined(caller, embedOptions), embedOptions);
      },
      async embedTexts(values, embedOptions = {}) {
        expectArray(values, "texts");
        const missing = values.filter((text) => !cache.get(text));
        admit(missing.length);
        const named = values.map((value, at) => ({ value, name: embedOptions.nameOf?.(at) ?? value }));
        return collect(
          named,
          cachedTexts(texts, cache),
          dimension,
          joined(caller, embedOptions),
          embedOptions,
        );
      },
    }),
  };
}

/** Texts that were embedded before are not asked for again; an error is not kept. */
function cachedTexts(
  texts: Batcher<Named<string>, Result>,
  cache: ReturnType<typeof createTextCache>,
): Pick<Batcher<Named<string>, Result>, "add"> {
  return {
    async add(item, caller) {
      const known = cache.get(item.value);
      if (known) return known;
      const found = await texts.add(item, caller);
      if (!(found instanceof NearlabelError)) cache.set(item.value, found);
      return found;
    },
  };
}

async function collect<T>(
  items: readonly T[],
  batcher: Pick<Batcher<T, Result>, "add">,
  dimension: number,
  caller: Caller,
  { onProgress }: EmbedOptions,
) {
  const writer = createEmbeddingBatch(items.length, dimension);
  let done = 0;
  await Promise.all(
    items.map(async (item, position) => {
      const found = await batcher.add(item, caller);
      if (found instanceof NearlabelError) writer.addError(position, found);
      else writer.addEmbedding(position, found);
      onProgress?.(++done);
    }),
  );
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
