import { NearlabelError } from "../errors.js";
import { type Matrix, row } from "../math/matrix.js";
import { softmax } from "../math/softmax.js";

/**
 * Scores of many pictures at once, corrected for labels that the model favours: each score is divided by the label's
 * mean score over all pictures, then the scores of a picture are brought to a sum of 1. That is Bayes' rule for moving
 * from one prior to another (Saerens et al. 2002, equation 4), where the prior that the model has is taken to be what it
 * predicts on average, and the true one to be uniform. **It assumes that the labels are equally frequent among the
 * pictures**; where they are not, it pushes pictures out of frequent labels into rare ones.
 *
 * @param logits One row a picture, one column a label; at least one row.
 * @returns Scores of the same shape.
 * @throws NearlabelError `INPUT_EMPTY`
 */
export function correctPrior(logits: Matrix): Matrix {
  const { rows, columns } = logits;
  if (rows === 0)
    throw new NearlabelError("INPUT_EMPTY", "Expected pictures to take mean scores of, got none.");
  const scores = new Float64Array(rows * columns);
  const means = new Float64Array(columns);
  for (let r = 0; r < rows; r++) scores.set(softmax(row(logits, r)), r * columns);
  for (let i = 0; i < scores.length; i++) means[i % columns]! += scores[i]! / rows;
  const data = new Float32Array(scores.length);
  for (let r = 0; r < rows; r++) {
    const ratios = scores
      .subarray(r * columns, (r + 1) * columns)
      .map((score, c) => score / Math.max(means[c]!, Number.MIN_VALUE));
    const sum = ratios.reduce((total, ratio) => total + ratio, 0);
    data.set(
      ratios.map((ratio) => ratio / sum),
      r * columns,
    );
  }
  return { data, rows, columns };
}
