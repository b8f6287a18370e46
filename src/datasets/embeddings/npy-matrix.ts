import { NearlabelError } from "../../errors.js";
import { float16Values } from "../../math/float16.js";
import { openSource } from "../../objects/object-source.js";
import { readNpyLayout } from "../arrays/npy.js";

export type EmbeddingDtype = "float16" | "float32";

/** A `.npy` file with a matrix of float16 or float32 numbers in row-major order, of which only the header was read. */
export interface NpyMatrixFile {
  readonly path: string;
  readonly dtype: EmbeddingDtype;
  readonly rows: number;
  readonly columns: number;
  /** Position of the first number, in bytes. */
  readonly start: number;
}

export const ITEM_BYTES = { float16: 2, float32: 4 } as const;

/** Read and written at once. */
export const BLOCK_BYTES = 1 << 20;

/** @throws NearlabelError DATASET_NOT_FOUND, DATASET_INVALID for another array, and for a file cut short */
export async function describeNpyMatrix(path: string): Promise<NpyMatrixFile> {
  await using source = await openSource(path);
  const { dtype, shape, start } = await readNpyLayout(source);
  const [rows = 0, columns = 0] = shape;
  if ((dtype === "float16" || dtype === "float32") && shape.length === 2) {
    return { path, dtype, rows, columns, start };
  }
  const got = `${dtype} of shape (${shape.join(", ")})`;
  throw invalid(path, "a matrix of float16 or float32 with a row for each embedding", got);
}

/** The rows `[start, end)`, each with memory of its own. One block is held at a time. */
export async function* readNpyRows(
  file: NpyMatrixFile,
  start: number,
  end: number,
): AsyncGenerator<Float32Array> {
  const { path, dtype, columns } = file;
  const rowBytes = columns * ITEM_BYTES[dtype];
  const step = Math.max(1, Math.floor(BLOCK_BYTES / Math.max(1, rowBytes)));
  await using source = await openSource(path);
  for (let from = start; from < end; from += step) {
    const length = Math.min(step, end - from) * rowBytes;
    const position = file.start + from * rowBytes;
    const bytes = await source.read(position, length);
    if (bytes.length < length)
      throw invalid(path, "a whole file", `its end at byte ${position + bytes.length}`);
    const values =
      dtype === "float16" ? float16Values(new Uint16Array(bytes.buffer)) : new Float32Array(bytes.buffer);
    for (let at = 0; at < values.length; at += columns) yield values.slice(at, at + columns);
  }
}

function invalid(path: string, expected: string, got: string): NearlabelError {
  return new NearlabelError("DATASET_INVALID", `${path}: expected ${expected}, got ${got}.`);
}
