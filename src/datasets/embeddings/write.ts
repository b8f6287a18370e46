import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { NearlabelError } from "../../errors.js";
import { writing } from "../../files/disk.js";
import { makeFolder } from "../../files/folders.js";
import { openFile } from "../../files/open-file.js";
import { EMBEDDING_FOLDERS } from "./embedding-files.js";
import type { EmbeddingDtype } from "./npy-matrix.js";
import { createNpy, type NpyWriter } from "./npy-writer.js";

/** A row to keep. */
export interface EmbeddingRow {
  /** A path, or a number; all of one kind. */
  readonly id: string | number;
  readonly embedding: Float32Array;
  readonly label?: string | undefined;
}

export interface WriteEmbeddingsOptions {
  /**
   * `float16` takes half of the room; a cosine moves by less than 0.0001.
   * @default "float32"
   */
  dtype?: EmbeddingDtype | undefined;
  /**
   * Rows in a part. Their ids and labels are held until the part is written.
   * @default 100,000
   */
  rowsPerFile?: number | undefined;
  /**
   * Where `rows` throws, or no more can be written: keep the parts that are whole, with what came before as a shorter one, or nothing.
   * @default true
   */
  keepParts?: boolean | undefined;
}

/** What was written. */
export interface WrittenEmbeddings {
  readonly rows: number;
  readonly parts: number;
}

/** What to do where a folder of embeddings cannot be written. */
const remedy = { otherwise: "choose another folder", kept: "Parts that are there are whole." } as const;

/** The largest number of half precision. */
const LARGEST = { float16: 65_504, float32: Number.MAX_VALUE } as const;

/**
 * Writes `rows` to `folder` as clip-retrieval does: `img_emb/img_emb_0.npy`, with the ids in the column `image_path` (text)
 * or `key` (numbers) of `metadata/metadata_0.parquet`, and the labels in `label`. A part is there as a whole or not at all,
 * its embeddings last. Where `rows` throws, for an interrupt too, what came before is written as a shorter part, unless `keepParts`
 * is false.
 *
 * @throws NearlabelError OPTION_INVALID where `folder` holds embeddings already, and for ids of two kinds; VECTOR_INVALID
 * for a row of another length or with a number that `dtype` does not hold; WRITE_FAILED; and what `rows` throws
 */
export async function writeEmbeddings(
  folder: string,
  rows: AsyncIterable<EmbeddingRow>,
  { dtype = "float32", rowsPerFile = 100_000, keepParts = true }: WriteEmbeddingsOptions = {},
): Promise<WrittenEmbeddings> {
  if (!Number.isSafeInteger(rowsPerFile) || rowsPerFile < 1) {
    throw new NearlabelError(
      "OPTION_INVALID",
      `Expected rowsPerFile to be a whole number from 1, got ${rowsPerFile}.`,
    );
  }
  await writing(folder, () => prepare(folder), remedy);
  const parts = startParts(folder, dtype, rowsPerFile);
  let first: EmbeddingRow | undefined;
  try {
    for await (const row of rows) {
      first ??= row;
      checkRow(row, first, dtype);
      await writing(folder, () => parts.add(row), remedy);
    }
    await writing(folder, parts.finish, remedy);
  } catch (error) {
    if (keepParts) await writing(folder, parts.finish, remedy);
    else await parts.discard();
    throw error;
  }
  return parts.written();
}

interface Parts {
  add(row: EmbeddingRow): Promise<void>;
  /** Ends the part that was begun, if one was. */
  finish(): Promise<void>;
  /** Takes away all that was written. */
  discard(): Promise<void>;
  written(): WrittenEmbeddings;
}

function startParts(folder: string, dtype: EmbeddingDtype, rowsPerFile: number): Parts {
  let part: Part | undefined;
  let rows = 0;
  let parts = 0;
  const finish = async () => {
    const finished = part;
    part = undefined;
    if (finished) await finishPart(finished);
  };
  return {
    async add({ id, embedding, label }) {
      part ??= await startPart(folder, parts++, embedding.length, dtype);
      await part.npy.write(embedding);
      part.ids.push(id);
      part.labels.push(label);
      rows++;
      if (part.ids.length >= rowsPerFile) await finish();
    },
    finish,
    async discard() {
      if (part) await discardPart(part);
      part = undefined;
      for (; parts > 0; parts--) {
        const { npy, metadata } = filesOfPart(folder, parts - 1);
        await rm(npy, { force: true });
        await rm(metadata, { force: true });
      }
    },
    written: () => ({ rows, parts }),
  };
}

/** A part that is being written, under names that readers pass over. */
interface Part {
  readonly files: { readonly npy: string; readonly metadata: string };
  readonly npy: NpyWriter;
  readonly ids: (string | number)[];
  readonly labels: (string | undefined)[];
}

const TEMPORARY = ".tmp";

async function prepare(folder: string): Promise<void> {
  for (const name of [EMBEDDING_FOLDERS.images, "metadata"]) {
    await makeFolder(join(folder, name));
    for (const file of await readdir(join(folder, name))) {
      // Of a run that was killed.
      if (file.endsWith(TEMPORARY)) await rm(join(folder, name, file));
      else if (file.endsWith(".npy")) throw notEmpty(folder);
    }
  }
}

async function startPart(
  folder: string,
  number: number,
  dimension: number,
  dtype: EmbeddingDtype,
): Promise<Part> {
  const files = filesOfPart(folder, number);
  return {
    files,
    npy: await createNpy(files.npy + TEMPORARY, dimension, dtype),
    ids: [],
    labels: [],
  };
}

function filesOfPart(folder: string, number: number): Part["files"] {
  return {
    npy: join(folder, EMBEDDING_FOLDERS.images, `img_emb_${number}.npy`),
    metadata: join(folder, "metadata", `metadata_${number}.parquet`),
  };
}

/** Nothing is left of a part that cannot be finished. */
async function finishPart(part: Part): Promise<void> {
  try {
    await part.npy.close();
    await nameFiles(part);
  } catch (error) {
    await removeTemporary(part);
    throw error;
  }
}

async function discardPart(part: Part): Promise<void> {
  await part.npy.close().catch(() => {});
  await removeTemporary(part);
}

async function removeTemporary({ files }: Part): Promise<void> {
  for (const file of [files.npy, files.metadata]) await rm(file + TEMPORARY, { force: true });
}

/** The metadata get their name first, so that embeddings are never there without them. */
async function nameFiles({ files, ids, labels }: Part): Promise<void> {
  const bytes = await metadataBytes(ids, labels);
  await using handle = await openFile(files.metadata + TEMPORARY, "w");
  await handle.writeFile(bytes);
  await handle.sync();
  await rename(files.metadata + TEMPORARY, files.metadata);
  await rename(files.npy + TEMPORARY, files.npy);
}

async function metadataBytes(
  ids: readonly (string | number)[],
  labels: readonly (string | undefined)[],
): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const idColumn =
    typeof ids[0] === "number"
      ? { name: "key", data: ids.map((id) => BigInt(id)), type: "INT64" as const }
      : { name: "image_path", data: [...ids], type: "STRING" as const };
  const labelColumn = { name: "label", data: labels.map((label) => label ?? null), type: "STRING" as const };
  return new Uint8Array(parquetWriteBuffer({ columnData: [idColumn, labelColumn] }));
}

function checkRow({ id, embedding }: EmbeddingRow, first: EmbeddingRow, dtype: EmbeddingDtype): void {
  if (typeof id !== typeof first.id || (typeof id === "number" && !Number.isSafeInteger(id))) {
    throw new NearlabelError(
      "OPTION_INVALID",
      `Row ${JSON.stringify(id)}: expected ids that are all text or all whole numbers, as ${JSON.stringify(first.id)} is.`,
    );
  }
  if (embedding.length !== first.embedding.length) {
    throw new NearlabelError(
      "VECTOR_INVALID",
      `Row ${JSON.stringify(id)}: expected an embedding of ${first.embedding.length} numbers, got ${embedding.length}.`,
    );
  }
  const at = embedding.findIndex((value) => !(Math.abs(value) <= LARGEST[dtype]));
  if (at < 0) return;
  throw new NearlabelError(
    "VECTOR_INVALID",
    `Row ${JSON.stringify(id)}: expected numbers that ${dtype} holds, got ${embedding[at]} at position ${at}.`,
  );
}

function notEmpty(folder: string): NearlabelError {
  return new NearlabelError(
    "OPTION_INVALID",
    `"${folder}" holds embeddings already. Expected a new or empty folder, so that none are overwritten.`,
  );
}
