import type { HubNotice } from "../hub/options.js";
import type { ImageSource } from "../image/source.js";
import type { LogitScoring } from "../model/config/families.js";
import type { Dtype } from "../onnx/dtype.js";
import type { EmbeddingBatch } from "./embedding-batch.js";
import type { StageClock } from "./stages.js";

/**
 * Turns texts and pictures into vectors of one space. The batch is the primitive; one is `[x]`. All that classification,
 * evaluation and tables need of a model: it may run on this thread, in a worker thread, or answer from a cache.
 */
export interface Encoder {
  readonly identity: EncoderIdentity;
  /** Numbers in every embedding. */
  readonly dimension: number;
  readonly scoring: LogitScoring;
  /** How pictures are best handed over where there are many. */
  readonly batching: Batching;
  /** One embedding a text. @throws TypeError for anything but an array of strings */
  embedTexts(texts: readonly string[], options?: EmbedOptions): Promise<EmbeddingBatch>;
  /** One embedding a picture; a picture that cannot be read has an error in its place. @throws TypeError for no array */
  embedImages(images: readonly ImageSource[], options?: EmbedImagesOptions): Promise<EmbeddingBatch>;
}

/** What tells the embeddings of one encoder from those of others. */
export interface EncoderIdentity {
  /** The model as it was asked for: `mini`, a folder, or a hub id. */
  readonly id: string;
  /**
   * `sha256:` and 64 hexadecimal digits over weights, configuration and tokenizer. The files are read at the
   * first call, but for those of which the hub tells the hash; the same files give the same fingerprint, whatever their
   * folder and times.
   */
  fingerprint(): Promise<string>;
  /** Precision of the weights, such as `fp32`, where it is known. */
  readonly dtype?: Dtype;
  /**
   * What beside the model's files decides the embedding of a picture: how it is decoded, by which releases of the
   * libraries, and what the network runs on.
   */
  readonly pictures: string;
}

/** How pictures are handed over. */
export interface Batching {
  /** Pictures in one call: those of one run of the vision tower. */
  readonly size: number;
  /** Calls that are under way at a time, so that pictures are read and decoded while the network runs. */
  readonly ahead: number;
  /** Largest file that is read, in bytes. */
  readonly maxBytes: number;
}

export interface EmbedOptions {
  /**
   * Rejects with the signal's reason, and takes from the queue what has not begun. A run of the network that has begun goes
   * on to its end; a download of the text tower stops, unless another text waits for it.
   */
  signal?: AbortSignal | undefined;
  /** Called after each run of the network with the number of items done so far. */
  onProgress?: ((done: number) => void) | undefined;
  /** What messages call the item at a position. Default: the text itself; the number of the picture. */
  nameOf?: ((position: number) => string) | undefined;
}

export interface EmbedImagesOptions extends EmbedOptions {
  /** More such calls follow at once: threads that read and decode pictures are started, which takes longer than a few pictures do. */
  more?: boolean | undefined;
  /** Bytes may be moved to another thread in place of being copied: they are empty here afterwards. */
  transfer?: boolean | undefined;
  /** Told when preprocessing and the network begin and finish. An encoder in another thread tells of the whole as `encode`. */
  clock?: StageClock | undefined;
}

/**
 * Something that a person should know and that stops nothing: a text that was cut or is in letters that the model cannot know, the weights that `dtype: "auto"`
 * chose, a device that cannot be used here, a thread that ended early, a model that is taken from the cache as the hub gives
 * no answer.
 */
export interface Notice {
  readonly code:
    | "TEXT_TRUNCATED"
    | "TEXT_UNREADABLE"
    | "DTYPE_CHOSEN"
    | "DEVICE_FALLBACK"
    | "THREAD_FAILED"
    | HubNotice["code"];
  readonly message: string;
}

/** @throws TypeError for anything but an array, such as one thing in place of many */
export function expectArray(values: readonly unknown[], what: "texts" | "pictures"): void {
  if (!Array.isArray(values)) throw new TypeError(`Expected an array of ${what}, got ${typeof values}`);
}
