import { requireNumbers } from "./input.js";

/**
 * Area under the receiver operating characteristic for telling known pictures from unknown ones by a score: the share of
 * pairs in which the known picture has the higher one, equal ones counted half (Mann & Whitney 1947), as scikit-learn's
 * `roc_auc_score`. 0.5 is chance.
 *
 * @param known scores of pictures whose class is among the labels
 * @param unknown scores of pictures whose class is not
 * @throws NearlabelError `INPUT_EMPTY` where either is empty; `VECTOR_INVALID` for NaN
 */
export function auroc(known: ArrayLike<number>, unknown: ArrayLike<number>): number {
  requireNumbers("AUROC of known pictures", known);
  requireNumbers("AUROC of unknown pictures", unknown);
  const rising = Float64Array.from(unknown).sort();
  let below = 0;
  let notAbove = 0;
  let won = 0;
  for (const score of Float64Array.from(known).sort()) {
    while (below < rising.length && rising[below]! < score) below++;
    while (notAbove < rising.length && rising[notAbove]! <= score) notAbove++;
    won += (below + notAbove) / 2;
  }
  return won / (known.length * unknown.length);
}

/**
 * Share of unknown pictures let in at the highest threshold that lets in at least `tpr` of the known ones (FPR@95 by
 * default; Liang et al. 2018, "Enhancing the Reliability of Out-of-distribution Image Detection"): the first such point of
 * scikit-learn's `roc_curve` with `drop_intermediate=False`.
 *
 * @param known scores of pictures whose class is among the labels
 * @param unknown scores of pictures whose class is not
 * @param tpr above 0, up to 1
 * @throws NearlabelError `INPUT_EMPTY` where either is empty; `VECTOR_INVALID` for NaN
 */
export function fprAtTpr(known: ArrayLike<number>, unknown: ArrayLike<number>, tpr = 0.95): number {
  requireNumbers(`FPR@${100 * tpr} of known pictures`, known);
  requireNumbers(`FPR@${100 * tpr} of unknown pictures`, unknown);
  if (!(tpr > 0 && tpr <= 1)) throw new TypeError(`Expected tpr to be above 0 and at most 1, got ${tpr}`);
  const rising = Float64Array.from(known).sort();
  let taken = 1;
  while (taken / rising.length < tpr) taken++;
  const threshold = rising[rising.length - taken]!;
  let letIn = 0;
  for (let i = 0; i < unknown.length; i++) if (unknown[i]! >= threshold) letIn++;
  return letIn / unknown.length;
}
