import { type Lazy, lazy } from "../files/lazy.js";
import { packagePath } from "../files/package-files.js";
import { type Matrix, row, rowRange } from "../math/matrix.js";
import { rowDots } from "../math/products.js";
import { type Graph, openGraph, type Values } from "../onnx/graph.js";
import { otherDimension } from "./predict-input.js";

/** Products of two numbers, from which on ONNX Runtime's matrix multiplication is used: about 30 ms of a plain loop. */
const MANY_PRODUCTS = 2 ** 25;

/** Similarities computed at a time, 8 MB in double precision. */
const BLOCK = 2 ** 20;
/** Rows of `others` in one multiplication, which takes them in double precision. */
const OTHERS = 8192;
/** Rows compared at a time at least, however many others there are: each time all others are read. */
const LEAST_ROWS = 32;

/** Cosines of a unit-length image embedding to class embeddings. */
export function similaritiesTo(image: Float32Array, embeddings: Matrix): Float64Array {
  expectDimension(image, embeddings);
  return rowDots(image, embeddings);
}

/** @throws NearlabelError `VECTOR_INVALID` where an image embedding is not as long as the class embeddings. */
export function expectDimension(image: Float32Array, { columns }: Matrix): void {
  if (image.length !== columns) throw otherDimension(image.length, columns);
}

/**
 * Dot products of each row of `matrix` with all rows of `others`, summed in double precision: one array a row, in order.
 * Both must have the same columns. Where there are many, sums may differ from those of `dot` in the order of summing,
 * which is a matter of 1e-16 for unit-length rows. Memory beside the input is bounded, but for the results of 32 rows.
 */
export async function* similarityRows(matrix: Matrix, others: Matrix): AsyncGenerator<Float64Array> {
  if (matrix.rows * others.rows * matrix.columns < MANY_PRODUCTS) {
    for (let r = 0; r < matrix.rows; r++) yield rowDots(row(matrix, r), others);
    return;
  }
  for await (const { rows, similarities } of similarityBlocks(matrix, others)) {
    for (let r = 0; r < rows; r++) yield similarities.subarray(r * others.rows, (r + 1) * others.rows);
  }
}

/** Dot products of some rows of a matrix with all rows of another. */
export interface SimilarityBlock {
  /** The first of the rows. */
  readonly first: number;
  readonly rows: number;
  /** `rows` x number of others. */
  readonly similarities: Float64Array;
}

/** What {@link similarityRows} gives where there are many, some rows at a time: about 8 MB. */
export async function* similarityBlocks(matrix: Matrix, others: Matrix): AsyncGenerator<SimilarityBlock> {
  const size = Math.max(LEAST_ROWS, Math.floor(BLOCK / others.rows));
  for (let first = 0; first < matrix.rows; first += size) {
    const block = rowRange(matrix, first, first + size);
    yield { first, rows: block.rows, similarities: await allSimilarities(block, others) };
  }
}

/** Dot products of all rows of `matrix` with all of `others`, which take `rows` x number of others x 8 bytes. */
export async function allSimilarities(matrix: Matrix, others: Matrix): Promise<Float64Array> {
  const network = await scoringNetwork("similarities");
  const product = async (part: Matrix) => {
    const inputs = { left: valuesOf(matrix), right: valuesOf(part) };
    const [{ data }] = (await network.run(inputs, ["similarities"])) as [Values];
    return data as Float64Array;
  };
  if (others.rows <= OTHERS) return product(others);
  const all = new Float64Array(matrix.rows * others.rows);
  for (let start = 0; start < others.rows; start += OTHERS) {
    const part = rowRange(others, start, start + OTHERS);
    const data = await product(part);
    for (let r = 0; r < matrix.rows; r++) {
      all.set(data.subarray(r * part.rows, (r + 1) * part.rows), r * others.rows + start);
    }
  }
  return all;
}

/** Networks without weights, which `scripts/make_scoring_networks.py` writes and describes. */
type ScoringNetwork = "similarities" | "nearest-labels";

/** Opened on the processor at first use, for as long as the program runs: they take little memory. */
const networks: Readonly<Record<ScoringNetwork, Lazy<Graph>>> = {
  similarities: networkOf("similarities"),
  "nearest-labels": networkOf("nearest-labels"),
};

export function scoringNetwork(name: ScoringNetwork): Promise<Graph> {
  return networks[name]();
}

function networkOf(name: ScoringNetwork): Lazy<Graph> {
  return lazy(async () => openGraph(packagePath(`models/scoring/${name}.onnx`), { threads: 0 }));
}

export function valuesOf({ data, rows, columns }: Matrix): Values {
  return { data, shape: [rows, columns] };
}
