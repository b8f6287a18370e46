import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { PixelBatch } from "../image/preprocess/pixel-batch.js";
import type { ImageSource } from "../image/source.js";
import { type Preprocessed, type PreprocessOptions, preprocessBatch } from "./preprocess-batch.js";
import { type PreprocessReply, packImage, unpackReply } from "./worker-message.js";

/** On the calling thread, on one beside it, or beside it only if a thread has been started there. */
export type Where = "here" | "beside" | "anywhere";

/**
 * Threads beside the calling one, which the network blocks while it runs. They start at the first batch that is to go
 * beside, as many as there are such batches at a time, keep no process alive, and stay until they are closed.
 */
export interface PreprocessThreads {
  /** Starts the first thread now, so that it is ready when the first pictures come. */
  start(): void;
  preprocess(images: readonly ImageSource[], where: Where): Promise<Preprocessed>;
  /** Takes the memory of pixels that `preprocess` gave for the next. They must not be read any more. */
  reuse(pixels: PixelBatch): void;
  /** Ends the threads once they have finished what they have. */
  close(): Promise<void>;
}

/** Compiled beside this file; where only the TypeScript sources are, as in tests, there is none. */
const ENTRY = new URL("./preprocess-worker.js", import.meta.url);

/** Little is made there but decoded pixels; V8 would let it grow to 48 MB before it looks for those that are done with. */
const YOUNG_GENERATION_MB = 8;

/** Batches that a run has beside one a thread: the one in the network, and one that is ready for it. */
const BESIDE_THREADS = 2;

interface Thread {
  readonly worker: Worker;
  /** Called with the answer to each request that has none yet, or with nothing where the thread has failed. */
  readonly pending: Map<number, (reply?: PreprocessReply) => void>;
}

/** Where threads cannot be had (`count` 0, no entry, one that fails), pictures are preprocessed on the calling thread. */
export function createPreprocessThreads(count: number, options: PreprocessOptions): PreprocessThreads {
  const threads: Thread[] = [];
  let usable = count > 0 && existsSync(fileURLToPath(ENTRY));
  let requests = 0;
  const idle: ArrayBuffer[] = [];
  const here = (images: readonly ImageSource[]) =>
    preprocessBatch(
      images.map((source) => ({ source })),
      options,
      idle.pop(),
    );
  const freest = (): Thread => {
    const least = threads.toSorted((a, b) => a.pending.size - b.pending.size)[0];
    if (least && (least.pending.size === 0 || threads.length === count)) return least;
    const thread = startThread(options, () => {
      usable = false;
      threads.splice(threads.indexOf(thread), 1);
    });
    threads.push(thread);
    return thread;
  };
  return {
    start() {
      if (usable) freest();
    },
    async preprocess(images, where) {
      if (where === "here" || !usable) return here(images);
      if (where === "anywhere" && threads.length === 0) return here(images);
      const parcels = images.map(packImage);
      if (parcels.includes(undefined)) return here(images);
      const reply = await ask(freest(), requests++, parcels as Parcels, idle.pop());
      return reply ? unpackReply(reply) : here(images);
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

type Parcels = readonly NonNullable<ReturnType<typeof packImage>>[];

function startThread(options: PreprocessOptions, onExit: () => void): Thread {
  const worker = new Worker(ENTRY, {
    name: "nearlabel preprocess",
    workerData: options,
    // Without the flags of this process: --input-type and the like are refused with a file.
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  worker.unref();
  const pending: Thread["pending"] = new Map();
  const settle = (id: number, reply?: PreprocessReply) => {
    pending.get(id)?.(reply);
    pending.delete(id);
    if (pending.size === 0) worker.unref();
  };
  worker.on("message", (reply: PreprocessReply) => settle(reply.id, reply));
  // A thread that fails exits, and what it had is done on the calling thread.
  worker.on("error", () => {});
  worker.on("exit", () => {
    onExit();
    for (const id of [...pending.keys()]) settle(id);
  });
  return { worker, pending };
}

function ask(
  { worker, pending }: Thread,
  id: number,
  parcels: Parcels,
  memory: ArrayBuffer | undefined,
): Promise<PreprocessReply | undefined> {
  return new Promise((resolve) => {
    pending.set(id, resolve);
    worker.ref();
    const images = parcels.map(({ content }) => content);
    const transfer = parcels.flatMap((parcel) => parcel.transfer);
    worker.postMessage({ id, images, memory }, memory ? [...transfer, memory] : transfer);
  });
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
