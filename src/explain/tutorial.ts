import type { Encoder } from "../encoder/encoder.js";
import { type EmbeddedRow, embedRows } from "../encoder/rows/embed-rows.js";
import type { NearlabelError } from "../errors.js";
import type { Failure } from "../evaluate/evaluation.js";
import type { Label } from "../labels/set/label.js";
import { type Matrix, row } from "../math/matrix.js";
import { topK } from "../math/top-k.js";
import { dot, norm } from "../math/vector.js";
import type { Dataset, ImageRow } from "../rows/dataset.js";
import { similaritiesTo } from "../scoring/similarities.js";
import { embedOriginalLabels, squaredDistances } from "../scoring/tutorial.js";
import type { Explanation } from "./explanation.js";

/**
 * The arithmetic of the tutorial that nearlabel grew from, as published, on the picture and labels of an explanation. Of
 * the bare labels, underscores kept, each embedding is divided by the norms of the *columns*; the picture's is left as it is;
 * the distance is squared L2.
 */
export interface TutorialExplanation {
  /** One row a label. */
  readonly labelVectors: Matrix;
  /** The image embedding as the network gives it. */
  readonly imageVector: Float32Array;
  /** In the order of the labels: `imageSquare` + the label's square - 2 x its product. */
  readonly distances: Float64Array;
  /** Squared length of the image vector: the same in every distance, and most of it, which is why they are all alike. */
  readonly imageSquare: number;
  /** Squared length of each label's vector. */
  readonly labelSquares: Float64Array;
  /** Dot product of the image vector and each label's vector: all that tells which label the picture has. */
  readonly products: Float64Array;
  /** Positions of the labels, nearest first. */
  readonly ranking: readonly number[];
}

export interface ExplainTutorialOptions {
  signal?: AbortSignal | undefined;
}

/** The tutorial's arithmetic beside what `explain` gave with the same `encoder`. */
export async function explainTutorial(
  { labels, imageEmbedding, imageNorm }: Explanation,
  encoder: Encoder,
  { signal }: ExplainTutorialOptions = {},
): Promise<TutorialExplanation> {
  const labelVectors = await embedOriginalLabels(encoder, labels, { signal });
  const imageVector = imageEmbedding.map((value) => value * imageNorm);
  const rows = Array.from({ length: labelVectors.rows }, (_, at) => row(labelVectors, at));
  const distances = squaredDistances(imageVector, labelVectors);
  return {
    labelVectors,
    imageVector,
    distances,
    imageSquare: norm(imageVector) ** 2,
    labelSquares: Float64Array.from(rows, (vector) => norm(vector) ** 2),
    products: Float64Array.from(rows, (vector) => dot(vector, imageVector)),
    ranking: nearest(distances, labels.length),
  };
}

/** How often each way names the pictures of a data set right. */
export interface TutorialCost {
  /** Pictures that both ways were tried on. */
  readonly pictures: number;
  /** Of them, how many the nearest label by cosine is right about, and the nearest by the tutorial's arithmetic. */
  readonly right: number;
  readonly rightAsPublished: number;
  /** Pictures without a label, or with one that is not among the labels. */
  readonly leftOut: number;
  readonly failures: readonly Failure[];
}

export interface TutorialCostOptions extends ExplainTutorialOptions {
  /** Rows of the data set at most. Default: all. */
  limit?: number | undefined;
  /** Called with the number of pictures done so far. */
  onProgress?: ((done: number) => void) | undefined;
}

/** What the tutorial's arithmetic costs in accuracy: both ways on the pictures of a data set, with the labels of an explanation. */
export async function tutorialCost(
  dataset: Dataset,
  { labels, classEmbeddings }: Pick<Explanation, "labels" | "classEmbeddings">,
  { labelVectors }: Pick<TutorialExplanation, "labelVectors">,
  encoder: Encoder,
  { limit, signal, onProgress }: TutorialCostOptions = {},
): Promise<TutorialCost> {
  const known = new Set(labels.map(({ label }) => label));
  const counts = { pictures: 0, right: 0, rightAsPublished: 0, leftOut: 0 };
  const failures: Failure[] = [];
  const rows = knownRows(dataset.rows({ end: limit }), known, () => void counts.leftOut++);
  for await (const picture of embedRows(encoder, rows, { signal })) {
    if (picture.error) failures.push({ id: picture.row.id, error: picture.error.toJSON() });
    else count(picture, { labels, classEmbeddings, labelVectors }, counts);
    onProgress?.(counts.pictures + failures.length);
  }
  return { ...counts, failures };
}

async function* knownRows(
  rows: AsyncIterable<ImageRow>,
  known: ReadonlySet<string>,
  onLeftOut: () => void,
): AsyncGenerator<ImageRow> {
  for await (const each of rows) {
    if (each.label !== undefined && known.has(each.label)) yield each;
    else onLeftOut();
  }
}

function count(
  { row: { label }, embedding, norm: length }: Exclude<EmbeddedRow, { error: NearlabelError }>,
  both: { labels: readonly Label[]; classEmbeddings: Matrix; labelVectors: Matrix },
  counts: { pictures: number; right: number; rightAsPublished: number },
): void {
  const [best] = topK(similaritiesTo(embedding, both.classEmbeddings), 1);
  const raw = embedding.map((value) => value * length);
  const [bestAsPublished] = nearest(squaredDistances(raw, both.labelVectors), 1);
  counts.pictures++;
  if (both.labels[best!]!.label === label) counts.right++;
  if (both.labels[bestAsPublished!]!.label === label) counts.rightAsPublished++;
}

/** Positions of the `k` smallest distances, smallest first. */
function nearest(distances: Float64Array, k: number): number[] {
  return topK(
    distances.map((distance) => -distance),
    k,
  );
}
