import { types } from "node:util";
import { NearlabelError } from "../../errors.js";
import { type PixelBatch, pixelCount } from "../../image/preprocess/pixel-batch.js";
import type { Size } from "../../image/source.js";
import type { Matrix } from "../../math/matrix.js";
import type { Graph, Values } from "../../onnx/graph.js";
import { type Batch, feeds, fixedSizes, standInPictures, standInTexts } from "../../onnx/inputs.js";
import { embeddingOutput, type Tower } from "../../onnx/outputs.js";
import type { TokenBatch } from "../../tokens/token-batch.js";

/** What comes into and out of a model's towers. */
export interface TowerShape extends Size {
  /** Length of the embeddings. */
  readonly dimension: number;
  /** Longest text in tokens. */
  readonly contextLength: number;
  /** As in `Family`. */
  readonly pooled: boolean;
}

/**
 * Runs the vision tower: `pixels.pictures` x `dimension`. A graph for a fixed number of pictures is run several times.
 * @throws TypeError where `pixels` are not of the size that the model takes; NearlabelError MODEL_SHAPE, MODEL_UNSUPPORTED
 */
export async function runVisionTower(graph: Graph, pixels: PixelBatch, shape: TowerShape): Promise<Matrix> {
  if (!types.isFloat32Array(pixels?.data)) {
    throw new TypeError("Expected pixels as preprocess gives them: { data: Float32Array, pictures: number }");
  }
  const expected = pixels.pictures * pixelCount(shape);
  if (pixels.data.length !== expected) {
    throw new TypeError(
      `Expected ${pixels.pictures} pictures of 3 x ${shape.height} x ${shape.width}, ${expected} numbers, got ${pixels.data.length}`,
    );
  }
  const { texts = 1, length, pictures } = fixedSizes(graph);
  const tokens = standInTexts(texts, length);
  return inRuns(pixels.pictures, pictures, shape.dimension, (rows) =>
    embeddings(graph, "image", rows.length, { tokens, pixels: pickPictures(pixels, rows, shape) }, shape),
  );
}

/**
 * The text tower: tokens to `tokens.texts` x `dimension`. A graph for a fixed number of texts is run several times, and
 * texts are padded to the length that a graph asks for. Some graphs of MobileCLIP ask for the full length without
 * declaring it: once one has refused shorter texts and taken longer ones, texts are padded to the full length.
 */
export function createTextTower(
  open: (signal?: AbortSignal) => Promise<Graph>,
  shape: TowerShape,
): (tokens: TokenBatch, signal?: AbortSignal) => Promise<Matrix> {
  let whole = false;
  return async (tokens, signal) => {
    const graph = await open(signal);
    const full = () => runTextTower(graph, lengthened(tokens, shape.contextLength), shape);
    if (whole) return full();
    try {
      return await runTextTower(graph, tokens, shape);
    } catch (error) {
      const retry = tokens.length < shape.contextLength && wasRefused(error);
      const embedded = retry ? await full().catch(() => undefined) : undefined;
      if (!embedded) throw error;
      whole = true;
      return embedded;
    }
  };
}

/** @throws NearlabelError MODEL_SHAPE, MODEL_UNSUPPORTED */
async function runTextTower(graph: Graph, tokens: TokenBatch, shape: TowerShape): Promise<Matrix> {
  const { texts, length, pictures = 1 } = fixedSizes(graph);
  const pixels = standInPictures(pictures, shape);
  if (length !== undefined && tokens.length > length) {
    throw new NearlabelError(
      "MODEL_SHAPE",
      `${graph.file} takes texts of ${length} tokens, got ${tokens.length}: write ${length} into ` +
        "tokenizer_config.json as model_max_length, so that longer texts are cut.",
    );
  }
  const filled = length === undefined ? tokens : lengthened(tokens, length);
  return inRuns(tokens.texts, texts, shape.dimension, (rows) =>
    embeddings(graph, "text", rows.length, { tokens: pickTexts(filled, rows), pixels }, shape),
  );
}

/** Whether the network itself stopped, for another reason than a token that it does not know. */
function wasRefused(error: unknown): boolean {
  return error instanceof NearlabelError && error.code === "MODEL_SHAPE" && error.cause !== undefined;
}

/** All rows in one run, or runs of `fixed` rows, the last one filled up by repeating its last row. */
async function inRuns(
  rows: number,
  fixed: number | undefined,
  columns: number,
  run: (rows: readonly number[]) => Promise<Matrix>,
): Promise<Matrix> {
  const all = Array.from({ length: rows }, (_, row) => row);
  if (fixed === undefined || fixed === rows) return run(all);
  const data = new Float32Array(rows * columns);
  for (let start = 0; start < rows; start += fixed) {
    const chosen = Array.from({ length: fixed }, (_, index) => Math.min(start + index, rows - 1));
    const result = await run(chosen);
    data.set(result.data.subarray(0, Math.min(fixed, rows - start) * columns), start * columns);
  }
  return { data, rows, columns };
}

function pickPictures({ data, pictures }: PixelBatch, rows: readonly number[], size: Size): PixelBatch {
  if (isAll(rows, pictures)) return { data, pictures };
  const length = pixelCount(size);
  return { data: pickRows(data, rows, length, Float32Array), pictures: rows.length };
}

function pickTexts(tokens: TokenBatch, rows: readonly number[]): TokenBatch {
  if (isAll(rows, tokens.texts)) return tokens;
  const { ids, attentionMask, length } = tokens;
  return {
    ...tokens,
    ids: pickRows(ids, rows, length, Int32Array),
    attentionMask: pickRows(attentionMask, rows, length, Int32Array),
    texts: rows.length,
  };
}

function isAll(rows: readonly number[], count: number): boolean {
  return rows.length === count && rows.every((row, index) => row === index);
}

function pickRows<T extends Float32Array | Int32Array>(
  values: T,
  rows: readonly number[],
  length: number,
  Numbers: new (length: number) => T,
): T {
  const out = new Numbers(rows.length * length);
  for (const [to, row] of rows.entries())
    out.set(values.subarray(row * length, (row + 1) * length), to * length);
  return out;
}

/** `tokens` with padding on the right up to `length`. */
function lengthened(tokens: TokenBatch, length: number): TokenBatch {
  if (tokens.length >= length) return tokens;
  const longer = (values: Int32Array, fill: number) => {
    const out = new Int32Array(tokens.texts * length).fill(fill);
    for (let row = 0; row < tokens.texts; row++) {
      out.set(values.subarray(row * tokens.length, (row + 1) * tokens.length), row * length);
    }
    return out;
  };
  return {
    ...tokens,
    ids: longer(tokens.ids, tokens.padId),
    attentionMask: longer(tokens.attentionMask, 0),
    length,
  };
}

async function embeddings(
  graph: Graph,
  tower: Tower,
  rows: number,
  batch: Pick<Batch, "tokens" | "pixels">,
  { dimension, pooled, width, height }: TowerShape,
): Promise<Matrix> {
  const output = embeddingOutput(graph, tower, pooled);
  const [{ data, shape }] = (await graph.run(feeds(graph, { ...batch, width, height }), [output])) as [
    Values,
  ];
  if (shape.length === 2 && shape[0] === rows && shape[1] === dimension) {
    return { data: types.isFloat32Array(data) ? data : Float32Array.from(data), rows, columns: dimension };
  }
  throw new NearlabelError(
    "MODEL_SHAPE",
    `${graph.file}: expected ${output} of ${rows} x ${dimension}, got ${shape.join(" x ")}. Both towers must be ` +
      "exported with their projections, to the size that config.json gives as projection_dim.",
  );
}
