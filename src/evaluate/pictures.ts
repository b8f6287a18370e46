import type { EmbeddingCache } from "../encoder/embedding-cache.js";
import type { Encoder } from "../encoder/encoder.js";
import { embedRows } from "../encoder/rows/embed-rows.js";
import { NearlabelError } from "../errors.js";
import { labelMatcher } from "../labels/set/match.js";
import { type Matrix, rowsAt } from "../math/matrix.js";
import type { Dataset } from "../rows/dataset.js";

/** The pictures of a data set as one model sees them, in the data set's order. */
export interface EmbeddedPictures {
  readonly ids: readonly (string | number)[];
  /** What each picture is known to show, where that is known. */
  readonly labels: readonly (string | undefined)[];
  /** Unit-length rows, one a picture; zeros for a picture that failed. */
  readonly embeddings: Matrix;
  /** Lengths of the embeddings before they were brought to unit length. */
  readonly norms: Float64Array;
  /** Pictures that have no embedding, by position. */
  readonly failures: ReadonlyMap<number, NearlabelError>;
}

export interface EmbedPicturesOptions {
  readonly signal?: AbortSignal | undefined;
  readonly cache?: EmbeddingCache | undefined;
  /** Rows at most. Default: all. */
  readonly limit?: number | undefined;
  /** Called with the number of pictures done so far. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** Pictures that there is memory for at first, where a data set does not tell how many it has. */
const USUAL_SIZE = 1024;
/** Most numbers that there is memory for at first, 1 GiB: the size of a data set may be a guess. */
const MOST_AT_FIRST = 2 ** 28;

/** Embeds the pictures of `dataset`. Only the embeddings are kept: `4 x dimension` bytes a picture. */
export async function embedPictures(
  encoder: Encoder,
  dataset: Dataset,
  { limit, signal, cache, onProgress }: EmbedPicturesOptions = {},
): Promise<EmbeddedPictures> {
  const { dimension } = encoder;
  const ids: (string | number)[] = [];
  const labels: (string | undefined)[] = [];
  const norms: number[] = [];
  const failures = new Map<number, NearlabelError>();
  const size = Math.min(limit ?? Number.POSITIVE_INFINITY, dataset.size ?? USUAL_SIZE);
  let data = new Float32Array(Math.min(size * dimension, MOST_AT_FIRST));
  const rows = dataset.rows({ end: limit });
  for await (const { row, embedding, norm, error } of embedRows(encoder, rows, { signal, cache })) {
    const position = ids.length;
    if ((position + 1) * dimension > data.length) data = grown(data, USUAL_SIZE * dimension);
    if (embedding) data.set(embedding, position * dimension);
    else failures.set(position, error);
    ids.push(row.id);
    labels.push(row.label);
    norms.push(norm ?? 0);
    onProgress?.(ids.length);
  }
  const embeddings = { data: data.subarray(0, ids.length * dimension), rows: ids.length, columns: dimension };
  return { ids, labels, embeddings, norms: Float64Array.from(norms), failures };
}

function grown(data: Float32Array, least: number): Float32Array<ArrayBuffer> {
  const larger = new Float32Array(Math.max(data.length * 2, least));
  larger.set(data);
  return larger;
}

/** The pictures at `positions` only. Nothing is copied where that is all of them. */
export function selectPictures(pictures: EmbeddedPictures, positions: readonly number[]): EmbeddedPictures {
  if (positions.length === pictures.ids.length) return pictures;
  return {
    ids: positions.map((position) => pictures.ids[position]!),
    labels: positions.map((position) => pictures.labels[position]),
    embeddings: rowsAt(pictures.embeddings, positions),
    norms: Float64Array.from(positions, (position) => pictures.norms[position]!),
    failures: new Map(),
  };
}

/** The pictures that have a label and an embedding. */
export function labelledPictures(pictures: EmbeddedPictures): EmbeddedPictures {
  const positions = [...pictures.ids.keys()];
  return selectPictures(
    pictures,
    positions.filter(
      (position) => pictures.labels[position] !== undefined && !pictures.failures.has(position),
    ),
  );
}

/**
 * For each picture the position of its label in `labels`, which may be written in another normal form of Unicode.
 * @throws NearlabelError DATASET_INVALID for labels that are not in the set, which it lists
 */
export function targetsOf(pictures: EmbeddedPictures, labels: readonly string[]): Int32Array {
  const positions = new Map<string | undefined, number>(labels.map((label, position) => [label, position]));
  const match = labelMatcher(labels);
  return Int32Array.from(pictures.labels, (label) => {
    const position = positions.get(match(label ?? ""));
    if (position === undefined) {
      throw new NearlabelError(
        "DATASET_INVALID",
        `The label ${JSON.stringify(label)} is not in the label set.`,
      );
    }
    return position;
  });
}
