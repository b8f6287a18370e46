import { basename, resolve } from "node:path";
import { NearlabelError } from "../../errors.js";
import { norm, normalise } from "../../math/vector.js";
import { type EmbeddingsOf, embeddingFiles } from "./embedding-files.js";
import { type MetadataFile, type MetadataOptions, openMetadata, type RowMetadata } from "./metadata.js";
import { describeNpyMatrix, type NpyMatrixFile, readNpyRows } from "./npy-matrix.js";

/** An embedding that was computed before, or why the stored numbers are none. */
export type StoredEmbedding = {
  /** From the metadata; else the number of the row, counted from 0 through all files. */
  readonly id: string | number;
  readonly label?: string;
} & (
  | { readonly embedding: Float32Array; readonly error?: never }
  | { readonly error: NearlabelError; readonly embedding?: never }
);

/** Embeddings in files, read as a stream. */
export interface StoredEmbeddings {
  readonly name: string;
  /** Length of every embedding. */
  readonly dimension: number;
  readonly size: number;
  /** Names of the classes in their own order, where the metadata have it. */
  readonly labels?: readonly string[];
  /** The rows `[start, end)`, all by default, each at unit length. Can be called again and again. */
  rows(range?: { start?: number | undefined; end?: number | undefined }): AsyncIterable<StoredEmbedding>;
}

export interface OpenEmbeddingsOptions extends MetadataOptions {
  /** Which embeddings of a folder with both are read. Default: those of images where there are some. */
  of?: EmbeddingsOf | undefined;
  /**
   * Report a row that is not at unit length, to a thousandth, in place of bringing it there: stored embeddings of
   * another length may come from another place of the network.
   * @default false
   */
  requireUnitLength?: boolean | undefined;
}

interface Part {
  readonly npy: NpyMatrixFile;
  readonly metadata: MetadataFile | undefined;
}

/** Half precision moves a length of 1 by up to 2^-11, about 0.0005. */
const UNIT_TOLERANCE = 1e-3;

/**
 * The embeddings at `path`: a `.npy` file of float16 or float32 with metadata beside it (`x.parquet`, `x.json`,
 * `x.jsonl`, `x.csv`, or `x.txt` with an id a line), a folder of such files, or a folder as clip-retrieval writes it: `img_emb/img_emb_0.npy`, `text_emb/...`
 * and `metadata/metadata_0.parquet`, in parts. Only headers and footers are read. A row that is no embedding (NaN,
 * infinite, all zeros) comes with an error, VECTOR_INVALID, and the others go on.
 *
 * @throws NearlabelError DATASET_NOT_FOUND; DATASET_INVALID for files that are something else, are cut short or do not
 * belong together
 */
export async function openEmbeddings(
  path: string,
  options: OpenEmbeddingsOptions = {},
): Promise<StoredEmbeddings> {
  const parts: Part[] = [];
  for (const { npy, metadata } of await embeddingFiles(path, options.of)) {
    const part = {
      npy: await describeNpyMatrix(npy),
      metadata: metadata === undefined ? undefined : await openMetadata(metadata, options),
    };
    checkPart(part, parts[0]);
    parts.push(part);
  }
  const { requireUnitLength = false } = options;
  const labels = parts[0]?.metadata?.classNames;
  return {
    name: basename(resolve(path)).replace(/\.npy$/, ""),
    dimension: parts[0]?.npy.columns ?? 0,
    size: parts.reduce((sum, { npy }) => sum + npy.rows, 0),
    ...(labels && { labels }),
    rows: ({ start = 0, end = Number.POSITIVE_INFINITY } = {}) =>
      rowsOf(parts, start, end, requireUnitLength),
  };
}

function checkPart({ npy, metadata }: Part, first: Part | undefined): void {
  if (first && first.npy.columns !== npy.columns) {
    throw new NearlabelError(
      "DATASET_INVALID",
      `${npy.path}: expected embeddings of ${first.npy.columns} numbers, as in ${first.npy.path}, got ${npy.columns}. ` +
        "They may be of another model.",
    );
  }
  if (metadata?.rows !== undefined && metadata.rows !== npy.rows)
    throw otherCount(npy, metadata, metadata.rows);
}

function otherCount(npy: NpyMatrixFile, metadata: MetadataFile, rows: number): NearlabelError {
  return new NearlabelError(
    "DATASET_INVALID",
    `${metadata.path}: expected ${npy.rows} rows, as many as ${npy.path} has, got ${rows}.`,
  );
}

async function* rowsOf(
  parts: readonly Part[],
  start: number,
  end: number,
  requireUnitLength: boolean,
): AsyncGenerator<StoredEmbedding> {
  let first = 0;
  for (const part of parts) {
    const from = Math.max(start - first, 0);
    const to = Math.min(end - first, part.npy.rows);
    if (from < to) {
      let row = from;
      for await (const [values, { id = first + row, label }] of rowsOfPart(part, from, to)) {
        const where = `Row ${row} of ${part.npy.path}`;
        yield { id, ...(label !== undefined && { label }), ...checked(values, where, requireUnitLength) };
        row++;
      }
    }
    first += part.npy.rows;
  }
}

/** Each row of numbers beside its metadata. */
async function* rowsOfPart(
  { npy, metadata }: Part,
  from: number,
  to: number,
): AsyncGenerator<[Float32Array, RowMetadata]> {
  const described = metadata?.read(from, to)[Symbol.asyncIterator]();
  try {
    let row = from;
    for await (const values of readNpyRows(npy, from, to)) {
      const { done, value = {} } = (await described?.next()) ?? {};
      if (metadata && done) throw otherCount(npy, metadata, row);
      yield [values, value];
      row++;
    }
  } finally {
    await described?.return?.();
  }
}

/** `values` at unit length, or what is wrong with them. */
function checked(
  values: Float32Array,
  where: string,
  requireUnitLength: boolean,
): { embedding: Float32Array } | { error: NearlabelError } {
  const length = norm(values);
  if (!Number.isFinite(length) || length === 0) {
    const at = values.findIndex((value) => !Number.isFinite(value));
    const got = at < 0 ? `a vector of length ${length}` : `${values[at]} at position ${at}`;
    return {
      error: invalidVector(`${where}: expected finite numbers, not all 0, got ${got}. Embed it again.`),
    };
  }
  if (requireUnitLength && Math.abs(length - 1) > UNIT_TOLERANCE) {
    const got = length.toPrecision(4);
    return {
      error: invalidVector(
        `${where}: expected a vector of unit length, got one of ${got}. Leave requireUnitLength out to bring it there.`,
      ),
    };
  }
  return { embedding: normalise(values) };
}

function invalidVector(message: string): NearlabelError {
  return new NearlabelError("VECTOR_INVALID", message);
}
