import { requireNumbers, requirePictures, requireWhole } from "./input.js";

/**
 * Rank of `target` among `scores`, highest first, from 1. Equal scores keep their order, as in `topK`: the target is among
 * the first k exactly where its rank is at most k.
 *
 * @param scores one a label: logits, cosines or scores
 * @param target index of the true label
 * @throws NearlabelError `VECTOR_INVALID` for NaN
 */
export function rankOf(scores: ArrayLike<number>, target: number): number {
  requireNumbers("Rank", scores);
  const own = scores[target];
  if (own === undefined) throw new TypeError(`Rank expects one of ${scores.length} labels, got ${target}`);
  let rank = 1;
  for (let i = 0; i < scores.length; i++) {
    if (scores[i]! > own || (i < target && scores[i] === own)) rank++;
  }
  return rank;
}

/**
 * acc@k: share of pictures whose true label is among the first `k` predictions. 1 where there are no more than `k` labels.
 *
 * @param ranks of the true labels, from 1, one a picture
 * @throws NearlabelError `INPUT_EMPTY`; `OPTION_INVALID` for a `k` that is no whole number from 1
 */
export function accuracyAt(ranks: ArrayLike<number>, k: number): number {
  requireWhole("k", k);
  requirePictures(`acc@${k}`, ranks.length);
  let right = 0;
  for (let i = 0; i < ranks.length; i++) if (ranks[i]! <= k) right++;
  return right / ranks.length;
}
