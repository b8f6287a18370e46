/** The entry of the thread that holds the model of a `WorkerEncoder`: `workerData` is a `WorkerStart`. */
import { getPriority, setPriority } from "node:os";
import { types } from "node:util";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { isError, NearlabelError } from "../../errors.js";
import type { ImageSource } from "../../image/source.js";
import type { EmbeddingBatch } from "../embedding-batch.js";
import { loadModel } from "../load.js";
import type { Model } from "../model.js";
import { packError } from "../packed-error.js";
import type { NamedImage } from "../preprocess/batch.js";
import { unpackImage } from "../preprocess/message.js";
import type { PackedBatch, WorkerReply, WorkerRequest, WorkerStart } from "./messages.js";

/**
 * Steps of niceness below the thread that asks. One is enough for that to be woken at once; with five, other programs got the
 * time of the network (bench/README.md).
 */
const BELOW = 1;

const port = parentPort as MessagePort;
const { id, options, callbacks } = workerData as WorkerStart;
const running = new Map<number, AbortController>();
const answers = new Set<Promise<void>>();

yieldToOthers();
try {
  const model = await loadModel(id, { ...options, ...standIns() });
  model.startThreads();
  port.on("message", (request: WorkerRequest) => {
    const answering = answer(model, request);
    answers.add(answering);
    void answering.finally(() => answers.delete(answering));
  });
  const { identity, dimension, scoring, batching } = model;
  const { pictures } = identity;
  reply({ type: "loaded", encoder: { id: identity.id, pictures, dimension, scoring, batching } });
} catch (error) {
  reply({ type: "failed", error: packed(error) });
}

async function answer(model: Model, request: WorkerRequest): Promise<void> {
  if (request.type === "abort") return running.get(request.key)?.abort();
  if (request.type === "close") {
    await Promise.all(answers);
    await model.close();
    return port.close();
  }
  const { key } = request;
  const stop = new AbortController();
  running.set(key, stop);
  try {
    if (request.type === "fingerprint") {
      reply({ type: "fingerprint", key, fingerprint: await model.identity.fingerprint() });
      return;
    }
    const batch = packBatch(await embed(model, request, stop.signal));
    reply({ type: "batch", key, batch }, [batch.data.buffer, batch.norms.buffer] as ArrayBuffer[]);
  } catch (error) {
    if (!stop.signal.aborted) reply({ type: "failed", key, error: packed(error) });
  } finally {
    running.delete(key);
  }
}

function embed(
  model: Model,
  request: Extract<WorkerRequest, { type: "texts" | "images" }>,
  signal: AbortSignal,
): Promise<EmbeddingBatch> {
  const { key, names, progress } = request;
  const embedOptions = {
    signal,
    nameOf: names && ((position: number) => names[position]!),
    onProgress: progress ? (done: number) => reply({ type: "progress", key, done }) : undefined,
  };
  if (request.type === "texts") return model.embedTexts(request.texts, embedOptions);
  const sources = request.images.map(unpackImage).map(withName);
  return model.embedImages(sources, { ...embedOptions, more: request.more });
}

/**
 * Gives way to the thread that asks, which has little to do but should do it at once. On Linux a thread has a priority of its own,
 * which those that it starts inherit: the threads of the network and those that preprocess. Elsewhere it is the whole process's.
 */
function yieldToOthers(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(0, getPriority(0) + BELOW);
  } catch {
    // A sandbox may forbid it; then all threads are alike.
  }
}

/** Messages name a picture by its file name. */
function withName({ source, name }: NamedImage): ImageSource {
  return name !== undefined && types.isUint8Array(source)
    ? new File([source as Uint8Array<ArrayBuffer>], name)
    : source;
}

/** Functions in place of those that stayed behind, which are told what these were called with. */
function standIns(): object {
  return Object.fromEntries(
    callbacks.map((name) => [name, (argument: unknown) => reply({ type: "called", name, argument })]),
  );
}

function packBatch({ embeddings, norms, errors }: EmbeddingBatch): PackedBatch {
  return {
    data: embeddings.data,
    norms,
    errors: [...errors].map(([position, error]) => [position, packError(error)] as const),
  };
}

/** An error of the language, such as a TypeError, goes between threads as it is. */
function packed(error: unknown) {
  if (error instanceof NearlabelError) return packError(error);
  return isError(error) ? error : new Error(String(error));
}

function reply(message: WorkerReply, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}
