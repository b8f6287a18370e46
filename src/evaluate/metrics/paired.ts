import { requirePictures, requireSameLength } from "./input.js";

/** How two runs did on the same pictures. */
export interface PairedOutcome {
  /** Pictures that both named right; only one of the two; none. */
  readonly both: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly neither: number;
  /** Two-sided, of McNemar's exact test. 1 where they never differ. */
  readonly pValue: number;
}

/**
 * McNemar's exact test (McNemar 1947; Dietterich 1998): whether, of the pictures that just one of two runs names right, more
 * are one's than chance gives.
 *
 * @param firstCorrect 1 where the first run is right, else 0
 * @param secondCorrect the same for the second, in the same order of pictures
 * @throws NearlabelError `INPUT_EMPTY`
 */
export function mcnemar(firstCorrect: Uint8Array, secondCorrect: Uint8Array): PairedOutcome {
  requireSameLength("McNemar's test", firstCorrect, secondCorrect);
  requirePictures("McNemar's test", firstCorrect.length);
  let both = 0;
  let onlyFirst = 0;
  let onlySecond = 0;
  let neither = 0;
  for (let i = 0; i < firstCorrect.length; i++) {
    if (firstCorrect[i]) secondCorrect[i] ? both++ : onlyFirst++;
    else secondCorrect[i] ? onlySecond++ : neither++;
  }
  return { both, onlyFirst, onlySecond, neither, pValue: binomialTest(onlyFirst, onlySecond) };
}

/** Two-sided p-value of `a` heads and `b` tails from a fair coin: twice the lower tail, at most 1. */
function binomialTest(a: number, b: number): number {
  const fewer = Math.min(a, b);
  const tosses = a + b;
  let term = halfBinomial(tosses, fewer);
  let tail = 0;
  for (let k = fewer; k >= 0 && term > tail * Number.EPSILON; k--) {
    tail += term;
    term *= k / (tosses - k + 1);
  }
  return Math.min(1, 2 * tail);
}

/** Probability of `k` heads in `n` tosses. Halves as it goes, which is exact, so that nothing overflows on the way. */
function halfBinomial(n: number, k: number): number {
  let probability = 1;
  let halvings = n;
  for (let i = 1; i <= k; i++) {
    probability *= (n - k + i) / i;
    for (; probability > 1 && halvings > 0; halvings--) probability /= 2;
  }
  return probability * 2 ** -halvings;
}
