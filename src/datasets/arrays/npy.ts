import { open, readFile } from "node:fs/promises";
import { NearlabelError, systemErrorCode } from "../../errors.js";
import { float16Value } from "../../math/float16.js";
import type { Matrix } from "../../math/matrix.js";

/** An array as NumPy saved it, in row-major order. Half-precision numbers come as the same numbers in float32. */
export type NpyArray =
  | { readonly dtype: "float16" | "float32"; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: "int32"; readonly shape: readonly number[]; readonly data: Int32Array }
  | { readonly dtype: "int64"; readonly shape: readonly number[]; readonly data: BigInt64Array }
  | { readonly dtype: "uint8"; readonly shape: readonly number[]; readonly data: Uint8Array };

/** NumPy's names of the types, little-endian where that matters. */
const DTYPES = {
  "<f2": "float16",
  "<f4": "float32",
  "<i4": "int32",
  "<i8": "int64",
  "|u1": "uint8",
} as const;
type Descr = keyof typeof DTYPES;
const ITEM_BYTES = { float16: 2, float32: 4, int32: 4, int64: 8, uint8: 1 } as const;

/** What the header of a `.npy` file says. */
export interface NpyLayout {
  readonly dtype: NpyArray["dtype"];
  readonly shape: readonly number[];
  /** The byte of the file that the first item begins at. */
  readonly start: number;
}

/** The longest header of format 1.0 ends before this byte; only arrays of many fields have longer ones. */
const HEADER_BYTES = 10 + 2 ** 16;

/**
 * The type and shape of the array in a `.npy` file, as `readNpy`; only the header is read.
 *
 * @throws NearlabelError `DATASET_NOT_FOUND`, `DATASET_INVALID`.
 */
export async function readNpyLayout(path: string): Promise<NpyLayout> {
  await using file = await open(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  const { size } = await file.stat();
  const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(size, HEADER_BYTES)));
  return checkedLayout(buffer.subarray(0, bytesRead), size, path);
}

/**
 * Reads a `.npy` file of format 1.0 to 3.0 (NumPy, `numpy.lib.format`): float16, float32, int32, int64 or
 * uint8 in C order.
 *
 * @throws NearlabelError `DATASET_NOT_FOUND`, `DATASET_INVALID`.
 */
export async function readNpy(path: string): Promise<NpyArray> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  const { dtype, shape, start } = checkedLayout(bytes, bytes.length, path);
  // A copy, because typed arrays must begin at a multiple of their item size.
  const { buffer } = new Uint8Array(bytes.subarray(start));
  if (dtype === "float16")
    return { dtype, shape, data: Float32Array.from(new Uint16Array(buffer), float16Value) };
  if (dtype === "float32") return { dtype, shape, data: new Float32Array(buffer) };
  if (dtype === "int32") return { dtype, shape, data: new Int32Array(buffer) };
  if (dtype === "int64") return { dtype, shape, data: new BigInt64Array(buffer) };
  return { dtype, shape, data: new Uint8Array(buffer) };
}

/**
 * Reads a `.npy` file that holds a matrix of float16 or float32 numbers.
 *
 * @throws NearlabelError `DATASET_NOT_FOUND`, `DATASET_INVALID`.
 */
export async function readNpyMatrix(path: string): Promise<Matrix> {
  const { dtype, shape, data } = await readNpy(path);
  const [rows, columns] = shape;
  if (shape.length === 2 && data instanceof Float32Array) return { data, rows: rows!, columns: columns! };
  throw invalid(path, "a matrix of float16 or float32", `${dtype} of shape (${shape.join(", ")})`);
}

/** Magic string, version, length of the header in 2 bytes (version 1) or 4 (2 and 3), header. */
function headerOf(bytes: Buffer, path: string): { header: string; start: number } {
  const magic = bytes.toString("latin1", 0, 6);
  const version = bytes[6] ?? 0;
  if (magic !== "\x93NUMPY" || version < 1 || version > 3 || bytes.length < 12) {
    throw invalid(path, "a .npy file of format 1, 2 or 3", "other bytes");
  }
  const from = version === 1 ? 10 : 12;
  const start = from + (version === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
  if (bytes.length < start) throw invalid(path, `a header of ${start} bytes`, `${bytes.length} bytes in all`);
  return { header: bytes.toString(version === 3 ? "utf8" : "latin1", from, start), start };
}

/** The layout that the first `bytes` of a file of `size` bytes tell, once it is what the size allows for. */
function checkedLayout(bytes: Buffer, size: number, path: string): NpyLayout {
  const { header, start } = headerOf(bytes, path);
  const { dtype, shape } = layoutOf(header, path);
  const expected = shape.reduce((product, length) => product * length, ITEM_BYTES[dtype]);
  if (size - start !== expected) {
    throw invalid(path, `${expected} bytes of ${dtype} ${shape.join(" x ")}`, `${size - start} bytes`);
  }
  return { dtype, shape, start };
}

/** The header is a Python dictionary: `{'descr': '<f4', 'fortran_order': False, 'shape': (500, 512), }`. */
export function layoutOf(header: string, path: string): Pick<NpyLayout, "dtype" | "shape"> {
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  if (descr === undefined || !(descr in DTYPES)) {
    throw invalid(path, `an array of ${Object.values(DTYPES).join(", ")}`, descr ?? header.trim());
  }
  if (order !== "False" || shape === undefined) {
    throw invalid(path, "an array in C order (numpy.ascontiguousarray)", header.trim());
  }
  const sizes = shape.split(",").filter((size) => size.trim() !== "");
  return { dtype: DTYPES[descr as Descr], shape: sizes.map(Number) };
}

function unreadable(path: string, cause: unknown): NearlabelError {
  const code = systemErrorCode(cause) === "ENOENT" ? "DATASET_NOT_FOUND" : "DATASET_INVALID";
  return new NearlabelError(code, `${path}: cannot be read: ${cause}.`, { cause });
}

function invalid(path: string, expected: string, got: string): NearlabelError {
  return new NearlabelError("DATASET_INVALID", `${path}: expected ${expected}, got ${got}.`);
}
