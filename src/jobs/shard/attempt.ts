import { createHash } from "node:crypto";
import type { AsyncBuffer, SchemaElement } from "hyparquet";
import { isError, NearlabelError } from "../../errors.js";
import type { ShardRow } from "./shard-row.js";

type Name = keyof ShardRow;

/** Physical and logical types of the columns (Parquet format, "Types"). */
const COLUMNS: Readonly<Record<Exclude<Name, "vector">, Omit<SchemaElement, "name">>> = {
  row: { type: "INT32" },
  path: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  id: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  width: { type: "INT32" },
  height: { type: "INT32" },
  bytes: { type: "INT32" },
  modified: { type: "INT64", converted_type: "TIMESTAMP_MILLIS" },
  taken: { type: "INT64", converted_type: "TIMESTAMP_MILLIS" },
  camera: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  latitude: { type: "DOUBLE" },
  longitude: { type: "DOUBLE" },
  given_label: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  label: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  score: { type: "FLOAT" },
  error_code: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  error_message: { type: "BYTE_ARRAY", converted_type: "UTF8" },
};

/**
 * The rows of a shard as a Parquet file. A vector is `dimension` float32 numbers, least significant byte first, in bytes of fixed
 * length: as a list of numbers it takes twenty times as long to write.
 */
export async function attemptBytes(
  rows: readonly ShardRow[],
  dimension: number,
  about: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const vector: SchemaElement = {
    name: "vector",
    type: "FIXED_LEN_BYTE_ARRAY",
    type_length: 4 * dimension,
    repetition_type: "OPTIONAL",
  };
  const plain = Object.entries(COLUMNS).map(
    ([name, type]): SchemaElement => ({ name, ...type, repetition_type: "OPTIONAL" }),
  );
  const columns = [...plain, vector];
  const buffer = parquetWriteBuffer({
    schema: [{ name: "root", num_children: columns.length }, ...columns],
    columnData: [
      ...plain.map(({ name }) => ({ name, data: rows.map((row) => row[name as Name]) })),
      // Vectors are noise: to look for repetitions in them costs more than writing them.
      {
        name: "vector",
        data: rows.map(({ vector }) => vector && bytesOf(vector)),
        encoding: "PLAIN" as const,
        codec: "UNCOMPRESSED" as const,
      },
    ],
    rowGroupSize: Math.max(1, rows.length),
    statistics: false,
    kvMetadata: Object.entries(about).map(([key, value]) => ({ key, value })),
  });
  return new Uint8Array(buffer);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The rows in such a file. @throws NearlabelError `SHARD_INVALID` for a file that is cut off or damaged */
export async function attemptRows(content: Uint8Array, name: string): Promise<ShardRow[]> {
  const { parquetReadObjects } = await import("hyparquet");
  const file: AsyncBuffer = {
    byteLength: content.length,
    slice: (start, end) => Promise.resolve(content.slice(start, end).buffer as ArrayBuffer),
  };
  try {
    const rows = await parquetReadObjects({ file });
    return rows.map((row) => ({ ...(row as unknown as ShardRow), vector: vectorOf(row.vector) }));
  } catch (cause) {
    throw new NearlabelError(
      "SHARD_INVALID",
      `${name} cannot be read: ${isError(cause) ? cause.message : cause}. Expected the Parquet file that a worker wrote.`,
      { cause },
    );
  }
}

function vectorOf(bytes: unknown): Float32Array | null {
  if (bytes === null || bytes === undefined) return null;
  return new Float32Array(Uint8Array.from(bytes as Uint8Array).buffer);
}

export function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
