import { NearlabelError, optionError } from "../errors.js";
import { checkTemperature } from "../labels/index/fitted.js";
import { logSoftmax, sigmoid, softmax } from "../math/softmax.js";
import type { ScoreFunction } from "../model/config/families.js";

/** Logits of pictures whose label is known. */
export interface KnownLogits {
  /** One row a picture, one logit a label; from 2 labels. Float32 rows halve the memory. */
  readonly logits: readonly ArrayLike<number>[];
  /** Index of each picture's label. */
  readonly targets: ArrayLike<number>;
  readonly scoreFunction: ScoreFunction;
}

/** A temperature and what it gained on the pictures it was fitted on. */
export interface FittedTemperature {
  /** What logits are to be divided by: above 1 where the scores are too sure, below 1 where they are not sure enough. */
  readonly temperature: number;
  /** Mean loss in nats at temperature 1 and at `temperature`: that of {@link meanLoss}. */
  readonly nllBefore: number;
  readonly nllAfter: number;
  /** Pictures that it was fitted on. */
  readonly pictures: number;
}

/** The largest inverse temperature tried: there the scores of any model are 0 or 1. */
const INVERSE_LIMIT = 2 ** 20;
/** Newton's steps at most; from the bracket about ten are enough. */
const STEPS = 200;

/**
 * Temperature scaling (Guo et al. 2017, "On Calibration of Modern Neural Networks"): the one number that logits are divided
 * by so that the negative log-likelihood of the known labels is least. The order of the labels does not change. The loss is
 * convex in the inverse temperature; its minimum is found by Newton's method, kept inside a bracket, to 1e-12.
 *
 * With `scoreFunction: "sigmoid"` the loss is that of a yes or no for each label, summed over the labels.
 *
 * @throws NearlabelError `INPUT_EMPTY` for no pictures; `VECTOR_INVALID` for logits that are not finite;
 * `OPTION_INVALID` for one label, a target that is none of the labels, or pictures on which no temperature is best: all are
 * right, or the logits tell nothing
 */
export function fitTemperature(known: KnownLogits): FittedTemperature {
  checkKnown(known);
  if (slopeAt(known, 0).first >= 0) {
    throw noMinimum("the labels' own logits are no higher than those of other labels");
  }
  let low = 0;
  let high = 1;
  while (slopeAt(known, high).first <= 0) {
    low = high;
    high *= 2;
    if (high > INVERSE_LIMIT) throw noMinimum("every picture is right, whatever the temperature");
  }
  const temperature = 1 / rootBetween(known, low, high);
  return {
    temperature,
    nllBefore: meanLoss(known),
    nllAfter: meanLoss(known, temperature),
    pictures: known.logits.length,
  };
}

/**
 * Mean over pictures of the negative log-likelihood in nats: of the known label under softmax; with
 * `scoreFunction: "sigmoid"` of a yes for the known label and a no for each other one.
 *
 * @throws NearlabelError `OPTION_INVALID` for a temperature that is no number above 0
 */
export function meanLoss({ logits, targets, scoreFunction }: KnownLogits, temperature = 1): number {
  checkTemperature(temperature);
  const lossOf = scoreFunction === "softmax" ? softmaxLoss : sigmoidLoss;
  const losses = logits.map((row, picture) => lossOf(scaled(row, 1 / temperature), targets[picture]!));
  return losses.reduce((sum, loss) => sum + loss, 0) / logits.length;
}

function checkKnown({ logits, targets, scoreFunction }: KnownLogits): void {
  if (scoreFunction !== "softmax" && scoreFunction !== "sigmoid") {
    throw optionError("scoreFunction", "softmax or sigmoid", scoreFunction);
  }
  const labels = logits[0]?.length ?? 0;
  if (logits.length === 0) {
    throw new NearlabelError(
      "INPUT_EMPTY",
      "A temperature is fitted on pictures with known labels, got none.",
    );
  }
  if (targets.length !== logits.length) {
    throw new TypeError(`Expected a target a picture, got ${targets.length} for ${logits.length} pictures`);
  }
  if (labels < 2) throw invalid(`Expected logits of 2 labels or more, got ${labels}`);
  for (const [picture, row] of logits.entries()) {
    const target = targets[picture]!;
    if (row.length !== labels) {
      throw new TypeError(`Expected ${labels} logits of picture ${picture}, got ${row.length}`);
    }
    if (!Number.isInteger(target) || target < 0 || target >= labels) {
      throw invalid(`Expected the target of picture ${picture} to be one of ${labels} labels, got ${target}`);
    }
    const at = Array.prototype.findIndex.call(row, (logit: number) => !Number.isFinite(logit));
    if (at >= 0) {
      throw new NearlabelError(
        "VECTOR_INVALID",
        `Expected finite logits, got ${row[at]} for label ${at} of picture ${picture}. Check the embeddings.`,
      );
    }
  }
}

function noMinimum(reason: string): NearlabelError {
  return invalid(`No temperature fits these pictures best: ${reason}. Give more pictures, of more labels`);
}

function invalid(message: string): NearlabelError {
  return new NearlabelError("OPTION_INVALID", `${message}.`);
}

/** Where the slope of the loss, which rises with the inverse temperature, is 0. */
function rootBetween(known: KnownLogits, from: number, to: number): number {
  let [low, high] = [from, to];
  let at = (low + high) / 2;
  for (let step = 0; step < STEPS; step++) {
    const { first, second } = slopeAt(known, at);
    if (first > 0) high = at;
    else low = at;
    const newton = at - first / second;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - at) <= 1e-12 * at) return next;
    at = next;
  }
  return at;
}

/** First and second derivative of the loss by the inverse temperature. */
function slopeAt({ logits, targets, scoreFunction }: KnownLogits, inverse: number): Slope {
  const slopeOf = scoreFunction === "softmax" ? softmaxSlope : sigmoidSlope;
  let first = 0;
  let second = 0;
  for (const [picture, row] of logits.entries()) {
    const slope = slopeOf(row, targets[picture]!, inverse);
    first += slope.first;
    second += slope.second;
  }
  return { first, second };
}

interface Slope {
  readonly first: number;
  readonly second: number;
}

/** Mean of the logits under their softmax less the target's logit, and their variance. */
function softmaxSlope(logits: ArrayLike<number>, target: number, inverse: number): Slope {
  const scores = softmax(scaled(logits, inverse));
  const mean = scores.reduce((sum, score, label) => sum + score * logits[label]!, 0);
  const second = scores.reduce((sum, score, label) => sum + score * (logits[label]! - mean) ** 2, 0);
  return { first: mean - logits[target]!, second };
}

function sigmoidSlope(logits: ArrayLike<number>, target: number, inverse: number): Slope {
  const scores = sigmoid(scaled(logits, inverse));
  const first = scores.reduce((sum, score, label) => sum + score * logits[label]!, 0);
  const second = scores.reduce((sum, score, label) => sum + score * (1 - score) * logits[label]! ** 2, 0);
  return { first: first - logits[target]!, second };
}

function softmaxLoss(logits: Float64Array, target: number): number {
  return -logSoftmax(logits, target);
}

function sigmoidLoss(logits: Float64Array, target: number): number {
  return logits.reduce((sum, logit) => sum + softplus(logit), 0) - logits[target]!;
}

/** log(1 + exp(x)), without overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

function scaled(logits: ArrayLike<number>, factor: number): Float64Array {
  return Float64Array.from(logits, (logit) => logit * factor);
}
