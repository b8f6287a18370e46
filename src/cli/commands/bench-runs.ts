import { embedRows, type ImageSteps } from "../../encoder/embed-rows.js";
import { drawPhotos } from "../../image/draw/drawn-photos.js";
import { firstOf } from "../../image/preprocess/pixel-batch.js";

/** What `nearlabel bench` runs and times. Pictures are taken from `photos` over and over: drawing takes longer than decoding. */

export const PHOTO_SIZE = { width: 500, height: 375 };
const PHOTOS = 8;

/** In milliseconds. */
export interface Time {
  readonly wall: number;
  /** Of all cores together. */
  readonly core: number;
}

export const drawBenchPhotos = () => drawPhotos(PHOTOS, PHOTO_SIZE);

/** Runs the vision tower on pixels that are there already. */
export async function encodingAlone(
  { batchSize, preprocess, encodePixels }: ImageSteps,
  photos: readonly Uint8Array[],
) {
  const { pixels } = await preprocess(repeated(photos, batchSize), "here");
  return async (pictures: number) => {
    for (let left = pictures; left > 0; left -= batchSize) await encodePixels(firstOf(pixels, left));
  };
}

export function preprocessingAlone(
  { batchSize, preprocess, reuse }: ImageSteps,
  photos: readonly Uint8Array[],
) {
  return async (pictures: number) => {
    for (let left = pictures; left > 0; left -= batchSize) {
      reuse((await preprocess(repeated(photos, Math.min(left, batchSize)), "here")).pixels);
    }
  };
}

/** Runs both, one beside the other, as `classify` and `embed` do. */
export async function embedPhotos(
  imageSteps: ImageSteps,
  photos: readonly Uint8Array[],
  pictures: number,
): Promise<void> {
  const rows = repeated(photos, pictures).map((image, id) => ({ id, image }));
  for await (const { error } of embedRows({ imageSteps }, rows)) if (error) throw error;
}

export async function timed(work: () => Promise<void>): Promise<Time> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  await work();
  const wall = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  return { wall, core: (user + system) / 1000 };
}

function repeated(photos: readonly Uint8Array[], count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, at) => photos[at % photos.length]!);
}
