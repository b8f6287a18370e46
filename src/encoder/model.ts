import type { PixelBatch } from "../image/preprocess/pixel-batch.js";
import type { ImageSource } from "../image/source.js";
import type { Matrix } from "../math/matrix.js";
import type { ModelDescription } from "../model/config/description.js";
import type { NetworkDescription } from "../model/towers/networks.js";
import type { Dtype } from "../onnx/dtype.js";
import type { TokenBatch } from "../tokens/token-batch.js";
import type { Encoder } from "./encoder.js";

/** A CLIP-family model that is loaded in this thread: an encoder, and each of its steps on its own. */
export interface Model extends Encoder, ModelDescription {
  /** Precision of the weights. */
  readonly dtype: Dtype;
  /** Opens both networks. */
  networks(): Promise<NetworkDescription>;
  tokenize(texts: readonly string[]): TokenBatch;
  /** The text of a token id, for showing; the mark of a word's end is left off, a part of a character is U+FFFD. */
  tokenText(id: number): string;
  /** Projected text embeddings as the network gives them: `texts` x `dimension`, not unit length. */
  encodeTokens(tokens: TokenBatch, signal?: AbortSignal): Promise<Matrix>;
  /**
   * Decodes, resizes, crops and normalises, on this thread.
   * @param memory pixels that are not read any more, whose memory is used again
   * @throws the error of the first picture that cannot be read
   */
  preprocess(images: readonly ImageSource[], memory?: PixelBatch): Promise<PixelBatch>;
  /** Projected image embeddings as the network gives them: `pixels.pictures` x `dimension`, not unit length. */
  encodePixels(pixels: PixelBatch): Promise<Matrix>;
  /** Starts a thread that reads and decodes pictures now, so that it is ready when the first ones come. */
  startThreads(): void;
  /**
   * Frees the memory of the text tower, for where no text is left to embed; the next text opens it again. Not while texts are
   * being embedded. Does nothing where one network has both towers.
   */
  releaseTextTower(): Promise<void>;
  /** Ends threads and frees native memory. The model cannot be used afterwards. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
