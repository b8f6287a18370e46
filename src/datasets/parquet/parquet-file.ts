import { unzipSync } from "node:zlib";
import type { AsyncBuffer, Compressors, FileMetaData, ParquetScan, RowGroup, SchemaTree } from "hyparquet";
import { isError, NearlabelError } from "../../errors.js";
import type { ByteSource } from "../../files/byte-source.js";
import type { SourceVersion } from "../../files/source-version.js";
import { openSource } from "../../objects/object-source.js";
import type { Column } from "../columns/columns.js";
import { type Features, featuresFromMetadata } from "../columns/declared-types.js";

/** What the footer of a Parquet file says; no row is read for it. */
export interface ParquetFile {
  readonly path: string;
  readonly version: SourceVersion;
  readonly rows: number;
  /** Rows of each row group, in their order. */
  readonly rowGroups: readonly number[];
  /** Those of the first level. */
  readonly columns: readonly Column[];
  /** What the Hugging Face `datasets` library says of the columns, if it wrote the file. */
  readonly features: Features | undefined;
}

/**
 * Bytes of uncompressed column data read at once, where the file's page index allows for less than a row group.
 * Large enough that pages read twice, at the cuts, do not matter.
 */
const READ_BYTES = 64 * 2 ** 20;

/** Throws `DATASET_INVALID` for a file that is not Parquet or cannot be read. */
export async function describeParquet(path: string): Promise<ParquetFile> {
  await using source = await openSource(path);
  return await withContext(path, "its footer", async () => {
    const { parquetMetadataAsync, parquetSchema } = await import("hyparquet");
    const metadata = await parquetMetadataAsync(bufferOf(source));
    checkRows(metadata);
    checkChunks(metadata, parquetSchema(metadata));
    const json = metadata.key_value_metadata?.find(({ key }) => key === "huggingface")?.value;
    return {
      path,
      version: source.version,
      rows: Number(metadata.num_rows),
      rowGroups: metadata.row_groups.map((group) => Number(group.num_rows)),
      columns: parquetSchema(metadata).children.map(columnOf),
      features: json === undefined ? undefined : featuresFromMetadata(json),
    };
  });
}

/** Otherwise rows would be left out, or there would be none. */
function checkRows({ num_rows: rows, row_groups: groups }: FileMetaData): void {
  const counts = groups.map((group) => Number(group.num_rows));
  const there = counts.reduce((sum, count) => sum + count, 0);
  if (Number(rows) !== there || counts.some((count) => count < 0)) {
    throw new Error(`it is to have ${rows} rows, and its row groups have ${there}`);
  }
}

/** Each row group has one chunk for each column of the schema, in its order (Parquet format, "Metadata"). */
function checkChunks({ row_groups: groups }: FileMetaData, schema: SchemaTree): void {
  const expected = leavesOf(schema).join("\n");
  for (const { columns } of groups) {
    const found = columns.map(({ meta_data: chunk }) => chunk?.path_in_schema.join("."));
    if (found.join("\n") !== expected)
      throw new Error(`its schema has other columns than its row groups, ${found}`);
  }
}

function leavesOf({ path, children, element }: SchemaTree): string[] {
  if (typeof element.name !== "string") throw new Error("a column has no name");
  return children.length === 0 && path.length > 0 ? [path.join(".")] : children.flatMap(leavesOf);
}

/** Physical types that hold text or encoded pictures, and those that hold labels besides. */
const BYTE_TYPES = ["BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"];
const LABEL_TYPES = [...BYTE_TYPES, "BOOLEAN", "INT32", "INT64", "FLOAT", "DOUBLE"];

function columnOf({ element, children }: SchemaTree): Column {
  const { name, type, converted_type: converted, logical_type: logical } = element;
  const fields = children.map((child) => child.element.name);
  const isList = element.repetition_type === "REPEATED" || converted === "LIST" || logical?.type === "LIST";
  // hyparquet makes dates of these, and numbers of decimals.
  const isOther = /DATE|TIME|DECIMAL|INTERVAL/.test(`${converted} ${logical?.type}`);
  const isPlain = !isList && !isOther && type !== undefined;
  return {
    name,
    type: isList ? "list" : isOther ? (converted ?? logical!.type) : (type ?? structText(fields, converted)),
    mayHold: {
      pictures: isPlain
        ? BYTE_TYPES.includes(type)
        : !isList && ["bytes", "path"].some((field) => fields.includes(field)),
      labels: isPlain && LABEL_TYPES.includes(type),
    },
  };
}

function structText(fields: readonly string[], converted: string | undefined): string {
  return converted === undefined ? `struct<${fields.join(", ")}>` : converted.toLowerCase();
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
  await using source = await openSource(path);
  const { parquetMetadataAsync, parquetScan, parquetSchema } = await import("hyparquet");
  const file = bufferOf(source);
  const metadata = await withContext(path, "its footer", () => parquetMetadataAsync(file));
  const compressors = await loadCompressors();
  const single = new Set(
    parquetSchema(metadata).children.flatMap(({ element, children }) =>
      children.length === 0 ? [element.name] : [],
    ),
  );
  const scan = await parquetScan({ file, metadata, columns: [...columns], compressors, utf8: false });
  for (const [from, to] of readsOf(metadata, columns, start, end)) {
    const values = await withContext(path, `rows ${from} to ${to - 1}`, () =>
      readColumns(scan, columns, single, from, to),
    );
    for (let row = 0; row < to - from; row++) yield values.map((column) => column[row]);
  }
}

async function loadCompressors(): Promise<Compressors> {
  const { compressors, decompressLz4Raw } = await import("hyparquet-compressors");
  // Version 1.1.2 takes the LZ4 form of no bytes for damage; a column of nulls, such as `path`, has such a page.
  return {
    ...compressors,
    // That of the package does not look at the checksum.
    GZIP: (input) => unzipSync(input),
    LZ4_RAW: (input, size) => (size === 0 ? new Uint8Array() : decompressLz4Raw(input, size)),
  };
}

/**
 * @param single columns that are no struct: there, no value is null, and an index beyond the dictionary leads to undefined. In a
 * struct both do, and its row has no picture then.
 */
async function readColumns(
  scan: ParquetScan,
  columns: readonly string[],
  single: ReadonlySet<string>,
  from: number,
  to: number,
) {
  const values = await Promise.all(
    columns.map((column) => scan.readColumn({ column, rowStart: from, rowEnd: to })),
  );
  for (const [at, column] of values.entries()) {
    if (single.has(columns[at]!) && Array.isArray(column) && column.includes(undefined)) {
      throw new Error(`its column "${columns[at]}" leads to values that are not there`);
    }
  }
  return values;
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

/** A source as hyparquet reads it. */
function bufferOf(source: ByteSource): AsyncBuffer {
  return {
    byteLength: source.size,
    async slice(start, end = source.size) {
      const bytes = await source.read(start, end - start);
      if (bytes.length < end - start) throw new Error(`the file ends at byte ${start + bytes.length}`);
      return bytes.buffer;
    },
  };
}

async function withContext<T>(path: string, part: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new NearlabelError(
      "DATASET_INVALID",
      `Cannot read ${part} of "${path}". Expected a whole Parquet file: ${isError(cause) ? cause.message : String(cause)}. Download or write the file again.`,
      { cause },
    );
  }
}
