import { NearlabelError } from "../errors.js";
import { type PixelBatch, pixelCount } from "../image/preprocess/pixel-batch.js";
import type { Size } from "../image/source.js";
import type { TokenBatch } from "../tokens/token-batch.js";
import type { Graph, Values } from "./graph.js";

/** What a graph may ask for. A graph with both towers is given a stand-in for the one that is not wanted. */
export interface Batch extends Size {
  readonly tokens: TokenBatch;
  readonly pixels: PixelBatch;
}

/** Every input that exports of the family have, by name: `image` and `text` are open_clip's. */
const inputs: Readonly<Record<string, (batch: Batch) => Values>> = {
  pixel_values: ofPixels,
  image: ofPixels,
  input_ids: ({ tokens }) => ofTokens(tokens, tokens.ids),
  text: ({ tokens }) => ofTokens(tokens, tokens.ids),
  attention_mask: ({ tokens }) => ofTokens(tokens, tokens.attentionMask),
  position_ids: ({ tokens }) =>
    ofTokens(
      tokens,
      tokens.ids.map((_, index) => index % tokens.length),
    ),
  token_type_ids: ({ tokens }) => ofTokens(tokens, new Int32Array(tokens.ids.length)),
};

function ofPixels({ pixels, width, height }: Batch): Values {
  return { data: pixels.data, shape: [pixels.pictures, 3, height, width] };
}

function ofTokens(tokens: TokenBatch, data: Int32Array): Values {
  return { data, shape: [tokens.texts, tokens.length] };
}

/** The inputs of one run. @throws NearlabelError MODEL_UNSUPPORTED */
export function feeds(graph: Graph, batch: Batch): Record<string, Values> {
  return Object.fromEntries(
    graph.inputNames.map((name) => {
      const input = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
      if (input) return [name, input(batch)];
      const known = Object.keys(inputs).join(", ");
      throw new NearlabelError(
        "MODEL_UNSUPPORTED",
        `${graph.file}: expected inputs among ${known}, but the graph asks for ${name}.`,
      );
    }),
  );
}

/** Sizes that a graph takes and no others; undefined where it takes any, or has no such input. */
export interface FixedSizes {
  readonly texts: number | undefined;
  readonly length: number | undefined;
  readonly pictures: number | undefined;
}

export function fixedSizes(graph: Graph): FixedSizes {
  const shapeOf = (...names: string[]) => {
    const name = names.find((candidate) => graph.inputNames.includes(candidate));
    return name === undefined ? [] : graph.inputShape(name);
  };
  const [texts, length] = shapeOf("input_ids", "text");
  const [pictures] = shapeOf("pixel_values", "image");
  return { texts, length, pictures };
}

/** Texts of `length` tokens each, of ids that every vocabulary has. */
export function standInTexts(texts: number, length = 2): TokenBatch {
  const ids = Int32Array.from({ length: texts * length }, (_, index) => index % 8);
  return { ids, attentionMask: ids.map(() => 1), texts, length, padId: 0, truncated: [] };
}

/** Black pictures, before normalising grey ones. */
export function standInPictures(pictures: number, size: Size): PixelBatch {
  return { data: new Float32Array(pictures * pixelCount(size)), pictures };
}
