import type { Kernel } from "./filter.js";

/**
 * Fractional bits of a weight: 32 less 8 for the sample and 2 for sums outside 0 to 255, as in Pillow. A sum of
 * weighed samples then fits a signed 32-bit integer.
 */
export const PRECISION_BITS = 32 - 8 - 2;
/** Samples that the passes take at a time. */
const STEP = 4;
const ONE = 2 ** PRECISION_BITS;

/** One axis of a resize: output pixel `i` sums `count` samples from `first + starts[i]` on. */
export interface Taps {
  /** The first sample in use. */
  readonly first: number;
  /** The one after the last that the filter reaches. */
  readonly last: number;
  /** Samples that windows cover, at least `last - first`; those from `last` on have weight 0 everywhere. */
  readonly span: number;
  /** Samples of each output pixel, a multiple of 4. */
  readonly count: number;
  /** Where each output pixel's window starts, counted from `first`. */
  readonly starts: Int32Array;
  /** `starts.length` x `count`, in fixed point. */
  readonly weights: Int32Array;
}

/** Output pixels `from` to `from + length` of an axis that goes from `inputSize` to `outputSize` samples. */
export interface Axis {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly from: number;
  readonly length: number;
}

/**
 * The weights of `kernel` along `axis`, to the last bit those of Pillow (`precompute_coeffs` in
 * libImaging/Resample.c): computed in double precision, made to sum to 1, rounded half away from zero.
 * For a reduction the kernel is stretched, so that every sample counts.
 *
 * All windows get the same length, a multiple of four, with zero weights as filling, which changes no sum. A window that would pass the last sample is moved back instead.
 */
export function tapsOf(kernel: Kernel, axis: Axis): Taps {
  const { starts, ends } = windowsOf(kernel, axis);
  const first = starts.reduce((least, start) => Math.min(least, start));
  const last = ends.reduce((most, end) => Math.max(most, end));
  const longest = starts.reduce((most, start, i) => Math.max(most, ends[i]! - start), 0);
  const count = Math.ceil(longest / STEP) * STEP;
  const span = Math.max(last - first, count);

  const weights = new Int32Array(axis.length * count);
  const exact = new Float64Array(longest);
  for (let i = 0; i < axis.length; i++) {
    const start = starts[i]! - first;
    const length = ends[i]! - starts[i]!;
    weigh(kernel, axis, i, starts[i]!, length, exact);
    starts[i] = Math.min(start, span - count);
    const from = i * count + start - starts[i]!;
    for (let j = 0; j < length; j++) weights[from + j] = toFixedPoint(exact[j]!);
  }
  return { first, last, span, count, starts, weights };
}

/** The first sample under the kernel and the one after the last, for each output pixel. */
function windowsOf({ support }: Kernel, { inputSize, outputSize, from, length }: Axis) {
  const scale = inputSize / outputSize;
  const reach = support * Math.max(scale, 1);
  const starts = new Int32Array(length);
  const ends = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    const centre = (from + i + 0.5) * scale;
    starts[i] = Math.max(0, Math.trunc(centre - reach + 0.5));
    ends[i] = Math.min(inputSize, Math.trunc(centre + reach + 0.5));
  }
  return { starts, ends };
}

/** The weights of `length` samples from `start` on for output pixel `from + i`; they sum to 1. */
function weigh(
  kernel: Kernel,
  axis: Axis,
  i: number,
  start: number,
  length: number,
  weights: Float64Array,
): void {
  const scale = axis.inputSize / axis.outputSize;
  const centre = (axis.from + i + 0.5) * scale;
  // Distances are multiplied by the inverse, as in Pillow: a quotient can differ from that in the last bit.
  const shrink = 1 / Math.max(scale, 1);
  let sum = 0;
  for (let j = 0; j < length; j++) {
    const weight = kernel.weight((j + start - centre + 0.5) * shrink);
    weights[j] = weight;
    sum += weight;
  }
  if (sum !== 0) for (let j = 0; j < length; j++) weights[j]! /= sum;
}

function toFixedPoint(weight: number): number {
  return (weight * ONE + (weight < 0 ? -0.5 : 0.5)) | 0;
}
