import type { Parallelism } from "../onnx/parallelism.js";

export interface Search {
  readonly start: Parallelism;
  /** Values to try, setting by setting, in the order in which they are settled. */
  readonly candidates: readonly (readonly [keyof Parallelism, readonly number[]])[];
  /** Pictures a second with these settings. */
  measure(settings: Parallelism): Promise<number>;
  /** About how long it may take; each value is measured once at least. */
  readonly seconds: number;
}

/** What was measured of one value, the other settings being the best so far. */
export interface Trial {
  readonly setting: keyof Parallelism;
  readonly value: number;
  /** Median, in pictures a second. */
  readonly speed: number;
  readonly chosen: boolean;
}

/** Faster by less may be chance, and then what was there stays. */
const LEAST_GAIN = 1.03;
/** More rounds make a median no better than the machine is steady. */
const MOST_ROUNDS = 7;

/**
 * Coordinate search: settles one setting after the other. The values of a setting take turns, up and down, so that what
 * else the machine does hits all alike; the highest median is taken.
 */
export async function coordinateSearch(search: Search): Promise<{ best: Parallelism; trials: Trial[] }> {
  let best = search.start;
  const trials: Trial[] = [];
  const share = (1000 * search.seconds) / search.candidates.length;
  for (const [setting, candidates] of search.candidates) {
    const values = [...new Set([best[setting], ...candidates])].sort((a, b) => a - b);
    const speeds = await medianSpeeds(
      values,
      (value) => search.measure({ ...best, [setting]: value }),
      share,
    );
    const fastest = values.reduce((one, other) => (speeds.get(other)! > speeds.get(one)! ? other : one));
    const isGain = speeds.get(fastest)! > LEAST_GAIN * speeds.get(best[setting])!;
    best = { ...best, [setting]: isGain ? fastest : best[setting] };
    for (const [value, speed] of speeds)
      trials.push({ setting, value, speed, chosen: value === best[setting] });
  }
  return { best, trials };
}

async function medianSpeeds(
  values: readonly number[],
  measure: (value: number) => Promise<number>,
  milliseconds: number,
): Promise<Map<number, number>> {
  const measured = new Map(values.map((value) => [value, [] as number[]]));
  const end = performance.now() + milliseconds;
  for (let round = 0; round === 0 || (round < MOST_ROUNDS && performance.now() < end); round++) {
    const turn = round % 2 === 0 ? values : values.toReversed();
    for (const value of turn) measured.get(value)!.push(await measure(value));
  }
  return new Map(values.map((value) => [value, median(measured.get(value)!)]));
}

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}
