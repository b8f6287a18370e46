import { type FileHandle, open } from "node:fs/promises";
import { NearlabelError } from "../errors.js";

/** Read at once, where a record is not larger than that. */
const BLOCK_BYTES = 2 ** 20;

/** A file of records of one length, after `offset` bytes of something else. */
export interface RecordFile {
  readonly path: string;
  readonly recordBytes: number;
  readonly offset: number;
}

/**
 * The records `[start, end)`, each in memory of its own. About 1 MiB is read at a time, or one record where that is
 * more. Throws `DATASET_INVALID` where the file ends before them.
 */
export async function* readRecords(
  { path, recordBytes, offset }: RecordFile,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  if (start >= end) return;
  const step = Math.max(1, Math.floor(BLOCK_BYTES / recordBytes));
  const block = new Uint8Array(step * recordBytes);
  await using file = await open(path);
  for (let first = start; first < end; first += step) {
    const count = Math.min(step, end - first);
    const bytes = block.subarray(0, count * recordBytes);
    const filled = await fill(file, bytes, offset + first * recordBytes);
    const whole = Math.floor(filled / recordBytes);
    for (let at = 0; at < whole; at++) yield bytes.slice(at * recordBytes, (at + 1) * recordBytes);
    if (whole < count) {
      throw new NearlabelError(
        "DATASET_INVALID",
        `"${path}" ends in row ${first + whole}. Expected ${end} rows of ${recordBytes} bytes. Write the file again.`,
      );
    }
  }
}

/** Reads into `bytes` from `position` on; the number of bytes that were there. */
export async function fill(file: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
