import { NearlabelError } from "../../errors.js";
import type { DecodeOptions } from "../../image/decode/decode.js";
import { type PixelBatch, pixelCount } from "../../image/preprocess/pixel-batch.js";
import { preprocess } from "../../image/preprocess/preprocess.js";
import type { Preprocessing } from "../../image/preprocess/preprocessing.js";
import type { ImageSource, Size } from "../../image/source.js";

/** What became of some pictures. */
export interface Preprocessed {
  /** Of those that could be read, in their order. */
  readonly pixels: PixelBatch;
  /** One a picture: what kept it from being among `pixels`, or undefined. */
  readonly errors: readonly (NearlabelError | undefined)[];
}

/** How the pictures of one model are read. */
export interface PreprocessOptions {
  readonly preprocessing: Preprocessing;
  /** What every picture comes out with. */
  readonly imageSize: Size;
  readonly decoding: Omit<DecodeOptions, "name">;
}

/** A picture with a name for messages that its source does not have on it. */
export interface NamedImage {
  readonly source: ImageSource;
  readonly name?: string | undefined;
}

/**
 * Pictures that are decoded at the same time: the threads of libuv's pool, on which sharp decodes. More would only hold
 * more decoded pictures in memory, 36 MB for one of 12 megapixels.
 */
const AT_ONCE = 4;

/**
 * Places of pictures that are decoded at the same time. Batches that share them follow one another without a gap: a later
 * batch takes a place once an earlier one has no more pictures for it, so that the earlier one is done first.
 */
export type Lanes = Promise<void>[];

export function freeLanes(): Lanes {
  return Array.from({ length: AT_ONCE }, () => Promise.resolve());
}

export interface BatchOptions {
  /** Where the numbers go if it is large enough. */
  readonly memory?: ArrayBuffer | undefined;
  /** Asked before each picture. */
  readonly isStopped?: (() => boolean) | undefined;
  /** Default: its own. */
  readonly lanes?: Lanes | undefined;
}

/** Preprocesses `images` on this thread. Undefined once `isStopped` says so. */
export async function preprocessBatch(
  images: readonly NamedImage[],
  options: PreprocessOptions,
  { memory, isStopped = () => false, lanes = freeLanes() }: BatchOptions = {},
): Promise<Preprocessed | undefined> {
  const length = pixelCount(options.imageSize);
  const data = numbersIn(memory, images.length * length);
  const errors = new Array<NearlabelError | undefined>(images.length);
  const indexes = images.keys();
  const lane = async () => {
    for (const index of indexes) {
      if (isStopped()) return;
      const into = data.subarray(index * length, (index + 1) * length);
      errors[index] = await preprocessOne(images[index]!, options, into);
    }
  };
  for (const [at, earlier] of lanes.entries()) lanes[at] = earlier.then(lane);
  await Promise.all(lanes);
  if (isStopped()) return undefined;
  return { pixels: withoutGaps(data, errors, length), errors };
}

function numbersIn(memory: ArrayBuffer | undefined, length: number): Float32Array {
  const bytes = length * Float32Array.BYTES_PER_ELEMENT;
  return memory && memory.byteLength >= bytes
    ? new Float32Array(memory, 0, length)
    : new Float32Array(length);
}

async function preprocessOne(
  { source, name }: NamedImage,
  { preprocessing, decoding }: PreprocessOptions,
  into: Float32Array,
): Promise<NearlabelError | undefined> {
  try {
    await preprocess(source, preprocessing, { ...decoding, name }, into);
    return undefined;
  } catch (error) {
    return imageError(error);
  }
}

/** Moves the pictures that have no error together, to the beginning of `data`. */
function withoutGaps(
  data: Float32Array,
  errors: readonly (NearlabelError | undefined)[],
  length: number,
): PixelBatch {
  let pictures = 0;
  for (const [index, error] of errors.entries()) {
    if (error) continue;
    if (index > pictures) data.copyWithin(pictures * length, index * length, (index + 1) * length);
    pictures++;
  }
  return { data: data.subarray(0, pictures * length), pictures };
}

/** `error` as the error of one picture, which ends no run. */
export function imageError(error: unknown): NearlabelError {
  if (error instanceof NearlabelError) return error;
  return new NearlabelError("IMAGE_UNREADABLE", `The picture cannot be read: ${String(error)}`, {
    cause: error,
  });
}
