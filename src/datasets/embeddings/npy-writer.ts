import { open } from "node:fs/promises";
import { float16Bits } from "../../math/float16.js";
import { BLOCK_BYTES, type EmbeddingDtype, ITEM_BYTES } from "./npy-matrix.js";

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
