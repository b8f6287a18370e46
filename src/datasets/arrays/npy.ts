import { types } from "node:util";
import { NearlabelError } from "../../errors.js";
import type { ByteSource } from "../../files/byte-source.js";
import { float16Values } from "../../math/float16.js";
import type { Matrix } from "../../math/matrix.js";
import { openSource } from "../../objects/object-source.js";
import { parseNpyHeader } from "./npy-header.js";

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
 * @throws NearlabelError `DATASET_INVALID`.
 */
export async function readNpyLayout(source: ByteSource): Promise<NpyLayout> {
  const bytes = Buffer.from((await source.read(0, HEADER_BYTES)).buffer);
  const { header, start } = headerOf(bytes, source.name);
  const { dtype, shape } = layoutOf(header, source.name);
  const expected = shape.reduce((product, length) => product * length, ITEM_BYTES[dtype]);
  if (source.size - start === expected) return { dtype, shape, start };
  const what = `${expected} bytes of ${dtype} ${shape.join(" x ")}`;
  throw invalid(source.name, what, `${source.size - start} bytes`);
}

/**
 * Reads a `.npy` file of format 1.0 to 3.0 (NumPy, `numpy.lib.format`): float16, float32, int32, int64 or
 * uint8 in C order.
 *
 * @throws NearlabelError `DATASET_NOT_FOUND`, `DATASET_INVALID`.
 */
export async function readNpy(path: string): Promise<NpyArray> {
  await using source = await openSource(path);
  const { dtype, shape, start } = await readNpyLayout(source);
  const { buffer } = await source.read(start, source.size - start);
  if (buffer.byteLength < source.size - start) throw invalid(path, "a whole file", "one that was cut short");
  if (dtype === "float16") return { dtype, shape, data: float16Values(new Uint16Array(buffer)) };
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
  if (shape.length === 2 && types.isFloat32Array(data)) return { data, rows: rows!, columns: columns! };
  throw invalid(path, "a matrix of float16 or float32", `${dtype} of shape (${shape.join(", ")})`);
}

/** Magic string, version, length of the header in 2 bytes (version 1) or 4 (2 and 3), header. */
function headerOf(bytes: Buffer, path: string): { header: string; start: number } {
  const magic = bytes.toString("latin1", 0, 6);
  const version = bytes[6] ?? 0;
  if (magic !== "\x93NUMPY" || version < 1 || version > 3 || bytes[7] !== 0 || bytes.length < 12) {
    throw invalid(path, "a .npy file of format 1.0, 2.0 or 3.0", "other bytes");
  }
  const from = version === 1 ? 10 : 12;
  const start = from + (version === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
  if (bytes.length < start) throw invalid(path, `a header of ${start} bytes`, `${bytes.length} bytes in all`);
  return { header: bytes.toString(version === 3 ? "utf8" : "latin1", from, start), start };
}

function layoutOf(header: string, path: string): Pick<NpyLayout, "dtype" | "shape"> {
  const parsed = parseNpyHeader(header);
  if (parsed === undefined) {
    throw invalid(path, "a header with descr, fortran_order and shape, as NumPy writes it", header.trim());
  }
  const { descr, fortranOrder, shape } = parsed;
  if (descr === undefined || !Object.hasOwn(DTYPES, descr)) {
    const got = `${descr ?? header.trim()}. In NumPy: np.save(path, array.astype('float32'))`;
    throw invalid(path, `an array of ${Object.values(DTYPES).join(", ")}`, got);
  }
  if (fortranOrder) throw invalid(path, "an array in C order (numpy.ascontiguousarray)", header.trim());
  return { dtype: DTYPES[descr as Descr], shape };
}

function invalid(path: string, expected: string, got: string): NearlabelError {
  return new NearlabelError("DATASET_INVALID", `${path}: expected ${expected}, got ${got}.`);
}
