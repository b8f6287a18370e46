import { mersenne } from "pure-rand/generator/mersenne";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";

export { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
export { uniformInt } from "pure-rand/distribution/uniformInt";
export type { RandomGenerator };

/**
 * A generator of random numbers that gives the same ones for the same seed, on every machine. The Mersenne Twister mixes
 * the seed into all of its state: xoroshiro begins alike for seeds near each other, and draws almost the same rows.
 */
export function randomGenerator(seed: number): RandomGenerator {
  return mersenne(seed);
}
