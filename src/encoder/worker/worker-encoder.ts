import { addAbortListener, once } from "node:events";
import type { Worker } from "node:worker_threads";
import { isError, NearlabelError } from "../../errors.js";
import { packageThread } from "../../files/package-files.js";
import { createEmbeddingBatch, type EmbeddingBatch, embeddingAt } from "../embedding-batch.js";
import {
  type Batching,
  type EmbedImagesOptions,
  type EmbedOptions,
  type Encoder,
  expectArray,
} from "../encoder.js";
import type { LoadOptions } from "../load.js";
import { unpackError } from "../packed-error.js";
import { imageError } from "../preprocess/batch.js";
import { packImage } from "../preprocess/message.js";
import type { PackedBatch, PackedEncoder, WorkerReply, WorkerRequest, WorkerStart } from "./messages.js";

/** A model in a thread of its own: neither its network nor its pictures hold up the thread that asks. */
export interface WorkerEncoder extends Encoder {
  /** Aborts once the thread has ended, with what it is that questions are answered with from then on. */
  readonly ended: AbortSignal;
  /** Ends the thread, and frees its memory, once it has answered what it was asked. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const ENTRY = "dist/bundle/encoder-worker.js";

/**
 * Loads a model as `loadModel` does, in a worker thread. It gives the embeddings that the model would give on this thread.
 * The thread keeps the process alive only while it has something to answer.
 * @throws NearlabelError as `loadModel`; INTERNAL where the thread ends before it was closed
 */
export async function loadInWorker(id = "mini", options: LoadOptions = {}): Promise<WorkerEncoder> {
  options.signal?.throwIfAborted();
  const link = startWorker(id, options);
  const aborted = options.signal && addAbortListener(options.signal, () => void link.worker.terminate());
  try {
    return encoderOver(link, await link.loaded);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    aborted?.[Symbol.dispose]();
  }
}

interface Pending {
  resolve(reply: WorkerReply): void;
  reject(error: unknown): void;
  readonly onProgress?: ((done: number) => void) | undefined;
}

interface Link {
  readonly worker: Worker;
  readonly loaded: Promise<PackedEncoder>;
  readonly pending: Map<number, Pending>;
  /** Aborts once the thread has ended, with the error of what is asked of it then. */
  readonly ended: AbortSignal;
}

function startWorker(id: string, options: LoadOptions): Link {
  const { signal: _, ...given } = options;
  const entries = Object.entries(given);
  const callbacks = new Map(entries.filter(([, value]) => typeof value === "function"));
  const start: WorkerStart = {
    id,
    options: Object.fromEntries(entries.filter(([name]) => !callbacks.has(name))),
    callbacks: [...callbacks.keys()],
  };
  const worker = packageThread(ENTRY, { name: `nearlabel ${id}`, workerData: start });
  const pending: Link["pending"] = new Map();
  const ended = new AbortController();
  const loaded = new Promise<PackedEncoder>((resolve, reject) => {
    worker.on("message", (reply: WorkerReply) => {
      if (reply.type === "called")
        return (callbacks.get(reply.name) as (value: unknown) => void)(reply.argument);
      if (reply.type === "loaded") {
        worker.unref();
        return resolve(reply.encoder);
      }
      if (reply.key === undefined) return reject(errorOf(reply));
      settle(worker, pending, reply.key, reply);
    });
    let failure: unknown;
    worker.on("error", (error) => {
      failure = error;
    });
    worker.on("exit", (code) => {
      const reason = isError(failure) ? failure.message : `exit code ${code}`;
      const error = new NearlabelError("INTERNAL", `The thread with the model "${id}" ended: ${reason}.`, {
        cause: failure,
      });
      ended.abort(error);
      reject(error);
      for (const waiting of pending.values()) waiting.reject(error);
      pending.clear();
    });
  });
  // Told to whoever waits for it; a thread that ends later rejects what nobody waits for.
  loaded.catch(() => {});
  return { worker, loaded, pending, ended: ended.signal };
}

function settle(worker: Worker, pending: Link["pending"], key: number, reply: WorkerReply): void {
  const waiting = pending.get(key);
  if (reply.type === "progress") {
    waiting?.onProgress?.(reply.done);
    return;
  }
  pending.delete(key);
  if (pending.size === 0) worker.unref();
  if (reply.type === "failed") waiting?.reject(errorOf(reply));
  else waiting?.resolve(reply);
}

function errorOf(reply: WorkerReply): unknown {
  if (reply.type !== "failed") return undefined;
  return isError(reply.error) ? reply.error : unpackError(reply.error);
}

function encoderOver(link: Link, packed: PackedEncoder): WorkerEncoder {
  const { worker, pending, ended } = link;
  const { id, pictures, dimension } = packed;
  const batching = packed.batching as Batching;
  let keys = 0;
  let closing: Promise<void> | undefined;
  const ask = async (
    request: (key: number) => WorkerRequest,
    transfer: ArrayBuffer[],
    { signal, onProgress }: EmbedOptions = {},
  ): Promise<WorkerReply> => {
    signal?.throwIfAborted();
    if (closing)
      throw new NearlabelError("MODEL_CLOSED", `The model "${id}" was closed: load it again to use it.`);
    ended.throwIfAborted();
    const key = keys++;
    let listener: Disposable | undefined;
    try {
      return await new Promise((resolve, reject) => {
        worker.postMessage(request(key), transfer);
        worker.ref();
        pending.set(key, { resolve, reject, onProgress });
        listener =
          signal &&
          addAbortListener(signal, () => {
            worker.postMessage({ type: "abort", key } satisfies WorkerRequest);
            pending.delete(key);
            if (pending.size === 0) worker.unref();
            reject(signal.reason);
          });
      });
    } finally {
      listener?.[Symbol.dispose]();
    }
  };
  const close = () => {
    closing ??= ended.aborted ? Promise.resolve() : end(link);
    return closing;
  };
  return {
    identity: {
      id,
      pictures,
      async fingerprint() {
        const reply = await ask((key) => ({ type: "fingerprint", key }), []);
        return (reply as Extract<WorkerReply, { type: "fingerprint" }>).fingerprint;
      },
    },
    dimension,
    scoring: packed.scoring as Encoder["scoring"],
    batching,
    async embedTexts(texts, options = {}) {
      expectArray(texts, "texts");
      const names = namesOf(texts.length, options);
      const reply = await ask(
        (key) => ({ type: "texts", key, texts, progress: !!options.onProgress, ...names }),
        [],
        options,
      );
      return unpackBatch(reply, texts.length, dimension);
    },
    async embedImages(images, options = {}) {
      expectArray(images, "pictures");
      const packed = images.map((image) => packImage(image, batching.maxBytes, options.transfer));
      return embedPacked(packed, dimension, async (contents, transfer, positions) => {
        const names = namesOf(images.length, options);
        const request = (key: number): WorkerRequest => ({
          type: "images",
          key,
          images: contents,
          more: options.more ?? false,
          progress: !!options.onProgress,
          ...(names.names && { names: positions.map((position) => names.names![position]!) }),
        });
        return unpackBatch(
          await timed(options, () => ask(request, transfer, options)),
          contents.length,
          dimension,
        );
      });
    },
    ended,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Messages are written in the other thread, which knows no function of this one. */
function namesOf(count: number, { nameOf }: EmbedOptions): { readonly names?: readonly string[] } {
  return nameOf ? { names: Array.from({ length: count }, (_, position) => nameOf(position)) } : {};
}

async function timed<T>({ clock }: EmbedImagesOptions, work: () => Promise<T>): Promise<T> {
  clock?.begin("encode");
  try {
    return await work();
  } finally {
    clock?.finish("encode");
  }
}

/** What cannot go to the other thread, because it is no picture or cannot be read, has its error from here. */
async function embedPacked(
  packing: readonly ReturnType<typeof packImage>[],
  dimension: number,
  embed: (
    contents: readonly Awaited<ReturnType<typeof packImage>>["content"][],
    transfer: ArrayBuffer[],
    positions: readonly number[],
  ) => Promise<EmbeddingBatch>,
): Promise<EmbeddingBatch> {
  const writer = createEmbeddingBatch(packing.length, dimension);
  const packed = await Promise.all(packing.map((parcel) => parcel.catch(imageError)));
  const readable = [...packed.entries()].flatMap(([position, parcel]) => {
    if (!(parcel instanceof NearlabelError)) return [{ position, ...parcel }];
    writer.addError(position, parcel);
    return [];
  });
  if (readable.length === 0) return writer.batch;
  const batch = await embed(
    readable.map(({ content }) => content),
    [...new Set(readable.flatMap(({ transfer }) => transfer))],
    readable.map(({ position }) => position),
  );
  if (readable.length === packing.length) return batch;
  for (const [index, { position }] of readable.entries()) {
    const found = embeddingAt(batch, index);
    if (found instanceof NearlabelError) writer.addError(position, found);
    else writer.addEmbedding(position, found);
  }
  return writer.batch;
}

function unpackBatch(reply: WorkerReply, rows: number, columns: number): EmbeddingBatch {
  const { data, norms, errors } = (reply as { readonly batch: PackedBatch }).batch;
  return {
    embeddings: { data, rows, columns },
    norms,
    errors: new Map(errors.map(([position, error]) => [position, unpackError(error)])),
  };
}

/** Stands for the end of the thread among its requests: an answer that comes late must not let the process end before it. */
const END = -1;

async function end({ worker, pending }: Link): Promise<void> {
  const ended = once(worker, "exit");
  pending.set(END, { resolve() {}, reject() {} });
  worker.ref();
  worker.postMessage({ type: "close" } satisfies WorkerRequest);
  await ended;
}
