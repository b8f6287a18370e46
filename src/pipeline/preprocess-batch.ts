import { NearlabelError } from "../errors.js";
import type { DecodeOptions } from "../image/decode.js";
import { preprocess } from "../image/preprocess.js";
import type { Preprocessing } from "../image/preprocessing.js";
import type { ImageSource } from "../image/source.js";

/** 3 x height x width numbers as the network takes them, or the error that kept a picture from having them. */
export type Preprocessed = Float32Array | NearlabelError;

/** How the pictures of one model are read. */
export interface PreprocessOptions {
  readonly preprocessing: Preprocessing;
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

/** Preprocesses `images` on this thread, in their order. */
export async function preprocessBatch(
  images: readonly NamedImage[],
  options: PreprocessOptions,
): Promise<Preprocessed[]> {
  const results = new Array<Preprocessed>(images.length);
  const indexes = images.keys();
  const lane = async () => {
    for (const index of indexes) results[index] = await preprocessOne(images[index]!, options);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, images.length) }, lane));
  return results;
}

async function preprocessOne(
  { source, name }: NamedImage,
  { preprocessing, decoding }: PreprocessOptions,
): Promise<Preprocessed> {
  try {
    return (await preprocess(source, preprocessing, { ...decoding, name })).data;
  } catch (error) {
    return imageError(error);
  }
}

/** `error` as the error of one picture, which ends no run. */
export function imageError(error: unknown): NearlabelError {
  if (error instanceof NearlabelError) return error;
  return new NearlabelError("IMAGE_UNREADABLE", `The picture cannot be read: ${String(error)}`, {
    cause: error,
  });
}
