import type { Size } from "../source.js";

/** Pictures as a vision tower takes them, one after the other. */
export interface PixelBatch {
  /** `pictures` x 3 x height x width: planes in the order R, G, B, rows top to bottom. */
  readonly data: Float32Array;
  readonly pictures: number;
}

/** The first `pictures` of a batch, or all. Shares its memory. */
export function firstOf(batch: PixelBatch, pictures: number): PixelBatch {
  if (pictures >= batch.pictures) return batch;
  const length = batch.data.length / batch.pictures;
  return { data: batch.data.subarray(0, pictures * length), pictures };
}

/** How many numbers a picture of this size has. */
export function pixelCount({ width, height }: Size): number {
  return 3 * width * height;
}
