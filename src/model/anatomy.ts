import type { Device } from "../onnx/device.js";
import type { Dtype } from "../onnx/dtype.js";
import { type FixedSizes, fixedSizes } from "../onnx/inputs.js";
import type { TokenizerOptions } from "../tokens/tokenizer.js";
import type { ModelFiles } from "./files/files.js";
import type { Networks } from "./towers/networks.js";

/** What a model is made of, as its files and networks tell. */
export interface ModelAnatomy {
  /** Precision of the weights. */
  readonly dtype: Dtype;
  /** What each network runs on. */
  readonly device: { readonly vision: Device; readonly text: Device };
  /** Sizes that a network takes and no others; undefined where it takes any. */
  readonly fixed: FixedSizes;
  /** Tokens that the text tower has embeddings for, as the configuration says; undefined where it does not. */
  readonly vocabularySize: number | undefined;
}

/** Opens both networks. @throws NearlabelError MODEL_FILE_INVALID, MODEL_UNSUPPORTED, MODEL_CLOSED */
export async function readAnatomy(
  { dtype }: ModelFiles,
  { vocabularySize }: TokenizerOptions,
  networks: Networks,
): Promise<ModelAnatomy> {
  const vision = await networks.vision();
  const text = await networks.text();
  const { texts, length } = fixedSizes(text);
  return {
    dtype,
    device: { vision: vision.device, text: text.device },
    fixed: { pictures: fixedSizes(vision).pictures, texts, length },
    vocabularySize,
  };
}
