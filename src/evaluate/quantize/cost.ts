import type { Model } from "../../encoder/model.js";
import { firstOf, type PixelBatch } from "../../image/preprocess/pixel-batch.js";
import type { QuantizedMeasures, TowerTimes } from "../../model/quantized/proof.js";
import { standInPictures } from "../../onnx/inputs.js";
import type { TokenBatch } from "../../tokens/token-batch.js";
import type { Precisions } from "./agreement.js";

export type Speed = Pick<QuantizedMeasures, "milliseconds" | "speed">;

/** Runs of each kind; the medians of their ratios count, as the machine may have other work. */
const ROUNDS = 5;
/** Texts in a run. */
const TEXTS = 16;

/** Times both precisions in turns, on pictures and texts that are made up: time does not depend on what they show. */
export async function compareSpeed(
  { fp32, q8 }: Precisions,
  text: string,
  signal?: AbortSignal,
): Promise<Speed> {
  const pixels = standInPictures(fp32.batching.size, fp32.imageSize);
  for (let at = 0; at < pixels.data.length; at++) pixels.data[at] = (at % 13) / 6 - 1;
  const tokens = fp32.tokenize(Array.from({ length: TEXTS }, () => text));
  const rounds: { fp32: TowerTimes; q8: TowerTimes }[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    signal?.throwIfAborted();
    const times = { fp32: await timeOnce(fp32, pixels, tokens), q8: await timeOnce(q8, pixels, tokens) };
    // The first opens what is not open yet.
    if (round > 0) rounds.push(times);
  }
  const of = (value: (round: (typeof rounds)[number], kind: keyof TowerTimes) => number): TowerTimes => {
    const middle = (kind: keyof TowerTimes) => rounded(median(rounds.map((round) => value(round, kind))));
    return { pictures: middle("pictures"), onePicture: middle("onePicture"), texts: middle("texts") };
  };
  return {
    milliseconds: { fp32: of((round, kind) => round.fp32[kind]), q8: of((round, kind) => round.q8[kind]) },
    speed: of((round, kind) => round.fp32[kind] / round.q8[kind]),
  };
}

async function timeOnce(model: Model, pixels: PixelBatch, tokens: TokenBatch): Promise<TowerTimes> {
  const time = async (work: () => Promise<unknown>) => {
    const started = performance.now();
    await work();
    return performance.now() - started;
  };
  const one = firstOf(pixels, 1);
  return {
    pictures: (await time(() => model.encodePixels(pixels))) / pixels.pictures,
    onePicture: await time(() => model.encodePixels(one)),
    texts: (await time(() => model.encodeTokens(tokens))) / tokens.texts,
  };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

/** By how many bytes the memory of this process grows while `model` opens its networks and runs each once. */
export async function memoryOf(model: Model): Promise<number> {
  const before = process.memoryUsage.rss();
  await model.encodePixels(standInPictures(model.batching.size, model.imageSize));
  await model.encodeTokens(model.tokenize(["a"]));
  return Math.max(0, process.memoryUsage.rss() - before);
}
