import type { NearlabelError } from "../errors.js";
import type { ImageSource } from "../image/source.js";
import type { Matrix } from "../math/matrix.js";
import type { ScoreFunction } from "../model/config/families.js";

/**
 * Turns texts and pictures into vectors of one space. The batch is the primitive; one is `[x]`.
 * All that classification needs of a model.
 */
export interface Encoder {
  /** Length of every embedding. */
  readonly dimension: number;
  /** What a cosine is multiplied by to give a logit: 100 for OpenAI's CLIP. */
  readonly logitScale: number;
  /** What is added to a scaled cosine; 0 but for SigLIP. */
  readonly logitBias: number;
  readonly scoreFunction: ScoreFunction;
  /** Unit-length embeddings, one row a text: `texts.length` x `dimension`. */
  embedTexts(texts: readonly string[], options?: EmbedOptions): Promise<Matrix>;
  /** A unit-length embedding for each picture, or the error that kept it from having one, in its place. */
  embedImages(
    images: readonly ImageSource[],
    options?: EmbedOptions,
  ): Promise<(Float32Array | NearlabelError)[]>;
}

export interface EmbedOptions {
  /** Stops between batches and rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** What messages call a text. Default: the text itself. */
  nameOf?: ((text: string) => string) | undefined;
  /** Called after each batch with the number of items done so far. */
  onProgress?: ((done: number) => void) | undefined;
}

/**
 * Something that a person should know and that stops nothing: a text that was cut, the weights that `dtype: "auto"`
 * chose, a device that cannot be used here.
 */
export interface Notice {
  readonly code: "TEXT_TRUNCATED" | "DTYPE_CHOSEN" | "DEVICE_FALLBACK";
  readonly message: string;
}
