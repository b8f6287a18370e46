import { NearlabelError } from "../errors.js";
import type { ByteSource } from "./byte-source.js";

/** Read at once, where a record is not larger than that. */
const BLOCK_BYTES = 2 ** 20;

/** Where records of one length lie: one after another, after `offset` bytes of something else. */
export interface RecordLayout {
  readonly recordBytes: number;
  readonly offset: number;
}

/**
 * The records `[start, end)`, each in memory of its own. About 1 MiB is read at a time, or one record where that is
 * more. Throws `DATASET_INVALID` where the source ends before them.
 */
export async function* readRecords(
  source: ByteSource,
  { recordBytes, offset }: RecordLayout,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  const step = Math.max(1, Math.floor(BLOCK_BYTES / Math.max(1, recordBytes)));
  for (let first = start; first < end; first += step) {
    const count = Math.min(step, end - first);
    const bytes = await source.read(offset + first * recordBytes, count * recordBytes);
    for (let at = 0; at < count; at++) {
      const record = bytes.slice(at * recordBytes, (at + 1) * recordBytes);
      if (record.length < recordBytes) throw endsEarly(source, first + at, end, recordBytes);
      yield record;
    }
  }
}

function endsEarly({ name }: ByteSource, row: number, rows: number, bytes: number): NearlabelError {
  return new NearlabelError(
    "DATASET_INVALID",
    `"${name}" ends in row ${row}. Expected ${rows} rows of ${bytes} bytes. Write the file again.`,
  );
}
