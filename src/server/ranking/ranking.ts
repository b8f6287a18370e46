import { NearlabelError } from "../../errors.js";
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
  /** Asked between two labels: whether nobody waits for the ranking any more, which then throws. */
  readonly isOver?: (() => boolean) | undefined;
}

/** One label and all pictures. */
interface Column {
  readonly similarities: Float32Array;
  /** e to the power of the logits less the largest that there can be, so that those of any labels can be added up. */
  readonly powers: Float32Array;
}

/** What is known of all pictures after some labels: with more of them it goes on from there. */
interface Standing {
  /** Class embeddings of these labels, one after the other. */
  readonly labels: Float32Array;
  readonly best: Uint16Array;
  readonly nearest: Float32Array;
  /** Of the powers of all labels. */
  readonly sums: Float64Array;
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
  const standingAfter = (labels: Matrix, count: number, isOver?: () => boolean): Standing => {
    const best = new Uint16Array(vectors.rows);
    const nearest = new Float32Array(vectors.rows).fill(Number.NEGATIVE_INFINITY);
    const sums = new Float64Array(vectors.rows);
    for (let at = 0; at < count; at++) {
      if (isOver?.()) throw new NearlabelError("SERVER_TIMEOUT", "Nobody waits for this ranking.");
      addLabel(at, columnOf(row(labels, at)), best, nearest, sums);
    }
    return { labels: labels.data.slice(0, count * labels.columns), best, nearest, sums };
  };
  let before = standingAfter(vectors, 0);
  return (labels: Matrix, { about, rows = [], isOver }: RankingOptions = {}): Ranking => {
    // All but the last, which is what a person types, stay as they are from letter to letter.
    const settled = Math.max(0, labels.rows - 1);
    const first = labels.data.subarray(0, settled * labels.columns);
    before = sameNumbers(before.labels, first) ? before : standingAfter(labels, settled, isOver);
    const { best, nearest, sums } = copied(before);
    for (let at = settled; at < labels.rows; at++)
      addLabel(at, columnOf(row(labels, at)), best, nearest, sums);
    const told = rows.map((picture) =>
      Float64Array.from({ length: labels.rows }, (_, at) => columnOf(row(labels, at)).similarities[picture]!),
    );
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

/** Loops without callbacks, which would take longer than the arithmetic. */
function addLabel(
  at: number,
  { similarities, powers }: Column,
  best: Uint16Array,
  nearest: Float32Array,
  sums: Float64Array,
): void {
  for (let picture = 0; picture < best.length; picture++) {
    sums[picture]! += powers[picture]!;
    if (similarities[picture]! <= nearest[picture]!) continue;
    nearest[picture] = similarities[picture]!;
    best[picture] = at;
  }
}

function copied({ best, nearest, sums }: Standing) {
  return { best: best.slice(), nearest: nearest.slice(), sums: sums.slice() };
}

function sameNumbers(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, at) => value === b[at]);
}

function bestLabels(similarities: Float64Array, sum: number, scoring: LogitScoring): RankedLabel[] {
  return topK(similarities, Math.min(TOLD, similarities.length)).map((position) => {
    const similarity = similarities[position]!;
    return { position, similarity, score: scoreOf(similarity, sum, scoring) };
  });
}

function columnFor(label: Float32Array, vectors: Matrix, { logitScale }: LogitScoring): Column {
  const similarities = new Float32Array(rowDots(label, vectors));
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
