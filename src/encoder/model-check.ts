import { reasonOf } from "../errors.js";
import type { ImageSource } from "../image/source.js";
import { type Matrix, row } from "../math/matrix.js";
import { cosine, norm } from "../math/vector.js";
import type { TokenBatch } from "../tokens/token-batch.js";
import type { Model } from "./model.js";

/** One property that a model must have for its scores to mean something. */
export interface ModelCheck {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, in numbers, on one line. */
  readonly found: string;
}

type Finding = Omit<ModelCheck, "name">;

const checks: Readonly<Record<string, (model: Model) => Promise<Finding>>> = {
  weights,
  shapes,
  normalisation,
  "batch size": batchSize,
  "picture parity": pictureParity,
  "text parity": textParity,
  tokens,
  vocabulary,
  logits,
};

/** Of different lengths, so that a batch of them has padding. */
const texts = ["a photo of a cat", "a dog", "an aerial photo of a river in winter"];

/** A ramp, a chessboard and a disc. */
function drawnPictures(): ImageSource[] {
  return [
    drawn((x, y) => [4 * x, 4 * y, 128]),
    drawn((x, y) => (((x >> 3) + (y >> 3)) % 2 === 0 ? [240, 240, 220] : [20, 60, 20])),
    drawn((x, y) => (Math.hypot(x - 32, y - 32) < 20 ? [220, 30, 30] : [90, 140, 230])),
  ];
}

function drawn(level: (x: number, y: number) => readonly number[]): ImageSource {
  const side = 64;
  const levels = Array.from({ length: side * side }, (_, at) => level(at % side, Math.floor(at / side)));
  return { data: Uint8Array.from(levels.flat()), width: side, height: side, channels: 3 };
}

/**
 * Runs both networks of a model on made-up pictures and texts: precision and device, shapes, lengths of embeddings, batch
 * sizes, whether one input gives the same alone and in a batch, token ids, and the logit scale. Never rejects: an error is
 * a check that failed.
 */
export async function checkModel(model: Model): Promise<ModelCheck[]> {
  const done: ModelCheck[] = [];
  for (const [name, run] of Object.entries(checks)) done.push({ name, ...(await run(model).catch(failure)) });
  return done;
}

function failure(error: unknown): Finding {
  return { ok: false, found: reasonOf(error) };
}

async function weights(model: Model): Promise<Finding> {
  const { device } = await model.networks();
  const where = device.vision === device.text ? device.vision : `${device.vision} and ${device.text}`;
  return { ok: true, found: `${model.dtype}, on ${where}` };
}

/** Towers without a projection, or of different models, give embeddings of another length than the model's. */
async function shapes(model: Model): Promise<Finding> {
  const { width, height } = model.imageSize;
  const batch = model.tokenize(texts.slice(0, 1));
  const images = await model.encodePixels(await model.preprocess(drawnPictures().slice(0, 1)));
  const words = await model.encodeTokens(batch);
  const size = (matrix: Matrix) => `${matrix.rows} x ${matrix.columns}`;
  return {
    ok: images.columns === words.columns,
    found: `pixels 1 x 3 x ${height} x ${width} to ${size(images)}, tokens 1 x ${batch.length} to ${size(words)}`,
  };
}

/** Embeddings of any length will do, as they are brought to unit length, but for zero. */
async function normalisation(model: Model): Promise<Finding> {
  const lengths = [
    ...lengthsOf(await model.encodePixels(await model.preprocess(drawnPictures()))),
    ...lengthsOf(await model.encodeTokens(model.tokenize(texts))),
  ];
  const ok = lengths.every((length) => length > 0 && Number.isFinite(length));
  const unit = lengths.every((length) => Math.abs(length - 1) < 1e-3);
  const [least, most] = [Math.min(...lengths), Math.max(...lengths)].map((length) => length.toPrecision(4));
  const what = unit ? "of unit length from the networks" : "brought to unit length here";
  return { ok, found: `embeddings ${what}: ${least} to ${most}` };
}

async function batchSize(model: Model): Promise<Finding> {
  const { pictures, texts, length } = (await model.networks()).fixed;
  const batch = (fixed: number | undefined, name: string) =>
    fixed === undefined ? `any number of ${name}` : `${fixed} ${name} a run, filled up where there are fewer`;
  const padding = length === undefined ? "" : `, padded to ${length} tokens`;
  return { ok: true, found: `${batch(pictures, "pictures")}, ${batch(texts, "texts")}${padding}` };
}

async function pictureParity(model: Model): Promise<Finding> {
  const encode = async (images: readonly ImageSource[]) => model.encodePixels(await model.preprocess(images));
  const alone = [];
  const pictures = drawnPictures();
  for (const picture of pictures) alone.push(row(await encode([picture]), 0));
  return parity(model, alone, await encode(pictures));
}

/** In the batch shorter texts are padded, which a network without a mask, or with another pad token, may read as text. */
async function textParity(model: Model): Promise<Finding> {
  const alone = [];
  for (const text of texts) alone.push(row(await model.encodeTokens(model.tokenize([text])), 0));
  return parity(model, alone, await model.encodeTokens(model.tokenize(texts)));
}

/** Dynamic quantisation takes its scale from the whole batch, so that there one input moves the others a little. */
async function parity(model: Model, alone: readonly Float32Array[], batch: Matrix): Promise<Finding> {
  const bar = model.dtype === "fp32" ? 0.99999 : 0.99;
  const together = alone.map((_, index) => row(batch, index));
  const least = Math.min(...alone.map((one, index) => cosine(one, together[index]!)));
  const most = Math.max(...alone.flatMap((one, index) => differences(one, together[index]!)));
  const found = `alone and in a batch of ${alone.length}: cosine ${least.toFixed(7)}, largest difference ${most.toExponential(1)}`;
  return least >= bar ? { ok: true, found } : { ok: false, found: `${found}; expected a cosine of ${bar}` };
}

async function tokens(model: Model): Promise<Finding> {
  const { contextLength } = model;
  const empty = kept(model.tokenize([""]));
  const [long] = [model.tokenize(["a ".repeat(2 * contextLength)])];
  const cut = kept(long);
  const end = empty.at(-1);
  const [start] = empty.length > 1 ? empty : [];
  const named = (id: number | undefined) =>
    id === undefined ? "none" : `${id} ${model.tokenText(id)}`.trimEnd();
  return {
    ok: end !== undefined && cut.length === contextLength && cut.at(-1) === end,
    found:
      `start ${named(start)}, end ${named(end)}, pad ${named(long.padId)}; ` +
      `a long text is cut to ${cut.length} of ${contextLength}, its last token ${named(cut.at(-1))}`,
  };
}

/** Puts the largest id that can come up through the network, which fails where its table of embeddings is smaller. */
async function vocabulary(model: Model): Promise<Finding> {
  const { vocabularySize } = model;
  const batch = model.tokenize(texts.slice(0, 1));
  const largest = vocabularySize === undefined ? Math.max(...batch.ids) : vocabularySize - 1;
  const ids = batch.ids.slice();
  ids[Math.min(1, batch.length - 1)] = largest;
  await model.encodeTokens({ ...batch, ids });
  const source =
    vocabularySize === undefined ? "the largest of a text; the configuration gives no size" : "the last";
  return { ok: true, found: `the network knows token ${largest}, ${source}` };
}

async function logits({ scoring, logitSource }: Model): Promise<Finding> {
  const { logitScale, logitBias, scoreFunction } = scoring;
  const sources = {
    config: "the configuration",
    graph: "the network with both towers",
    family: "the family, as neither configuration nor network tell",
  };
  return {
    ok: Number.isFinite(logitScale) && logitScale > 0 && Number.isFinite(logitBias),
    found: `${scoreFunction} of ${logitScale} x cosine + ${logitBias}, from ${sources[logitSource]}`,
  };
}

/** Ids of the first text without its padding. */
function kept({ ids, attentionMask, length }: TokenBatch): number[] {
  return [...ids.subarray(0, length)].filter((_, index) => attentionMask[index] === 1);
}

function lengthsOf(matrix: Matrix): number[] {
  return Array.from({ length: matrix.rows }, (_, index) => norm(row(matrix, index)));
}

function differences(a: Float32Array, b: Float32Array): number[] {
  return Array.from(a, (value, index) => Math.abs(value - b[index]!));
}
