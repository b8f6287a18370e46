import { symmetricEigen } from "../../math/eigen.js";
import { type Matrix, row, rowsAt } from "../../math/matrix.js";
import { randomGenerator, uniformFloat64 } from "../../math/random.js";
import { dot } from "../../math/vector.js";
import { requireNumbers, requirePictures } from "./input.js";

/** Vectors iterated beside those asked for: they bring the others in sooner, and equal variances are found together. */
const SPARE = 4;
/** Times that the block is multiplied before the subspace is solved. */
const DEPTH = 14;
/** Rounds at most: for spectra so flat that their order has no meaning. */
const ROUNDS = 4;
/** What is left of an eigenvector's equation, as a share of the largest eigenvalue. */
const TOLERANCE = 1e-10;
/** Rows that the components are found from at most: more would change the picture little and take long. */
const MOST_FITTED = 4096;

/**
 * Scores of the rows of `matrix` on their first principal components, as scikit-learn's `PCA` gives them: columns are
 * centred, not scaled, and a component points to where its loading of largest absolute value is positive. 0 where the rows
 * have fewer dimensions. Found by a restarted block Krylov method with full orthogonalisation (Golub & Van Loan, chapter 10),
 * from a fixed start. Of more than 4,096 rows the components are those of every n-th. Memory beside the input and the result is
 * that of these rows at most.
 *
 * @returns rows x `count`, row-major
 * @throws NearlabelError `INPUT_EMPTY` for no rows; `VECTOR_INVALID` for NaN
 */
export function principalComponents(matrix: Matrix, count = 2): Float64Array {
  requirePictures("Principal components", matrix.rows);
  requireNumbers("Principal components", matrix.data);
  const fitted = thinned(matrix, MOST_FITTED);
  const means = meansOf(fitted);
  const components = leadingVectors(centredRows(fitted, means), matrix.columns, count).map(signed);
  const scores = new Float64Array(matrix.rows * count);
  centredRows(
    matrix,
    means,
  )((vector, index) => {
    for (const [at, component] of components.entries()) scores[index * count + at] = dot(vector, component);
  });
  return scores;
}

function thinned(matrix: Matrix, most: number): Matrix {
  const every = Math.ceil(matrix.rows / most);
  if (every === 1) return matrix;
  const count = Math.ceil(matrix.rows / every);
  return rowsAt(
    matrix,
    Array.from({ length: count }, (_, index) => index * every),
  );
}

function meansOf(matrix: Matrix): Float64Array {
  const means = new Float64Array(matrix.columns);
  for (let index = 0; index < matrix.rows; index++) addScaled(means, row(matrix, index), 1 / matrix.rows);
  return means;
}

/** Visits rows less their mean, one after the other: all of them in double precision would be twice the matrix again. */
type Rows = (visit: (vector: Float64Array, index: number) => void) => void;

function centredRows(matrix: Matrix, means: Float64Array): Rows {
  const vector = new Float64Array(matrix.columns);
  return (visit) => {
    for (let index = 0; index < matrix.rows; index++) {
      vector.set(row(matrix, index));
      addScaled(vector, means, -1);
      visit(vector, index);
    }
  };
}

/** Eigenvectors of the scatter matrix rows^T rows with the largest eigenvalues, largest first. */
function leadingVectors(rows: Rows, columns: number, count: number): Float64Array[] {
  const generator = randomGenerator(0);
  let block: Float64Array[] = Array.from({ length: count + SPARE }, () =>
    Float64Array.from({ length: columns }, () => uniformFloat64(generator) - 0.5),
  );
  for (let round = 0; round < ROUNDS; round++) {
    const { basis, images } = krylov(rows, block);
    const { values, vectors } = symmetricEigen(basis.map((left) => images.map((image) => dot(left, image))));
    const ritz = vectors.slice(0, block.length);
    const largest = values[0] ?? 0;
    block = ritz.map((weights) => combined(basis, weights));
    const settled = block.slice(0, count).every((vector, index) => {
      const rest = combined(images, ritz[index]!);
      addScaled(rest, vector, -values[index]!);
      return Math.sqrt(dot(rest, rest)) <= TOLERANCE * largest;
    });
    if (settled) break;
  }
  return block.slice(0, count);
}

/** An orthonormal basis of block, S block, S^2 block, ... for the scatter matrix S, and S times each of the basis. */
function krylov(
  rows: Rows,
  start: readonly Float64Array[],
): { basis: Float64Array[]; images: Float64Array[] } {
  const basis: Float64Array[] = [];
  const images: Float64Array[] = [];
  let block = start;
  for (let step = 0; step < DEPTH; step++) {
    const fresh = block
      .map((vector) => orthonormalised(vector, basis))
      .filter((vector) => vector !== undefined);
    block = scattered(rows, fresh);
    images.push(...block);
  }
  return { basis, images };
}

/** `vector` made orthogonal to `basis` and of unit length, put there too; undefined where it lies within. */
function orthonormalised(vector: Float64Array, basis: Float64Array[]): Float64Array | undefined {
  const rest = vector.slice();
  const length = Math.sqrt(dot(rest, rest));
  // Twice is enough (Parlett, The Symmetric Eigenvalue Problem, section 6.9).
  for (let pass = 0; pass < 2; pass++) {
    for (const other of basis) addScaled(rest, other, -dot(rest, other));
  }
  const left = Math.sqrt(dot(rest, rest));
  if (!(left > length * 1e-12)) return undefined;
  const unit = rest.map((value) => value / left);
  basis.push(unit);
  return unit;
}

/** rows^T (rows vector) of each of `block`. */
function scattered(rows: Rows, block: readonly Float64Array[]): Float64Array[] {
  const images = block.map((vector) => new Float64Array(vector.length));
  rows((vector) => {
    for (const [index, image] of images.entries()) addScaled(image, vector, dot(vector, block[index]!));
  });
  return images;
}

function combined(basis: readonly Float64Array[], weights: ArrayLike<number>): Float64Array {
  const sum = new Float64Array(basis[0]?.length ?? 0);
  for (const [index, vector] of basis.entries()) addScaled(sum, vector, weights[index]!);
  return sum;
}

function addScaled(target: Float64Array, vector: ArrayLike<number>, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * vector[i]!;
}

/** Loading of largest absolute value made positive; scikit-learn's `svd_flip(u_based_decision=False)`. */
function signed(component: Float64Array): Float64Array {
  const largest = component.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  return largest < 0 ? component.map((value) => -value) : component;
}
