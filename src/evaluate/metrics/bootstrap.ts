import { setImmediate } from "node:timers/promises";
import { checkOptions } from "../../arguments.js";
import { optionError } from "../../errors.js";
import { randomGenerator, uniformInt } from "../../math/random.js";
import type { Estimate } from "../evaluation.js";
import { requireNumbers, requirePictures, requireSameLength, requireWhole } from "./input.js";

/** A metric of the pictures at `drawn`, which may hold an index more than once. `drawn` is overwritten afterwards. */
export type Statistic = (drawn: Int32Array) => number;

/** Other work gets a turn after this many milliseconds of resampling, and a signal is heard. */
const TURN = 50;

export interface BootstrapOptions {
  /** The same seed draws the same pictures on every machine, and for every metric of as many pictures. Integer. */
  readonly seed: number;
  /** Default 1000. */
  readonly resamples?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A metric of the pictures as they are, and of each resample of them, in the order in which they were drawn. */
export interface Resampled {
  readonly value: number;
  readonly values: Float64Array;
}

/** A metric to be resampled: of several groups of pictures, of which as many are drawn as there are. */
export interface Resampling {
  /** The arrays are overwritten afterwards. */
  readonly statistic: (drawn: readonly Int32Array[]) => number;
  /** Default: that of the options. */
  readonly resamples?: number | undefined;
}

/**
 * Several metrics of the same pictures, over the same resamples with replacement: two runs on the same pictures are resampled
 * alike, so that {@link differenceOf} may pair them. A metric with fewer resamples has the first of them.
 *
 * @param groups how many pictures there are to draw from, in each group
 * @throws NearlabelError `INPUT_EMPTY` for no pictures; `OPTION_INVALID`; `VECTOR_INVALID` for a metric that is NaN. The
 *   signal's reason once it is aborted
 */
export async function resample(
  groups: readonly number[],
  resamplings: readonly Resampling[],
  options: BootstrapOptions,
): Promise<Resampled[]> {
  checkBootstrap(groups, options);
  const { seed, resamples = 1000, signal } = options;
  const drawn = groups.map((pictures) => Int32Array.from({ length: pictures }, (_, index) => index));
  const results = resamplings.map(({ statistic, resamples: own = resamples }) => ({
    value: statistic(drawn),
    values: new Float64Array(own),
  }));
  const most = Math.max(...results.map(({ values }) => values.length));
  const generator = randomGenerator(seed);
  let turn = performance.now();
  for (let at = 0; at < most; at++) {
    if (performance.now() - turn > TURN) {
      await setImmediate();
      turn = performance.now();
    }
    signal?.throwIfAborted();
    for (const group of drawn) {
      for (let i = 0; i < group.length; i++) group[i] = uniformInt(generator, 0, group.length - 1);
    }
    for (const [place, { values }] of results.entries()) {
      if (at < values.length) values[at] = resamplings[place]!.statistic(drawn);
    }
  }
  return results;
}

function checkBootstrap(groups: readonly number[], { seed, resamples = 1000 }: BootstrapOptions): void {
  for (const pictures of groups) requirePictures("Bootstrap interval", pictures);
  if (!Number.isInteger(seed)) throw optionError("seed", "a whole number", seed);
  requireWhole("resamples", resamples);
}

/**
 * A metric with its 95 % bootstrap interval (Efron & Tibshirani 1993, chapters 10 and 13): its 2.5 and 97.5 percentiles,
 * interpolated linearly, over resamples of the pictures with replacement, less the bootstrap's estimate of its bias. A
 * picture that is drawn twice helps itself in metrics that rank or bin, so that their percentiles alone may lie to one side
 * of the estimate; of a mean the bias is nothing.
 */
export function estimateOf({ value, values }: Resampled): Estimate {
  requireNumbers("Bootstrap interval", values);
  const bias = values.reduce((sum, resampled) => sum + resampled, 0) / values.length - value;
  const shift = Number.isFinite(bias) ? bias : 0;
  const rising = values.slice().sort();
  return {
    value,
    low: quantile(rising, 0.025) - shift,
    high: quantile(rising, 0.975) - shift,
    interval: "bootstrap",
  };
}

/** The second less the first of two metrics over the same resamples of the same pictures, with its paired interval. */
export function differenceOf(first: Resampled, second: Resampled): Estimate {
  requireSameLength("Difference", first.values, second.values);
  return estimateOf({
    value: second.value - first.value,
    values: second.values.map((value, at) => value - first.values[at]!),
  });
}

/**
 * A metric over all pictures, and its interval by resampling them.
 *
 * @param pictures how many there are to draw from
 * @throws NearlabelError `OPTION_INVALID`; the signal's reason where it aborts
 */
export async function bootstrapInterval(
  pictures: number,
  statistic: Statistic,
  options: BootstrapOptions,
): Promise<Estimate> {
  checkOptions(options, ["seed", "resamples", "signal"], "bootstrapInterval");
  const [resampled] = await resample([pictures], [{ statistic: ([drawn]) => statistic(drawn!) }], options);
  return estimateOf(resampled!);
}

/** {@link bootstrapInterval} of the mean of one number a picture: a loss, or the difference of two. */
export async function bootstrapMean(terms: ArrayLike<number>, options: BootstrapOptions): Promise<Estimate> {
  return bootstrapInterval(terms.length, meanStatistic(terms), options);
}

/** The mean of one number a picture. @throws NearlabelError `INPUT_EMPTY`; `VECTOR_INVALID` for NaN */
export function meanStatistic(terms: ArrayLike<number>): Statistic {
  requireNumbers("Bootstrap interval", terms);
  return (drawn) => {
    let sum = 0;
    for (let i = 0; i < drawn.length; i++) sum += terms[drawn[i]!]!;
    return sum / drawn.length;
  };
}

/** Writes how often each picture is in `drawn` to `times`: statistics that sort once go by this. */
export function timesDrawn(drawn: Int32Array, times: Uint32Array): void {
  requireSameLength("Bootstrap", drawn, times);
  times.fill(0);
  for (let i = 0; i < drawn.length; i++) times[drawn[i]!]!++;
}

/** Of sorted values, interpolated linearly between the two nearest, as `numpy.quantile`. */
function quantile(rising: Float64Array, share: number): number {
  const at = share * (rising.length - 1);
  const low = rising[Math.floor(at)]!;
  const high = rising[Math.ceil(at)]!;
  // Also where both are infinite, whose difference is not a number.
  return low === high ? low : low + (high - low) * (at - Math.floor(at));
}
