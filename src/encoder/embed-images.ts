import type { PixelBatch } from "../image/preprocess/pixel-batch.js";
import type { ImageSource } from "../image/source.js";
import { type Matrix, row } from "../math/matrix.js";
import { createEmbeddingBatch, type EmbeddingBatch, type EmbeddingBatchWriter } from "./embedding-batch.js";
import { type EmbedImagesOptions, expectArray } from "./encoder.js";
import type { Preprocessed } from "./preprocess/batch.js";
import type { Where } from "./preprocess/threads.js";
import { batches, mapAhead } from "./rows/map-ahead.js";
import type { StageClock } from "./stages.js";

/** What a model does to pictures, step by step. */
export interface ImageSteps {
  readonly dimension: number;
  /** Pictures in one run of the vision tower. */
  readonly batchSize: number;
  /** Batches of a call that are preprocessed ahead of the one in the network. */
  readonly ahead: number;
  /** Preprocesses one batch. Rejects for no picture, only where `signal` aborts. */
  preprocess(images: readonly ImageSource[], where: Where, signal?: AbortSignal): Promise<Preprocessed>;
  /** Opens the vision tower, unless it is open. */
  open(): Promise<void>;
  encodePixels(pixels: PixelBatch): Promise<Matrix>;
  /** Takes the memory of pixels that `preprocess` gave for the next. They must not be read any more. */
  reuse(pixels: PixelBatch): void;
}

/** The first batches start no threads, which would take longer than a few pictures do. */
export const FIRST_BATCHES = 2;

/** One embedding a picture: batch by batch, the next ones preprocessed while the network runs. */
export async function embedImages(
  images: readonly ImageSource[],
  steps: ImageSteps,
  { signal, onProgress, more = false, clock, nameOf = pictureName }: EmbedImagesOptions,
): Promise<EmbeddingBatch> {
  expectArray(images, "pictures");
  signal?.throwIfAborted();
  const writer = createEmbeddingBatch(images.length, steps.dimension);
  let begun = 0;
  const preprocessed = mapAhead(
    batches(images, steps.batchSize),
    (batch) =>
      preprocess(batch, steps, more || begun++ >= FIRST_BATCHES ? "beside" : "anywhere", clock, signal),
    { ahead: steps.ahead, signal },
  );
  let done = 0;
  for await (const batch of preprocessed) {
    await encode(batch, steps, { first: done, writer, clock, nameOf });
    done += batch.errors.length;
    onProgress?.(done);
  }
  return writer.batch;
}

function pictureName(position: number): string {
  return `picture ${position}`;
}

async function preprocess(
  images: readonly ImageSource[],
  steps: ImageSteps,
  where: Where,
  clock: StageClock | undefined,
  signal: AbortSignal | undefined,
): Promise<Preprocessed> {
  clock?.begin("preprocess");
  try {
    const preprocessing = steps.preprocess(images, where, signal);
    // Threads preprocess the first pictures while the tower is opened; that it cannot be shows where it is first run.
    steps.open().catch(() => {});
    return await preprocessing;
  } finally {
    clock?.finish("preprocess");
  }
}

interface Target {
  /** Position of the batch's first picture in the call. */
  readonly first: number;
  readonly writer: EmbeddingBatchWriter;
  readonly clock: StageClock | undefined;
  nameOf(position: number): string;
}

async function encode(
  { pixels, errors }: Preprocessed,
  { encodePixels, reuse }: ImageSteps,
  { first, writer, clock, nameOf }: Target,
): Promise<void> {
  clock?.begin("encode");
  try {
    const vectors = pixels.pictures > 0 ? await encodePixels(pixels) : undefined;
    let used = 0;
    for (const [index, error] of errors.entries()) {
      const position = first + index;
      if (error) writer.addError(position, error);
      else writer.addVector(position, row(vectors!, used++), () => nameOf(position));
    }
  } finally {
    reuse(pixels);
    clock?.finish("encode");
  }
}
