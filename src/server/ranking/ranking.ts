import type { Matrix } from "../../math/matrix.js";
import { row } from "../../math/matrix.js";
import { rowDots } from "../../math/products.js";
import { topK } from "../../math/top-k.js";
import type { LogitScoring } from "../../model/config/families.js";

/** The labels of all pictures of a table, each array in the order of its rows. */
export interface Ranking {
  /** Position of the label with the largest similarity. */
  readonly best: Uint16Array;
  /** Its score, 0 to 1, as `classify` gives it. */
  readonly scores: Float32Array;
  /** How many pictures each label is the best of. */
  readonly counts: Uint32Array;
  /** Similarity of each picture to the label that was asked about. */
  readonly similarities?: Float32Array;
  /** The best labels of the rows that were asked about, in their order. */
  readonly told: readonly (readonly RankedLabel[])[];
}

/** A label of one picture. */
export interface RankedLabel {
  readonly position: number;
  readonly similarity: number;
  readonly score: number;
}

/** What is wanted beyond the best labels. */
export interface RankingOptions {
  /** Position of a label whose similarities are wanted. */
  readonly about?: number | undefined;
  /** Rows of which several labels are wanted. */
  readonly rows?: readonly number[] | undefined;
}

/** One label and all pictures. */
interface Column {
  readonly similarities: Float32Array;
  /** e to the power of the logits less the largest that there can be, so that those of any labels can be added up. */
  readonly powers: Float32Array;
}

/** Memory for columns of labels that came before, in bytes. */
const KEPT = 256 * 2 ** 20;
/** Labels that are told of a picture. */
const TOLD = 5;

/** Ranks the pictures of `vectors`, unit-length rows. A label that came before costs no product again. */
export function createRanker(vectors: Matrix, scoring: LogitScoring) {
  // A map keeps the order of insertion, so the first entry was not used for longest.
  const columns = new Map<string, Column>();
  const most = Math.max(1, Math.floor(KEPT / (8 * Math.max(1, vectors.rows))));
  const columnOf = (label: Float32Array): Column => {
    const key = Buffer.from(label.buffer, label.byteOffset, label.byteLength).toString("latin1");
    const known = columns.get(key);
    columns.delete(key);
    const column = known ?? columnFor(label, vectors, scoring);
    columns.set(key, column);
    if (columns.size > most) columns.delete(columns.keys().next().value!);
    return column;
  };
  return (labels: Matrix, { about, rows = [] }: RankingOptions = {}): Ranking => {
    const best = new Uint16Array(vectors.rows);
    const nearest = new Float32Array(vectors.rows).fill(Number.NEGATIVE_INFINITY);
    const sums = new Float64Array(vectors.rows);
    const told = rows.map(() => new Float64Array(labels.rows));
    for (let at = 0; at < labels.rows; at++) {
      const { similarities, powers } = columnOf(row(labels, at));
      for (let picture = 0; picture < best.length; picture++) {
        sums[picture]! += powers[picture]!;
        if (similarities[picture]! <= nearest[picture]!) continue;
        nearest[picture] = similarities[picture]!;
        best[picture] = at;
      }
      for (const [place, picture] of rows.entries()) told[place]![at] = similarities[picture]!;
    }
    const counts = new Uint32Array(labels.rows);
    for (const label of best) counts[label]!++;
    const scores = nearest.map((similarity, picture) => scoreOf(similarity, sums[picture]!, scoring));
    const asked = about === undefined ? undefined : columnOf(row(labels, about)).similarities;
    return {
      best,
      scores,
      counts,
      ...(asked && { similarities: asked }),
      told: told.map((similarities, place) => bestLabels(similarities, sums[rows[place]!]!, scoring)),
    };
  };
}

function bestLabels(similarities: Float64Array, sum: number, scoring: LogitScoring): RankedLabel[] {
  return topK(similarities, Math.min(TOLD, similarities.length)).map((position) => {
    const similarity = similarities[position]!;
    return { position, similarity, score: scoreOf(similarity, sum, scoring) };
  });
}

function columnFor(label: Float32Array, vectors: Matrix, { logitScale }: LogitScoring): Column {
  const similarities = Float32Array.from(rowDots(label, vectors));
  return { similarities, powers: similarities.map((similarity) => Math.exp(logitScale * (similarity - 1))) };
}

/** Softmax over all labels; of models with a sigmoid that of the label alone. */
function scoreOf(
  similarity: number,
  sum: number,
  { logitScale, logitBias, scoreFunction }: LogitScoring,
): number {
  if (scoreFunction === "sigmoid") return 1 / (1 + Math.exp(-(logitScale * similarity + logitBias)));
  return Math.exp(logitScale * (similarity - 1)) / sum;
}
