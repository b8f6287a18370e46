import { addAbortListener, once } from "node:events";
import { existsSync } from "node:fs";
import type { Worker } from "node:worker_threads";
import { packagePath, packageThread } from "../../files/package-files.js";
import type { PixelBatch } from "../../image/preprocess/pixel-batch.js";
import type { ImageSource } from "../../image/source.js";
import type { Notice } from "../encoder.js";
import { unlessAborted } from "../rows/map-ahead.js";
import { type Preprocessed, type PreprocessOptions, preprocessBatch } from "./batch.js";
import {
  type PackedImage,
  type Parcel,
  type PreprocessReply,
  packImageUnseen,
  unpackReply,
} from "./message.js";

/**
 * On a thread beside the calling one, or wherever it is done soonest: beside if a thread has been started there, but for one
 * picture while nothing else is on its way, which the hand-over would only delay.
 */
export type Where = "beside" | "anywhere";

/**
 * Threads beside the calling one, which the network blocks while it runs. They start at the first batch that is to go
 * beside, as many as there are such batches at a time, keep no process alive, and stay until they are closed.
 */
export interface PreprocessThreads {
  /** Starts the first thread now, so that it is ready when the first pictures come. */
  start(): void;
  /** Rejects with the signal's reason at once; what of the batch has not begun is then left out. */
  preprocess(images: readonly ImageSource[], where: Where, signal?: AbortSignal): Promise<Preprocessed>;
  /** Takes the memory of pixels that `preprocess` gave for the next. They must not be read any more. */
  reuse(pixels: PixelBatch): void;
  /** Ends the threads once they have finished what they have. */
  close(): Promise<void>;
}

/** Not there before the first build of the sources. */
const ENTRY = "dist/bundle/preprocess-worker.js";

/** Little is made there but decoded pixels; V8 would let it grow to 48 MB before it looks for those that are done with. */
const YOUNG_GENERATION_MB = 8;

/** Batches that a run has beside one a thread: the one in the network, and one that is ready for it. */
const BESIDE_THREADS = 2;

/** Threads that may end early before no more are started: what ends them would end the next as well. */
const FAILURES = 3;

/** A batch on its way, whose `stopped` is shared with the thread: it reads no more of its pictures once that is 1. */
interface Batch {
  readonly images: readonly Parcel<PackedImage>[];
  readonly memory: ArrayBuffer | undefined;
  readonly stopped: Int32Array;
}

interface Thread {
  readonly worker: Worker;
  /** Called with the answer to each request that has none yet, or with nothing where the thread has failed. */
  readonly pending: Map<number, (reply?: PreprocessReply) => void>;
}

/** Where threads cannot be had (`count` 0, no entry, those that fail), pictures are preprocessed on the calling thread. */
export function createPreprocessThreads(
  count: number,
  options: PreprocessOptions,
  onNotice: (notice: Notice) => void,
): PreprocessThreads {
  const threads: Thread[] = [];
  let usable = count > 0 && existsSync(packagePath(ENTRY));
  let failures = 0;
  let requests = 0;
  let underWay = 0;
  const idle: ArrayBuffer[] = [];
  const here = async (images: readonly ImageSource[], signal: AbortSignal | undefined) => {
    const named = images.map((source) => ({ source }));
    const result = await preprocessBatch(named, options, {
      memory: idle.pop(),
      isStopped: () => signal?.aborted === true,
    });
    if (result) return result;
    throw signal?.reason;
  };
  const freest = (): Thread => {
    const least = threads.toSorted((a, b) => a.pending.size - b.pending.size)[0];
    if (least && (least.pending.size === 0 || threads.length === count)) return least;
    const thread = startThread(options, (error) => {
      threads.splice(threads.indexOf(thread), 1);
      if (!error) return;
      if (++failures === FAILURES) usable = false;
      onNotice(threadFailed(error, usable));
    });
    threads.push(thread);
    return thread;
  };
  // The very first goes beside even so: the thread loads what decodes while the network is opened here.
  const isSoonestHere = (pictures: number) =>
    threads.length === 0 || (pictures === 1 && requests > 0 && underWay === 0);
  const beside = async (images: readonly ImageSource[], signal: AbortSignal | undefined) => {
    const { maxBytes } = options.decoding;
    const packing = images.map((image) => packImageUnseen(image, maxBytes).catch(() => undefined));
    const packed = await Promise.all(packing);
    signal?.throwIfAborted();
    if (!usable || !packed.every((image) => image !== undefined)) return here(images, signal);
    const batch: Batch = {
      images: packed,
      memory: idle.pop(),
      stopped: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
    };
    const reply = await answer(ask(freest(), requests++, batch), batch, signal);
    return reply ? unpackReply(reply) : here(images, signal);
  };
  return {
    start() {
      if (usable) freest();
    },
    async preprocess(images, where, signal) {
      signal?.throwIfAborted();
      const isHere = !usable || (where === "anywhere" && isSoonestHere(images.length));
      underWay++;
      try {
        return await (isHere ? here : beside)(images, signal);
      } finally {
        underWay--;
      }
    },
    reuse({ data }) {
      if (idle.length < count + BESIDE_THREADS) idle.push(data.buffer as ArrayBuffer);
    },
    async close() {
      usable = false;
      idle.length = 0;
      await Promise.all(threads.map(endThread));
    },
  };
}

function threadFailed(error: unknown, usable: boolean): Notice {
  const left = usable
    ? "Its pictures are read on the calling thread."
    : "No more are started, which is slower.";
  return {
    code: "THREAD_FAILED",
    message: `A thread that reads pictures ended early: ${String(error)}. ${left}`,
  };
}

/** @param onEnd with the error that ended it, unless it was asked to end */
function startThread(options: PreprocessOptions, onEnd: (error?: unknown) => void): Thread {
  const worker = packageThread(ENTRY, {
    name: "nearlabel preprocess",
    workerData: options,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  worker.unref();
  const pending: Thread["pending"] = new Map();
  const settle = (id: number, reply?: PreprocessReply) => {
    pending.get(id)?.(reply);
    pending.delete(id);
    if (pending.size === 0) worker.unref();
  };
  worker.on("message", (reply: PreprocessReply | { readonly id: number }) =>
    settle(reply.id, "pixels" in reply ? reply : undefined),
  );
  let failure: unknown;
  worker.on("error", (error) => {
    failure = error;
  });
  worker.on("exit", (code) => {
    onEnd(pending.has(END) ? undefined : (failure ?? `exit code ${code}`));
    // What a thread that failed had is done on the calling thread.
    for (const id of [...pending.keys()]) settle(id);
  });
  return { worker, pending };
}

function ask(
  { worker, pending }: Thread,
  id: number,
  { images, memory, stopped }: Batch,
): Promise<PreprocessReply | undefined> {
  const transfer = [...images.flatMap((image) => image.transfer), ...(memory ? [memory] : [])];
  const contents = images.map(({ content }) => content);
  return new Promise((resolve) => {
    worker.postMessage({ id, images: contents, memory, stopped }, transfer);
    pending.set(id, resolve);
    worker.ref();
  });
}

/** Tells the thread to leave the rest of the batch once `signal` aborts. */
async function answer(
  reply: Promise<PreprocessReply | undefined>,
  { stopped }: Batch,
  signal: AbortSignal | undefined,
): Promise<PreprocessReply | undefined> {
  const listener = signal && addAbortListener(signal, () => Atomics.store(stopped, 0, 1));
  try {
    return await unlessAborted(reply, signal);
  } finally {
    listener?.[Symbol.dispose]();
  }
}

/** Stands for the end of a thread among its requests: an answer that comes late must not let the process end before it. */
const END = -1;

async function endThread({ worker, pending }: Thread): Promise<void> {
  const ended = once(worker, "exit");
  pending.set(END, () => {});
  worker.ref();
  worker.postMessage(null);
  await ended;
}
