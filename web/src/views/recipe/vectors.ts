import type { Explanation, Rows } from "nearlabel/client";

/** Row `at` of a matrix. */
export function rowOf({ data, columns }: Rows, at: number): readonly number[] {
  return data.slice(at * columns, (at + 1) * columns);
}

/** Products of two vectors, number by number; they add up to the cosine of vectors of unit length. */
export function productsOf(a: readonly number[], b: readonly number[]): readonly number[] {
  return a.map((value, at) => value * b[at]!);
}

/** The vector of a label by its name. */
export function vectorOf({ labels, classEmbeddings }: Explanation, label: string): readonly number[] {
  return rowOf(
    classEmbeddings,
    labels.findIndex((each) => each.label === label),
  );
}

/** With as many digits as a person wants to read. */
export function shown(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(4);
}
