import { stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { filesIn, holdsOnly, isFile } from "../../files/folders.js";
import type { Dataset, DatasetOptions, ImageRow, RowsOptions } from "../../rows/dataset.js";
import { datasetOfParts } from "../../rows/parts.js";
import { rowOf } from "../../rows/picture-row.js";
import { parsedRange, type RangeKey, rangesOf, withinRange } from "../arrays/range-parts.js";
import { chooseSplit } from "../splits.js";
import { EMBEDDING_FOLDERS } from "./embedding-files.js";
import { METADATA_ENDINGS } from "./metadata.js";
import { describeNpyMatrix } from "./npy-matrix.js";
import { openEmbeddings, type StoredEmbeddings } from "./stored-embeddings.js";

/**
 * Whether `folder` holds stored embeddings of pictures: as clip-retrieval writes them, or nothing but `.npy` files, what says what
 * their rows are, and notes for people. Where there are pictures too, these are meant.
 */
export async function isEmbeddingFolder(folder: string): Promise<boolean> {
  const found = await stat(join(folder, EMBEDDING_FOLDERS.images)).catch(() => undefined);
  if (found?.isDirectory()) return true;
  const endings = [".npy", ...METADATA_ENDINGS];
  const isOurs = (name: string) => endings.includes(extname(name)) || FOR_PEOPLE.test(name);
  if (!(await holdsOnly(folder, isOurs))) return false;
  return (await filesIn(folder, (name) => name.endsWith(".npy"))).length > 0;
}

/** Names of notes that people write beside data. */
const FOR_PEOPLE = /^(?:readme|licen[cs]e|notice|citation)\b|\.md$/i;

/** Whether `path` is a `.npy` file with a matrix of floating-point numbers, which pictures are not. */
export async function isEmbeddingFile(path: string): Promise<boolean> {
  if (!/\.npy$/i.test(path) || !(await isFile(path))) return false;
  return await describeNpyMatrix(path).then(
    () => true,
    () => false,
  );
}

/**
 * Stored embeddings as a data set: its rows have an `embedding` of unit length and no picture; a row whose numbers are none
 * has an error. Embeddings can be compared only with those of the model that they were made with, which no file names.
 *
 * Throws `DATASET_INVALID` as `openEmbeddings`.
 */
export async function openEmbeddingsDataset(path: string, options: DatasetOptions): Promise<Dataset> {
  if (options.split !== undefined) chooseSplit([], options.split, path);
  const { labelColumn } = options;
  const stored = await openEmbeddings(path, { of: (await isFile(path)) ? undefined : "images", labelColumn });
  const file = { name: basename(path), rows: stored.size };
  const labels = stored.labels;
  const description = {
    name: stored.name,
    format: "stored embeddings",
    ...(labels && { labels }),
    size: stored.size,
  };
  return datasetOfParts<RangeKey>(description, {
    list: () => rangesOf(file.rows, file.name),
    parse: (value) => parsedRange(value, [file]),
    read: (key, range) => rowsOf(stored, withinRange(key, range)),
    // At once: the metadata may lie in one large row group.
    rows: (range) => rowsOf(stored, range),
  });
}

async function* rowsOf(stored: StoredEmbeddings, range: RowsOptions): AsyncGenerator<ImageRow> {
  for await (const { id, label, embedding, error } of stored.rows(range)) {
    yield { ...rowOf(id, undefined, label), ...(error ? { error } : { embedding }) };
  }
}
