import type { ImageSteps } from "../encoder/embed-rows.js";
import type { Encoder } from "../encoder/encoder.js";
import type { PixelBatch } from "../image/preprocess/pixel-batch.js";
import type { ImageSource } from "../image/source.js";
import type { Matrix } from "../math/matrix.js";
import type { TokenBatch } from "../tokens/token-batch.js";
import type { ModelAnatomy } from "./anatomy.js";
import type { ModelDescription } from "./config/description.js";

/** A loaded CLIP-family model: an encoder, and each of its steps on its own. */
export interface Model extends Encoder, ModelDescription {
  /** As it was asked for: `mini`, a folder, or a hub id. */
  readonly id: string;
  /**
   * `sha256:` and 64 hexadecimal digits over weights, configuration and tokenizer. The files are read at the
   * first call, but for those of which the hub tells the hash; the same files give the same fingerprint, whatever their
   * folder and times.
   */
  fingerprint(): Promise<string>;
  /** Opens both networks. */
  anatomy(): Promise<ModelAnatomy>;
  tokenize(texts: readonly string[]): TokenBatch;
  /** The text of a token id, for showing; the mark of a word's end is left off, a part of a character is U+FFFD. */
  tokenText(id: number): string;
  /** Projected text embeddings as the network gives them: `texts` x `dimension`, not unit length. */
  encodeTokens(tokens: TokenBatch): Promise<Matrix>;
  /** Decodes, resizes, crops and normalises. @throws the error of the first picture that cannot be read */
  preprocess(images: readonly ImageSource[]): Promise<PixelBatch>;
  /** Projected image embeddings as the network gives them: `pixels.pictures` x `dimension`, not unit length. */
  encodePixels(pixels: PixelBatch): Promise<Matrix>;
  /** What `embedImages` and `embedRows` do with pictures, batch by batch. */
  readonly imageSteps: ImageSteps;
  /**
   * Frees the memory of the text tower, for where no text is left to embed; the next text opens it again. Not while texts are
   * being embedded. Does nothing where one network has both towers.
   */
  releaseTextTower(): Promise<void>;
  /** Ends threads and frees native memory. The model cannot be used afterwards. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
