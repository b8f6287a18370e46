import type { Ranking } from "nearlabel/client";

const BUCKETS = 1 << 16;

/** Positions of values, largest first, to one part in 65,536 of their range; in time that grows with their number alone. */
export function falling(values: Float32Array): Uint32Array {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const scale = most > least ? (BUCKETS - 1) / (most - least) : 0;
  const starts = new Uint32Array(BUCKETS + 1);
  const buckets = new Uint16Array(values.length);
  for (let at = 0; at < values.length; at++) {
    const bucket = Math.round((most - values[at]!) * scale);
    buckets[at] = bucket;
    starts[bucket + 1]!++;
  }
  for (let bucket = 0; bucket < BUCKETS; bucket++) starts[bucket + 1]! += starts[bucket]!;
  const order = new Uint32Array(values.length);
  for (let at = 0; at < values.length; at++) order[starts[buckets[at]!]!++] = at;
  return order;
}

/** In `given` of a ranking: a picture that was given none of the labels. */
export const NO_LABEL = 65_535;

/** The label of each picture, and how sure it is. */
export type Labelling = Pick<Ranking, "best" | "scores">;

/** What the model says, but where a person gave one of the labels: that is sure. */
export function withGiven({ best, scores, given }: Labelling & Pick<Ranking, "given">): Labelling {
  const labelling = { best: best.slice(), scores: scores.slice() };
  for (let at = 0; at < given.length; at++) {
    if (given[at] === NO_LABEL) continue;
    labelling.best[at] = given[at]!;
    labelling.scores[at] = 1;
  }
  return labelling;
}

/** Pictures in the order of a view, and how many of them are sure. */
export interface Order {
  readonly rows: Uint32Array;
  readonly sure: number;
}

/**
 * All pictures by their score; or of one label, those that get it and are sure by score, then all others by their similarity to it.
 *
 * @param label position in the ranking; undefined for all
 */
export function orderOf(
  { best, scores, similarities }: Labelling & Pick<Ranking, "similarities">,
  label: number | undefined,
  sure: number,
): Order {
  if (label === undefined || !similarities) {
    return { rows: falling(scores), sure: scores.reduce((count, score) => count + Number(score >= sure), 0) };
  }
  // Above all similarities, which end at 1.
  const keys = similarities.slice();
  let count = 0;
  for (let at = 0; at < keys.length; at++) {
    if (best[at] !== label || scores[at]! < sure) continue;
    keys[at] = scores[at]! + 2;
    count++;
  }
  return { rows: falling(keys), sure: count };
}

/** Pictures that nobody gave one of the labels, least sure first. */
export function uncertainFirst({ scores, given }: Ranking): Uint32Array {
  return falling(scores.map((score) => -score)).filter((row) => given[row] === NO_LABEL);
}

/** What a ranking gives for each least score: 0, 0.01, … 1. */
export interface Sureness {
  /** Share of pictures that are that sure. */
  readonly coverage: Float64Array;
  /** Share of them with the right label; NaN where there are none. */
  readonly accuracy: Float64Array;
  /** How many pictures with a known label each accuracy is measured on; none, where the mean of scores stands for it. */
  readonly known: Float64Array;
}

export const STEPS = 100;
/** Below, a measured accuracy says less than the scores do. */
const LEAST_KNOWN = 10;

export function surenessOf({ best, scores, given }: Ranking): Sureness {
  const sums = () => new Float64Array(STEPS + 1);
  const [covered, known, right, total] = [sums(), sums(), sums(), sums()];
  for (let at = 0; at < scores.length; at++) {
    const step = Math.min(STEPS, Math.floor(scores[at]! * STEPS + 1e-6));
    covered[step]!++;
    total[step]! += scores[at]!;
    if (given[at] !== NO_LABEL) known[step]!++;
    if (given[at] === best[at]) right[step]!++;
  }
  for (const counts of [covered, known, right, total]) {
    for (let step = STEPS - 1; step >= 0; step--) counts[step]! += counts[step + 1]!;
  }
  const isMeasured = known[0]! >= LEAST_KNOWN;
  return {
    coverage: covered.map((count) => count / Math.max(1, scores.length)),
    accuracy: covered.map((count, step) => (isMeasured ? right[step]! / known[step]! : total[step]! / count)),
    known: isMeasured ? known : sums(),
  };
}

/** How many pictures get each of so many labels with at least the score `sure`. */
export function countsOf({ best, scores }: Labelling, labels: number, sure: number): Uint32Array {
  const counts = new Uint32Array(labels);
  for (let at = 0; at < best.length; at++) if (scores[at]! >= sure) counts[best[at]!]!++;
  return counts;
}
