import type { PackedError } from "../packed-error.js";
import type { PackedImage } from "../preprocess/message.js";

/** What the thread with the model is started with. */
export interface WorkerStart {
  readonly id: string;
  /** `LoadOptions`, without what cannot go to another thread. */
  readonly options: object;
  /** Names of the options that are functions, which are called where the encoder is. */
  readonly callbacks: readonly string[];
}

/** What the thread is asked. `key` tells the requests apart; `progress` says whether somebody listens to it. */
export type WorkerRequest =
  | {
      readonly type: "texts";
      readonly key: number;
      readonly texts: readonly string[];
      readonly names?: Names;
      readonly progress: boolean;
    }
  | {
      readonly type: "images";
      readonly key: number;
      readonly images: readonly PackedImage[];
      readonly more: boolean;
      readonly names?: Names;
      readonly progress: boolean;
    }
  | { readonly type: "fingerprint"; readonly key: number }
  /** Nobody waits for the answer to `key` any more. */
  | { readonly type: "abort"; readonly key: number }
  | { readonly type: "close" };

/** What messages call each item. */
type Names = readonly string[];

/** What the thread says. */
export type WorkerReply =
  | { readonly type: "loaded"; readonly encoder: PackedEncoder }
  | { readonly type: "called"; readonly name: string; readonly argument: unknown }
  | { readonly type: "progress"; readonly key: number; readonly done: number }
  | { readonly type: "batch"; readonly key: number; readonly batch: PackedBatch }
  | { readonly type: "fingerprint"; readonly key: number; readonly fingerprint: string }
  /** Without `key` the model could not be loaded. */
  | { readonly type: "failed"; readonly key?: number; readonly error: PackedError | Error };

/** The parts of an encoder that are data. */
export interface PackedEncoder {
  readonly id: string;
  readonly pictures: string;
  readonly dimension: number;
  readonly scoring: object;
  readonly batching: object;
}

/** An `EmbeddingBatch` whose errors are packed. */
export interface PackedBatch {
  readonly data: Float32Array;
  readonly norms: Float64Array;
  readonly errors: readonly (readonly [position: number, error: PackedError])[];
}
