import { type Statistic, timesDrawn } from "./bootstrap.js";
import { requireClasses, requireNumbers, requirePictures, requireSameLength } from "./input.js";

/**
 * Average precision of a ranking: the sum over thresholds of the gain in recall times the precision there, without
 * interpolation, equal scores at one threshold: scikit-learn's `average_precision_score`.
 *
 * @param scores one a picture; positives should have the higher ones
 * @param positive 1 where the picture is of the class, else 0
 * @throws NearlabelError `INPUT_EMPTY` where no picture is positive; `VECTOR_INVALID` for NaN
 */
export function averagePrecision(scores: ArrayLike<number>, positive: Uint8Array): number {
  requireSameLength("Average precision", scores, positive);
  requireNumbers("Average precision", scores);
  const ranking = rankingOf(scores, (picture) => positive[picture] === 1);
  requirePictures("Average precision", ranking.thresholds);
  return precisionOf(ranking, new Uint32Array(scores.length).fill(1));
}

/**
 * Mean of the {@link averagePrecision} of the classes that occur among `targets`.
 *
 * @param targets index of the true class, one a picture
 * @param column scores of all pictures for one class; asked for once a class, read before the next one is asked for
 * @throws NearlabelError `INPUT_EMPTY`; `VECTOR_INVALID` for NaN
 */
export function meanAveragePrecision(
  targets: Int32Array,
  classes: number,
  column: (index: number) => ArrayLike<number>,
): number {
  return meanAveragePrecisionStatistic(targets, classes, column)(Int32Array.from(targets.keys()));
}

/**
 * {@link meanAveragePrecision} of the pictures drawn. Keeps 4 bytes for each picture and class that scores as high as the
 * class's lowest positive, which is few where the model is good, and passes over them once a resample.
 */
export function meanAveragePrecisionStatistic(
  targets: Int32Array,
  classes: number,
  column: (index: number) => ArrayLike<number>,
): Statistic {
  requireClasses("Mean average precision", targets, classes);
  const rankings: Ranking[] = [];
  for (const index of occurring(targets)) {
    rankings.push(rankingOfClass(column(index), targets, index));
  }
  return overDrawn(rankings, targets.length);
}

/** {@link meanAveragePrecisionStatistic} of columns that come one after the other, one a class that {@link occurring} lists. */
export async function rankedPrecisionStatistic(
  targets: Int32Array,
  classes: number,
  columns: AsyncIterable<ArrayLike<number>>,
): Promise<Statistic> {
  requireClasses("Mean average precision", targets, classes);
  const indexes = occurring(targets);
  const rankings: Ranking[] = [];
  for await (const scores of columns) {
    rankings.push(rankingOfClass(scores, targets, indexes[rankings.length]!));
  }
  return overDrawn(rankings, targets.length);
}

/** The classes that pictures have, in ascending order. */
export function occurring(targets: Int32Array): number[] {
  return [...new Set(targets)].sort((a, b) => a - b);
}

function rankingOfClass(scores: ArrayLike<number>, targets: Int32Array, index: number): Ranking {
  requireSameLength("Mean average precision", scores, targets);
  requireNumbers("Mean average precision", scores);
  return rankingOf(scores, (picture) => targets[picture] === index);
}

function overDrawn(rankings: readonly Ranking[], pictures: number): Statistic {
  const times = new Uint32Array(pictures);
  return (drawn) => {
    timesDrawn(drawn, times);
    const precisions = rankings.map((ranking) => precisionOf(ranking, times)).filter((value) => value >= 0);
    return precisions.reduce((total, value) => total + value, 0) / precisions.length;
  };
}

/**
 * The pictures at and between the thresholds of one class. Recall changes only at the scores of positives, so that these
 * are all the thresholds that count, and negatives below the last of them do not matter.
 */
interface Ranking {
  /** Number of distinct scores of positives. */
  readonly thresholds: number;
  /** Pictures sorted by the threshold at which they come in; those of threshold t end before `ends[t]`. */
  readonly positives: Int32Array;
  readonly positiveEnds: Int32Array;
  readonly negatives: Int32Array;
  readonly negativeEnds: Int32Array;
}

function rankingOf(scores: ArrayLike<number>, isPositive: (picture: number) => boolean): Ranking {
  const values = new Set<number>();
  for (let i = 0; i < scores.length; i++) if (isPositive(i)) values.add(scores[i]!);
  const rising = Float64Array.from(values).sort();
  const thresholds = rising.length;
  const steps = new Int32Array(scores.length);
  for (let i = 0; i < steps.length; i++) steps[i] = thresholds - atMost(rising, scores[i]!);
  const [positives, positiveEnds] = grouped(steps, thresholds, isPositive);
  const [negatives, negativeEnds] = grouped(steps, thresholds, (picture) => !isPositive(picture));
  return { thresholds, positives, positiveEnds, negatives, negativeEnds };
}

/** How many of the sorted `rising` are at most `value`. */
function atMost(rising: Float64Array, value: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rising[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The chosen pictures by their step, 0 first, and where each step ends; those with no step below `count` are left out. */
function grouped(
  steps: Int32Array,
  count: number,
  chosen: (picture: number) => boolean,
): [Int32Array, Int32Array] {
  const ends = new Int32Array(count + 1);
  for (let i = 0; i < steps.length; i++) if (chosen(i)) ends[steps[i]! + 1]!++;
  for (let step = 1; step <= count; step++) ends[step]! += ends[step - 1]!;
  const pictures = new Int32Array(ends[count]!);
  for (let i = 0; i < steps.length; i++) {
    if (steps[i]! < count && chosen(i)) pictures[ends[steps[i]!]!++] = i;
  }
  return [pictures, ends.subarray(0, count)];
}

/** Average precision where each picture counts `times`; NaN where no positive does. */
function precisionOf(ranking: Ranking, times: Uint32Array): number {
  const { positives, positiveEnds, negatives, negativeEnds } = ranking;
  let found = 0;
  let all = 0;
  let sum = 0;
  for (let step = 0, p = 0, n = 0; step < ranking.thresholds; step++) {
    const before = found;
    for (; p < positiveEnds[step]!; p++) found += times[positives[p]!]!;
    for (; n < negativeEnds[step]!; n++) all += times[negatives[n]!]!;
    if (found > before) sum += ((found - before) * found) / (all + found);
  }
  return sum / found;
}
