import { adaptClasses, meanWeight } from "../../adapt/class-means.js";
import { type Examples, foldsOf } from "../../adapt/examples.js";
import { type Matrix, row, rowsAt } from "../../math/matrix.js";
import { rowDots } from "../../math/products.js";
import { topK } from "../../math/top-k.js";
import type { ClassEmbeddings } from "../../scoring/scores.js";

/** What classes learned from pictures that were given their labels. */
export interface Learned {
  /** Pictures that were learned from. */
  readonly examples: number;
  /** Share that pictures have in a class, 0 to 1; the rest is the words'. */
  readonly weight: number;
  /**
   * Share of the examples that get their label, by the words alone and with the other examples: each is judged by classes that did
   * not learn from it. Absent where no label has two.
   */
  readonly before?: number;
  readonly after?: number;
}

/** Examples at most: beyond them classes hardly move. */
const MOST = 5000;

/** Classes moved towards pictures that were given their labels, and what that gains. @param given label of each row; -1 for none */
export function learnFrom(
  vectors: Matrix,
  given: Int32Array,
  classes: ClassEmbeddings,
): { readonly embeddings: Matrix; readonly learned: Learned } {
  const examples = drawnExamples(vectors, given);
  const count = examples.classes.length;
  if (count === 0) return { embeddings: classes.embeddings, learned: { examples: 0, weight: 0 } };
  const weight = meanWeight(classes, examples);
  const { embeddings } = adaptClasses(classes, examples, weight);
  return { embeddings, learned: { examples: count, weight, ...gainOf(classes, examples, weight) } };
}

function drawnExamples(vectors: Matrix, given: Int32Array): Examples {
  const rows: number[] = [];
  for (let at = 0; at < given.length; at++) if (given[at]! >= 0) rows.push(at);
  const step = Math.max(1, rows.length / MOST);
  const drawn = Array.from({ length: Math.min(MOST, rows.length) }, (_, at) => rows[Math.floor(at * step)]!);
  return { embeddings: rowsAt(vectors, drawn), classes: drawn.map((at) => given[at]!) };
}

function gainOf(
  classes: ClassEmbeddings,
  examples: Examples,
  weight: number,
): Pick<Learned, "before" | "after"> {
  const { folds, foldOf } = foldsOf(examples, classes.embeddings.rows);
  if (folds === 1) return {};
  const all = examples.classes.map((_, at) => at);
  let after = 0;
  for (let fold = 0; fold < folds; fold++) {
    const others = all.filter((at) => foldOf[at] !== fold);
    const { embeddings } = adaptClasses(classes, someOf(examples, others), weight);
    after += rightOf(
      embeddings,
      someOf(
        examples,
        all.filter((at) => foldOf[at] === fold),
      ),
    );
  }
  const count = examples.classes.length;
  return { before: rightOf(classes.embeddings, examples) / count, after: after / count };
}

function someOf({ embeddings, classes }: Examples, rows: readonly number[]): Examples {
  return { embeddings: rowsAt(embeddings, rows), classes: rows.map((at) => classes[at]!) };
}

/** How many pictures have their own class as the nearest. */
function rightOf(embeddings: Matrix, { embeddings: images, classes }: Examples): number {
  return classes.filter((label, at) => topK(rowDots(row(images, at), embeddings), 1)[0] === label).length;
}
