import { type PixelBatch, pixelCount } from "../../image/preprocess/pixel-batch.js";
import type { Size } from "../../image/source.js";
import { cosine } from "../../math/vector.js";
import type { Graph, Values } from "../../onnx/graph.js";
import { feeds, fixedSizes, standInTexts } from "../../onnx/inputs.js";

/** How a model makes logits of cosines: `scale` x cosine + `bias`. */
export interface LogitLine {
  readonly scale: number;
  readonly bias: number;
}

const outputs = ["logits_per_image", "image_embeds", "text_embeds"];

/**
 * Scale and bias in a graph with both towers, from the cosines and `logits_per_image` of three pictures and four texts,
 * to the 6 digits that float32 carries. Undefined where the graph does not give logits.
 * @param biased whether there is a bias; it is 0 otherwise
 */
export async function measureLogits(
  graph: Graph,
  size: Size,
  biased: boolean,
): Promise<LogitLine | undefined> {
  const { texts, length, pictures } = fixedSizes(graph);
  if (texts !== undefined || pictures !== undefined) return undefined;
  if (!outputs.every((name) => graph.outputNames.includes(name))) return undefined;
  const batch = { tokens: standInTexts(4, length), pixels: testPictures(size), ...size };
  const [logits, images, words] = (await graph.run(feeds(graph, batch), outputs)) as [Values, Values, Values];
  const pairs = Array.from(logits.data, (logit, index) => ({
    logit,
    cosine: cosine(rowOf(images, Math.floor(index / 4)), rowOf(words, index % 4)),
  }));
  const { scale, bias } = biased ? throughExtremes(pairs) : throughOrigin(pairs);
  return Number.isFinite(scale) && scale > 0 ? { scale: sixDigits(scale), bias: sixDigits(bias) } : undefined;
}

type Pair = { readonly logit: number; readonly cosine: number };

/** By the pair with the largest cosine, where rounding weighs least. */
function throughOrigin(pairs: readonly Pair[]): LogitLine {
  const best = pairs.reduce((a, b) => (Math.abs(b.cosine) > Math.abs(a.cosine) ? b : a));
  return { scale: best.logit / best.cosine, bias: 0 };
}

/** By the least and the largest cosine. */
function throughExtremes(pairs: readonly Pair[]): LogitLine {
  const least = pairs.reduce((a, b) => (b.cosine < a.cosine ? b : a));
  const most = pairs.reduce((a, b) => (b.cosine > a.cosine ? b : a));
  const scale = (most.logit - least.logit) / (most.cosine - least.cosine);
  return { scale, bias: most.logit - scale * most.cosine };
}

/** Light, dark, and both in stripes. */
function testPictures(size: Size): PixelBatch {
  const { width } = size;
  const levels = [() => 1, () => -1, (index: number) => (index % width < width / 2 ? 1 : -1)];
  const length = pixelCount(size);
  const level = (index: number) => levels[Math.floor(index / length)]!(index % length);
  return {
    data: Float32Array.from({ length: levels.length * length }, (_, index) => level(index)),
    pictures: levels.length,
  };
}

function rowOf({ data, shape }: Values, row: number): Values["data"] {
  const columns = shape[1]!;
  return data.subarray(row * columns, (row + 1) * columns);
}

function sixDigits(value: number): number {
  return Number(value.toPrecision(6));
}
