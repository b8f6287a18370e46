import { NearlabelError } from "../errors.js";
import type { Matrix } from "../math/matrix.js";
import { maximum } from "../math/softmax.js";
import type { ClassEmbeddings } from "../scoring/scores.js";
import { checkVectors } from "../store/checked-rows.js";

/** Pictures whose label is known, as they are given to adapt classes: a few a class. */
export interface Examples {
  /** Unit-length image embeddings, one row an example. */
  readonly embeddings: Matrix;
  /** For each row the position of its label among the classes. */
  readonly classes: readonly number[];
}

/** More folds tell little more, and would cost a pass each where one class has many examples. */
const FOLDS = 16;

/**
 * A fold for each example: the n-th of every class is left out together, so that no class keeps more examples than
 * the others, as leaving out one alone would have it. One fold where no class has two examples: nothing can be left out.
 */
export function foldsOf({ classes }: Examples, count: number): { folds: number; foldOf: number[] } {
  const seen = new Array<number>(count).fill(0);
  const places = classes.map((position) => seen[position]!++);
  const folds = Math.min(FOLDS, Math.max(1, maximum(seen)));
  return { folds, foldOf: places.map((place) => place % folds) };
}

/** Embeddings of examples that were looked at: the same are used for picture after picture. */
const checked = new WeakSet<Matrix>();

/** @throws NearlabelError `VECTOR_INVALID` where examples and classes do not go together, or are no unit vectors. */
export function checkExamples(
  { embeddings: classes }: ClassEmbeddings,
  { embeddings, classes: of }: Examples,
) {
  if (embeddings.rows !== of.length || (of.length > 0 && embeddings.columns !== classes.columns)) {
    throw new NearlabelError(
      "VECTOR_INVALID",
      `Expected a row of ${classes.columns} numbers for each of ${of.length} examples, got ${embeddings.rows} x ${embeddings.columns}. Embed examples and labels with the same model.`,
    );
  }
  if (!checked.has(embeddings)) {
    checkVectors(embeddings, embeddings.columns, (at) => `example ${at}`);
    checked.add(embeddings);
  }
  const stray = of.find(
    (position) => !(Number.isInteger(position) && position >= 0 && position < classes.rows),
  );
  if (stray === undefined) return;
  throw new NearlabelError(
    "VECTOR_INVALID",
    `Expected the class of an example to be a position from 0 to ${classes.rows - 1}, got ${stray}.`,
  );
}
