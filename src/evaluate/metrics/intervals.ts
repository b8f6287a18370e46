import { setImmediate } from "node:timers/promises";
import { NearlabelError } from "../../errors.js";
import { randomGenerator, uniformInt } from "../../math/random.js";
import type { Estimate } from "../evaluation.js";
import { requireNumbers, requirePictures, requireSameLength } from "./input.js";

/** A metric of the pictures at `drawn`, which may hold an index more than once. `drawn` is overwritten afterwards. */
export type Statistic = (drawn: Int32Array) => number;

/** 97.5 % of the standard normal distribution lie below: for intervals of 95 %. */
const Z_95 = 1.959963984540054;

/** Other work gets a turn after this many milliseconds of resampling, and a signal is heard. */
const TURN = 50;

/**
 * A share with Wilson's score interval (Wilson 1927), which keeps to 0 to 1 and holds for few pictures and for none right.
 *
 * @param z quantile of the standard normal distribution; 95 % by default
 * @throws NearlabelError `INPUT_EMPTY` for a total of 0
 */
export function wilsonInterval(successes: number, total: number, z = Z_95): Estimate {
  requirePictures("Wilson interval", total);
  if (!(successes >= 0 && successes <= total)) {
    throw new TypeError(`Expected from 0 to ${total} successes, got ${successes}`);
  }
  const value = successes / total;
  const scale = 1 + z ** 2 / total;
  const centre = (value + z ** 2 / (2 * total)) / scale;
  const half = (z / scale) * Math.sqrt((value * (1 - value)) / total + z ** 2 / (4 * total ** 2));
  return {
    value,
    low: successes === 0 ? 0 : centre - half,
    high: successes === total ? 1 : centre + half,
    interval: "wilson",
  };
}

export interface BootstrapOptions {
  /** The same seed draws the same pictures on every machine, and for every metric of as many pictures. Integer. */
  readonly seed: number;
  /** Default 1000. */
  readonly resamples?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A metric with its 95 % bootstrap interval (Efron & Tibshirani 1993, chapters 10 and 13): its 2.5 and 97.5 percentiles,
 * interpolated linearly, over resamples of the pictures with replacement, less the bootstrap's estimate of its bias. A
 * picture that is drawn twice helps itself in metrics that rank or bin, so that their percentiles alone may lie to one side
 * of the estimate; of a mean the bias is nothing.
 *
 * @param pictures how many there are to draw from
 * @throws NearlabelError `INPUT_EMPTY` for no pictures; `OPTION_INVALID` for `resamples`; `VECTOR_INVALID` for a metric
 *   that is NaN. The signal's reason once it is aborted
 */
export async function bootstrapInterval(
  pictures: number,
  statistic: Statistic,
  options: BootstrapOptions,
): Promise<Estimate> {
  return stratifiedBootstrapInterval([pictures], ([drawn]) => statistic(drawn!), options);
}

/** {@link bootstrapInterval} of a metric of several groups of pictures, as many of each drawn as there are. */
export async function stratifiedBootstrapInterval(
  groups: readonly number[],
  statistic: (drawn: readonly Int32Array[]) => number,
  { seed, resamples = 1000, signal }: BootstrapOptions,
): Promise<Estimate> {
  for (const pictures of groups) requirePictures("Bootstrap interval", pictures);
  if (!Number.isInteger(resamples) || resamples < 1) {
    throw new NearlabelError("OPTION_INVALID", `Expected resamples to be 1 or more, got ${resamples}.`);
  }
  const drawn = groups.map((pictures) => Int32Array.from({ length: pictures }, (_, index) => index));
  const value = statistic(drawn);
  const values = new Float64Array(resamples);
  const generator = randomGenerator(seed);
  let turn = performance.now();
  for (let resample = 0; resample < resamples; resample++) {
    if (performance.now() - turn > TURN) {
      await setImmediate();
      turn = performance.now();
    }
    signal?.throwIfAborted();
    for (const group of drawn) {
      for (let i = 0; i < group.length; i++) group[i] = uniformInt(generator, 0, group.length - 1);
    }
    values[resample] = statistic(drawn);
  }
  return withoutBias(value, values);
}

function withoutBias(value: number, values: Float64Array): Estimate {
  requireNumbers("Bootstrap interval", values);
  const bias = values.reduce((sum, resampled) => sum + resampled, 0) / values.length - value;
  const shift = Number.isFinite(bias) ? bias : 0;
  values.sort();
  return {
    value,
    low: quantile(values, 0.025) - shift,
    high: quantile(values, 0.975) - shift,
    interval: "bootstrap",
  };
}

/** {@link bootstrapInterval} of the mean of one number a picture: a loss, or the difference of two. */
export async function bootstrapMean(terms: ArrayLike<number>, options: BootstrapOptions): Promise<Estimate> {
  requireNumbers("Bootstrap interval", terms);
  const mean: Statistic = (drawn) => {
    let sum = 0;
    for (let i = 0; i < drawn.length; i++) sum += terms[drawn[i]!]!;
    return sum / drawn.length;
  };
  return bootstrapInterval(terms.length, mean, options);
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
