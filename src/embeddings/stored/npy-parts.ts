import { open } from "node:fs/promises";
import { readNpyLayout } from "../../datasets/arrays/npy.js";
import { NearlabelError } from "../../errors.js";
import { openFile } from "../../files/byte-source.js";
import { float16Bits, float16Value } from "../../math/float16.js";

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

const ITEM_BYTES = { float16: 2, float32: 4 } as const;

/** Read and written at once. */
const BLOCK_BYTES = 1 << 20;

/** @throws NearlabelError DATASET_NOT_FOUND, DATASET_INVALID for another array, and for a file cut short */
export async function describeNpyMatrix(path: string): Promise<NpyMatrixFile> {
  await using source = await openFile(path);
  const { dtype, shape, start } = await readNpyLayout(source);
  const [rows = 0, columns = 0] = shape;
  if ((dtype === "float16" || dtype === "float32") && shape.length === 2) {
    return { path, dtype, rows, columns, start };
  }
  throw invalid(path, "a matrix of float16 or float32", `${dtype} of shape (${shape.join(", ")})`);
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
  await using source = await openFile(path);
  for (let from = start; from < end; from += step) {
    const length = Math.min(step, end - from) * rowBytes;
    const position = file.start + from * rowBytes;
    const bytes = await source.read(position, length);
    if (bytes.length < length)
      throw invalid(path, "a whole file", `its end at byte ${position + bytes.length}`);
    const values = dtype === "float16" ? fromFloat16(bytes) : new Float32Array(bytes.buffer);
    for (let at = 0; at < values.length; at += columns) yield values.slice(at, at + columns);
  }
}

/** The number of each of the 65,536 bit patterns; looking it up is much faster than working it out. */
let float16Values: Float32Array | undefined;

function fromFloat16(bytes: Uint8Array<ArrayBuffer>): Float32Array {
  float16Values ??= Float32Array.from({ length: 1 << 16 }, (_, bits) => float16Value(bits));
  const halves = new Uint16Array(bytes.buffer);
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = float16Values[halves[i]!]!;
  return values;
}

/** Writes a matrix row by row; how many there are is known when it is closed. */
export interface NpyWriter {
  readonly rows: number;
  write(row: Float32Array): Promise<void>;
  /** Writes what is held back and the header, and waits for the disk. */
  close(): Promise<void>;
}

/**
 * Room for the number of rows to be filled in later. A header ends at a multiple of 64 (`numpy.lib.format`), and
 * this one holds any shape.
 */
const HEADER_BYTES = 128;

export async function createNpy(path: string, columns: number, dtype: EmbeddingDtype): Promise<NpyWriter> {
  const handle = await open(path, "w");
  const block = Buffer.alloc(Math.max(BLOCK_BYTES, columns * ITEM_BYTES[dtype]));
  let held = 0;
  let position = HEADER_BYTES;
  let rows = 0;
  const flush = async () => {
    for (let written = 0; written < held; ) {
      const { bytesWritten } = await handle.write(block, written, held - written, position + written);
      written += bytesWritten;
    }
    position += held;
    held = 0;
  };
  return {
    get rows() {
      return rows;
    },
    async write(row) {
      if (held + columns * ITEM_BYTES[dtype] > block.length) await flush();
      if (dtype === "float16") {
        for (const value of row) held = block.writeUInt16LE(float16Bits(value), held);
      } else {
        block.set(new Uint8Array(row.buffer, row.byteOffset, row.byteLength), held);
        held += row.byteLength;
      }
      rows++;
    },
    async close() {
      try {
        await flush();
        await handle.write(npyHeader(rows, columns, dtype), 0, HEADER_BYTES, 0);
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
  };
}

/** Format 1.0: magic string, version, length of the rest in 2 bytes, a Python dictionary, spaces, a line feed. */
function npyHeader(rows: number, columns: number, dtype: EmbeddingDtype): Buffer {
  const descr = dtype === "float16" ? "<f2" : "<f4";
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const header = Buffer.alloc(HEADER_BYTES, " ");
  header.write("\x93NUMPY\x01\x00", 0, "latin1");
  header.writeUInt16LE(HEADER_BYTES - 10, 8);
  header.write(dictionary, 10, "latin1");
  header[HEADER_BYTES - 1] = 0x0a;
  return header;
}

function invalid(path: string, expected: string, got: string): NearlabelError {
  return new NearlabelError("DATASET_INVALID", `${path}: expected ${expected}, got ${got}.`);
}
