import { open } from "node:fs/promises";
import type { AsyncBuffer, Compressors, FileMetaData, ParquetScan, RowGroup } from "hyparquet";
import { NearlabelError } from "../../errors.js";
import { type Features, featuresFromMetadata } from "../columns/declared-types.js";

/** What the footer of a Parquet file says; no row is read for it. */
export interface ParquetFile {
  readonly path: string;
  readonly rows: number;
  readonly columns: readonly Column[];
  /** What the Hugging Face `datasets` library says of the columns, if it wrote the file. */
  readonly features: Features | undefined;
}

/** A column of the first level. */
interface Column {
  readonly name: string;
  /** Names of the fields of a struct; none for a column of plain values. */
  readonly fields: readonly string[];
}

/**
 * Bytes of uncompressed column data read at once, where the file's page index allows for less than a row group.
 * Large enough that pages read twice, at the cuts, do not matter.
 */
const READ_BYTES = 64 * 2 ** 20;

/** The most that one read of a file asks for: Node refuses 2 GiB and more. */
const PIECE_BYTES = 2 ** 30;

/** Throws `DATASET_INVALID` for a file that is not Parquet or cannot be read. */
export async function describeParquet(path: string): Promise<ParquetFile> {
  return await withContext(path, "its footer", async () => {
    const { parquetSchema } = await import("hyparquet");
    const { metadata, close } = await openParquet(path);
    await close();
    const json = metadata.key_value_metadata?.find(({ key }) => key === "huggingface")?.value;
    return {
      path,
      rows: Number(metadata.num_rows),
      columns: parquetSchema(metadata).children.map(({ element, children }) => ({
        name: element.name,
        fields: children.map((child) => child.element.name),
      })),
      features: json === undefined ? undefined : featuresFromMetadata(json),
    };
  });
}

/**
 * The values of `columns` in the rows `[start, end)`, a row at a time. Reads the row groups that overlap and no
 * others, and of these only the pages that overlap where the file has a page index; holds one row group, or about
 * 64 MiB of it with a page index. Binary values are views that share memory: copy what outlives the next row.
 */
export async function* readParquet(
  path: string,
  columns: readonly string[],
  start: number,
  end: number,
): AsyncGenerator<unknown[]> {
  const { file, metadata, close } = await withContext(path, "its footer", () => openParquet(path));
  try {
    const { parquetScan } = await import("hyparquet");
    const compressors = await loadCompressors();
    const scan = await parquetScan({ file, metadata, columns: [...columns], compressors, utf8: false });
    for (const [from, to] of readsOf(metadata, columns, start, end)) {
      const values = await withContext(path, `rows ${from} to ${to - 1}`, () =>
        readColumns(scan, columns, from, to),
      );
      for (let row = 0; row < to - from; row++) yield values.map((column) => column[row]);
    }
  } finally {
    await close();
  }
}

async function loadCompressors(): Promise<Compressors> {
  const { compressors, decompressLz4Raw } = await import("hyparquet-compressors");
  // Version 1.1.2 takes the LZ4 form of no bytes for damage; a column of nulls, such as `path`, has such a page.
  return {
    ...compressors,
    LZ4_RAW: (input, size) => (size === 0 ? new Uint8Array() : decompressLz4Raw(input, size)),
  };
}

async function readColumns(scan: ParquetScan, columns: readonly string[], from: number, to: number) {
  return await Promise.all(columns.map((column) => scan.readColumn({ column, rowStart: from, rowEnd: to })));
}

/** The rows `[start, end)` as ranges of rows to read at once, none across two row groups. */
function* readsOf(
  metadata: FileMetaData,
  columns: readonly string[],
  start: number,
  end: number,
): Generator<[number, number]> {
  let groupStart = 0;
  for (const group of metadata.row_groups) {
    const groupEnd = groupStart + Number(group.num_rows);
    const last = Math.min(end, groupEnd);
    const step = rowsAtOnce(group, columns);
    for (let from = Math.max(start, groupStart); from < last; from += step) {
      yield [from, Math.min(from + step, last)];
    }
    groupStart = groupEnd;
  }
}

/** Without a page index, a part of a row group costs as much to read as the whole. */
function rowsAtOnce(group: RowGroup, columns: readonly string[]): number {
  const rows = Number(group.num_rows);
  const chunks = group.columns.filter((chunk) => columns.includes(chunk.meta_data?.path_in_schema[0] ?? ""));
  if (!chunks.every((chunk) => chunk.offset_index_offset !== undefined)) return rows;
  const bytes = chunks.reduce((sum, chunk) => sum + Number(chunk.meta_data?.total_uncompressed_size ?? 0), 0);
  return Math.max(1, Math.ceil(rows / Math.max(1, bytes / READ_BYTES)));
}

interface OpenParquet {
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
  close(): Promise<void>;
}

async function openParquet(path: string): Promise<OpenParquet> {
  const { parquetMetadataAsync } = await import("hyparquet");
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const file: AsyncBuffer = {
      byteLength: size,
      async slice(start, end = size) {
        const bytes = new Uint8Array(end - start);
        let filled = 0;
        while (filled < bytes.length) {
          const length = Math.min(bytes.length - filled, PIECE_BYTES);
          const { bytesRead } = await handle.read(bytes, filled, length, start + filled);
          if (bytesRead === 0) throw new Error(`the file ends at byte ${start + filled}`);
          filled += bytesRead;
        }
        return bytes.buffer;
      },
    };
    return { file, metadata: await parquetMetadataAsync(file), close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function withContext<T>(path: string, part: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new NearlabelError(
      "DATASET_INVALID",
      `Cannot read ${part} of "${path}". Expected a whole Parquet file: ${cause instanceof Error ? cause.message : String(cause)}. Download or write the file again.`,
      { cause },
    );
  }
}
