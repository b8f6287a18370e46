import { NearlabelError, optionError } from "../errors.js";
import { type Matrix, row } from "../math/matrix.js";
import { rowDots } from "../math/products.js";
import { logistic, logSumExp, maximum } from "../math/softmax.js";

/**
 * Measures of whether what a picture shows is among the labels at all. Higher is more likely known; where to draw the line
 * is for {@link thresholdForFalseAccepts} to say. `docs/calibration.md` has what each gains.
 */

/**
 * Largest softmax of the cosines to the labels. MCM of Ming et al. 2022, "Delving into Out-of-Distribution Detection with
 * Vision-Language Representations", at their temperature of 1; the model's own logit scale tells less.
 * In (0, 1]; close to 1 / labels.
 */
export function maximumSoftmax(similarities: ArrayLike<number>): number {
  return Math.exp(maximum(similarities) - logSumExp(similarities));
}

/**
 * log(sum exp(logit)): minus the free energy of Liu et al. 2020, "Energy-based Out-of-distribution Detection", at
 * temperature 1. Evaluations measure it; classifiers do not offer it, because the cosine tells more.
 */
export function energyScore(logits: ArrayLike<number>): number {
  return logSumExp(logits);
}

/** The cosine to the nearest label, -1 to 1. */
export function maximumSimilarity(similarities: ArrayLike<number>): number {
  return maximum(similarities);
}

/** Rivals that compete with the labels at a time, as in NegLabel: more would outweigh them by their number. */
const GROUP = 100;

/**
 * Share of the softmax over labels and rivals that goes to the labels, 0 to 1: the mean over groups of about 100 rivals.
 * NegLabel of Jiang et al. 2024, "Negative Label Guided OOD Detection with Pretrained Vision-Language Models", with groups
 * that take every n-th rival in place of random ones.
 *
 * @param rivalLogits logits of words that are none of the labels, from {@link chooseRivals}; at least one
 * @param groupSize rivals in a group at most
 * @throws NearlabelError `INPUT_EMPTY`, `OPTION_INVALID`
 */
export function negativeLabelScore(
  logits: ArrayLike<number>,
  rivalLogits: ArrayLike<number>,
  groupSize = GROUP,
): number {
  if (rivalLogits.length === 0) {
    throw new NearlabelError(
      "INPUT_EMPTY",
      "Expected logits of words that are none of the labels, got none.",
    );
  }
  if (!Number.isInteger(groupSize) || groupSize < 1) {
    throw optionError("groupSize", "a whole number from 1", groupSize);
  }
  const ours = logSumExp(logits);
  const groups = Math.ceil(rivalLogits.length / groupSize);
  let sum = 0;
  for (let first = 0; first < groups; first++) {
    sum += logistic(ours - logSumExp(everyNth(rivalLogits, first, groups)));
  }
  return sum / groups;
}

/** Words nearer to a label than this mean much the same, and as rivals would turn away what is known. */
const SAME_MEANING = 0.9;

/**
 * Which of many words can be rivals of the labels: all but those whose cosine to a label is 0.9 or more.
 *
 * @param classes class embeddings, unit-length rows
 * @param words embeddings of the words under the same templates, unit-length rows
 * @returns positions of the rivals among the words
 */
export function chooseRivals(classes: Matrix, words: Matrix): number[] {
  const isRival = (word: Float32Array) => !rowDots(word, classes).some((cosine) => cosine >= SAME_MEANING);
  return Array.from({ length: words.rows }, (_, word) => word).filter((word) => isRival(row(words, word)));
}

/**
 * The smallest threshold that lets through at most the share `rate` of unknown pictures, where those whose value is the
 * threshold or more are let through. With equal values that share may be less than `rate`.
 *
 * @param unknown values of pictures that show none of the labels
 * @param rate 0 to 1
 * @throws NearlabelError `INPUT_EMPTY`; `VECTOR_INVALID` for NaN; `OPTION_INVALID` for a rate outside 0 to 1
 */
export function thresholdForFalseAccepts(unknown: ArrayLike<number>, rate: number): number {
  const rising = sorted(unknown, rate);
  const mayPass = Math.floor(rate * rising.length + ROUNDING);
  if (mayPass === rising.length) return rising[0]!;
  // The largest value that must not pass; the next number above it is the smallest threshold.
  return nextUp(rising[rising.length - 1 - mayPass]!);
}

/**
 * The largest threshold that keeps at least the share `rate` of known pictures, where those whose value is the threshold or
 * more are kept.
 *
 * @param known values of pictures that show one of the labels
 * @param rate 0 to 1
 * @throws as {@link thresholdForFalseAccepts}
 */
export function thresholdForKept(known: ArrayLike<number>, rate: number): number {
  const rising = sorted(known, rate);
  const mustStay = Math.ceil(rate * rising.length - ROUNDING);
  return mustStay === 0 ? nextUp(rising.at(-1)!) : rising[rising.length - mustStay]!;
}

/** So that 0.07 of 100 is 7, not 7.000000000000001. */
const ROUNDING = 1e-9;

function sorted(values: ArrayLike<number>, rate: number): Float64Array {
  if (!(rate >= 0 && rate <= 1)) {
    throw new NearlabelError("OPTION_INVALID", `Expected a share from 0 to 1, got ${rate}.`);
  }
  if (values.length === 0) {
    throw new NearlabelError("INPUT_EMPTY", "A threshold is chosen on pictures, got none.");
  }
  const rising = Float64Array.from(values).sort();
  if (Number.isNaN(rising.at(-1))) {
    throw new NearlabelError("VECTOR_INVALID", "Expected numbers to choose a threshold from, got NaN.");
  }
  return rising;
}

/** The smallest double above a finite `value`: IEEE 754 doubles of one sign are ordered as their bits are. */
function nextUp(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  const bits = new BigInt64Array(Float64Array.of(value).buffer);
  bits[0]! += value > 0 ? 1n : -1n;
  return new Float64Array(bits.buffer)[0]!;
}

function everyNth(values: ArrayLike<number>, first: number, step: number): Float64Array {
  const length = Math.ceil((values.length - first) / step);
  return Float64Array.from({ length }, (_, at) => values[first + at * step]!);
}
