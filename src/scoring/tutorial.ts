import { allEmbeddings } from "../encoder/embedding-batch.js";
import type { EmbedOptions, Encoder } from "../encoder/encoder.js";
import { DEFAULT_TEMPLATES, fillTemplate } from "../labels/prompts/templates.js";
import type { Label } from "../labels/set/label.js";
import type { Matrix } from "../math/matrix.js";

/**
 * The arithmetic of the tutorial that nearlabel grew from, as published: label embeddings divided by the norm of
 * their *column*, the image embedding left as it is, squared L2 distance. Kept so that what it costs can be seen and
 * measured; classification does not use it.
 */

/** Label embeddings as the tutorial makes them: of the bare labels, underscores kept. `labels.length` x dimension. */
export async function embedOriginalLabels(
  encoder: Encoder,
  labels: readonly Label[],
  options?: EmbedOptions,
): Promise<Matrix> {
  const prompts = labels.map(({ label }) => fillTemplate(DEFAULT_TEMPLATES[0]!, label));
  const batch = await encoder.embedTexts(prompts, options);
  const { data, rows, columns } = allEmbeddings(batch);
  const lengthened = data.map((value, at) => value * batch.norms[Math.floor(at / columns)]!);
  return normaliseColumns({ data: lengthened, rows, columns });
}

/** Every column of `matrix` divided by its Euclidean length, which leaves rows of about `sqrt(columns / rows)`. */
export function normaliseColumns(matrix: Matrix): Matrix {
  const squares = new Float64Array(matrix.columns);
  matrix.data.forEach((value, i) => {
    squares[i % matrix.columns]! += value * value;
  });
  const data = matrix.data.map((value, i) => value / Math.sqrt(squares[i % matrix.columns]!));
  return { ...matrix, data };
}

/** Squared Euclidean distances of `vector` to each row of `matrix`, as LanceDB's `l2` gives them. */
export function squaredDistances(vector: Float32Array, { data, rows, columns }: Matrix): Float64Array {
  const distances = new Float64Array(rows);
  for (let r = 0, i = 0; r < rows; r++) {
    let sum = 0;
    for (let c = 0; c < columns; c++, i++) {
      const difference = data[i]! - vector[c]!;
      sum += difference * difference;
    }
    distances[r] = sum;
  }
  return distances;
}
