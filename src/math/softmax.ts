/** exp(x_i) / sum exp(x_j), shifted by the maximum so that large logits do not overflow. In (0, 1], sums to 1. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  const max = maximum(logits);
  // Loops, as callbacks for each number take six times as long.
  const scores = new Float64Array(logits.length);
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    scores[i] = Math.exp(logits[i]! - max);
    sum += scores[i]!;
  }
  for (let i = 0; i < scores.length; i++) scores[i]! /= sum;
  return scores;
}

/** log(sum exp(x_i)), without overflow. */
export function logSumExp(values: ArrayLike<number>): number {
  const max = maximum(values);
  return max + Math.log(sumOfExponentials(values, max));
}

/** log(softmax(logits)[target]), without going through the softmax, which may round to 0. */
export function logSoftmax(logits: ArrayLike<number>, target: number): number {
  const max = maximum(logits);
  return logits[target]! - max - Math.log(sumOfExponentials(logits, max));
}

/** 1 / (1 + exp(-x)), each on its own. In [0, 1]. */
export function sigmoid(logits: ArrayLike<number>): Float64Array {
  return Float64Array.from(logits, logistic);
}

/** 1 / (1 + exp(-x)): the sigmoid of one number. */
export function logistic(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/** The largest of `values`; minus infinity for none, NaN where one of them is. */
export function maximum(values: ArrayLike<number>): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) max = Math.max(max, values[i]!);
  return max;
}

function sumOfExponentials(values: ArrayLike<number>, shift: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.exp(values[i]! - shift);
  return sum;
}
