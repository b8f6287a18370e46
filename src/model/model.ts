import type { ImageSource } from "../image/source.js";
import type { Matrix } from "../vector.js";
import type { Encoder } from "./encoder.js";

/** Token ids of several texts, padded to the longest. */
export interface TokenBatch {
  /** `texts` x `length`, row-major. */
  readonly ids: Int32Array;
  /** Same shape: 1 where `ids` holds a token of the text, 0 where it holds padding. */
  readonly attentionMask: Int32Array;
  readonly texts: number;
  readonly length: number;
  /** Positions of the texts that were longer than the model's context and were cut. */
  readonly truncated: readonly number[];
}

/** A loaded CLIP-family model: an encoder, and each of its steps on its own. */
export interface Model extends Encoder {
  /** As it was asked for: `mini`, or a folder. */
  readonly id: string;
  /** `sha256:` and 64 hexadecimal digits over weights, configuration and tokenizer. */
  readonly fingerprint: string;
  /** Longest text in tokens, start and end tokens included. */
  readonly contextLength: number;
  /** Size of the pictures that the model takes, in pixels. */
  readonly imageSize: { readonly width: number; readonly height: number };
  tokenize(texts: readonly string[]): TokenBatch;
  /** The text of each token id, for showing. */
  tokenText(id: number): string;
  /** Projected text embeddings as the network gives them: `texts` x `dimension`, not unit length. */
  encodeTokens(tokens: TokenBatch): Promise<Matrix>;
  /** Decodes, resizes, crops and normalises: 3 x height x width, planes in the order R, G, B. */
  preprocess(image: ImageSource): Promise<Float32Array>;
  /** Projected image embeddings as the network gives them: `pixels.length` x `dimension`, not unit length. */
  encodePixels(pixels: readonly Float32Array[]): Promise<Matrix>;
  /** Frees native memory. The model cannot be used afterwards. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
