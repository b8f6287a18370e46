import { NearlabelError } from "../errors.js";
import { type Matrix, meanRow, row } from "../math/matrix.js";
import { rowDots } from "../math/products.js";
import { type ClassEmbeddings, logitsOf } from "../scoring/scores.js";
import { checkSameSpace, checkShare } from "./fitting-input.js";

/**
 * Logits after the mean embedding of the pictures and that of the classes are taken off:
 * scale x (image - weight x mean image) . (class - weight x mean class) + bias. Distribution normalisation, Zhou et al.
 * 2023, "Test-time distribution normalization for contrastively learned vision-language models". It needs pictures
 * like those to come, many enough that their mean says what all have in common; it does not assume that classes are
 * equally frequent, but suffers where one of them makes up most pictures, for the mean is then that of the class.
 *
 * @param images Unit-length rows, at least one.
 * @param weight 0 to 1. Default 0.25, the paper's.
 * @returns One row a picture, one column a class.
 * @throws NearlabelError `INPUT_EMPTY`, `OPTION_INVALID`, `VECTOR_INVALID`
 */
export function normaliseDistribution(
  images: Matrix,
  { embeddings, scoring }: ClassEmbeddings,
  weight = 0.25,
): Matrix {
  checkShare("weight", weight);
  checkSameSpace(images, embeddings);
  if (images.rows === 0)
    throw new NearlabelError("INPUT_EMPTY", "Expected pictures to take the mean of, got none.");
  const classes = shifted(embeddings, weight);
  const centred = shifted(images, weight);
  const data = new Float32Array(images.rows * classes.rows);
  for (let r = 0; r < images.rows; r++) {
    data.set(logitsOf(rowDots(row(centred, r), classes), scoring), r * classes.rows);
  }
  return { data, rows: images.rows, columns: classes.rows };
}

function shifted(matrix: Matrix, weight: number): Matrix {
  const mean = meanRow(matrix);
  return { ...matrix, data: matrix.data.map((value, i) => value - weight * mean[i % matrix.columns]!) };
}
