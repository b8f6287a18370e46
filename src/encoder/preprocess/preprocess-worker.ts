/** The entry of a worker thread that preprocesses pictures: `workerData` is a `PreprocessOptions`. */
import { parentPort, workerData } from "node:worker_threads";
import { loadSharp } from "../../image/decode/sharp.js";
import { freeLanes, preprocessBatch } from "./batch.js";
import { hasPipe, type PreprocessRequest, packReply, unpackImage } from "./message.js";

const lanes = freeLanes();

parentPort?.on("message", async (request: PreprocessRequest | null) => {
  // With its port closed the thread ends once it has no work left; a thread stopped while sharp decodes may crash.
  if (!request) return close();
  const { id, images, memory, stopped } = request;
  const isStopped = () => Atomics.load(stopped, 0) === 1;
  const result = (await hasPipe(images))
    ? undefined
    : await preprocessBatch(images.map(unpackImage), workerData, { memory, isStopped, lanes });
  const { content, transfer } = result ? packReply(id, result) : { content: { id }, transfer: [] };
  parentPort?.postMessage(content, transfer);
});

/** Deno's port cannot be closed, but the thread itself can, by a global function that Node.js does not have. */
function close(): void {
  const { close: closeThread } = globalThis as { close?: () => void };
  if (closeThread) closeThread();
  else parentPort?.close();
}

// At once rather than with the first picture, while the calling thread is busy with labels.
loadSharp();
