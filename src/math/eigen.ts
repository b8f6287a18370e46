/** Sweeps at most; the off-diagonal shrinks quadratically, and about ten do. */
const SWEEPS = 60;

/**
 * Eigenvalues of a small symmetric matrix, largest first, and the unit eigenvectors in that order, by cyclic Jacobi rotations
 * (Golub & Van Loan, Matrix Computations, section 8.5). O(n^3).
 */
export function symmetricEigen(matrix: readonly (readonly number[])[]): {
  values: number[];
  vectors: Float64Array[];
} {
  const size = matrix.length;
  const a = matrix.map((line) => Float64Array.from(line));
  const vectors = a.map((_, index) => Float64Array.from({ length: size }, (_, at) => (at === index ? 1 : 0)));
  for (let sweep = 0; sweep < SWEEPS && !isDiagonal(a); sweep++) {
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) rotate(a, vectors, p, q);
    }
  }
  const order = a.map((_, index) => index).sort((i, j) => a[j]![j]! - a[i]![i]!);
  return { values: order.map((index) => a[index]![index]!), vectors: order.map((index) => vectors[index]!) };
}

function isDiagonal(a: readonly Float64Array[]): boolean {
  let off = 0;
  let all = 0;
  for (const [r, line] of a.entries()) {
    for (const [c, value] of line.entries()) {
      all += value ** 2;
      if (r !== c) off += value ** 2;
    }
  }
  return off <= all * (a.length * Number.EPSILON) ** 2;
}

/** Turns axes p and q so that their off-diagonal element becomes 0. */
function rotate(a: readonly Float64Array[], vectors: readonly Float64Array[], p: number, q: number): void {
  const off = a[p]![q]!;
  if (off === 0) return;
  const theta = (a[q]![q]! - a[p]![p]!) / (2 * off);
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta ** 2 + 1));
  const cosine = 1 / Math.sqrt(tangent ** 2 + 1);
  const sine = tangent * cosine;
  turn(a[p]!, a[q]!, cosine, sine);
  for (const line of a) {
    const left = line[p]!;
    line[p] = cosine * left - sine * line[q]!;
    line[q] = sine * left + cosine * line[q]!;
  }
  turn(vectors[p]!, vectors[q]!, cosine, sine);
}

function turn(first: Float64Array, second: Float64Array, cosine: number, sine: number): void {
  for (let i = 0; i < first.length; i++) {
    const left = first[i]!;
    first[i] = cosine * left - sine * second[i]!;
    second[i] = sine * left + cosine * second[i]!;
  }
}
