import { elementCount, floatRows, type StoredTensor } from "./stored-tensor.js";

/**
 * Numbers as 8-bit integers, by the arithmetic of ONNX Runtime's `quantize_dynamic` (quant_utils.py, `compute_scale_zp` and
 * `quantize_nparray`): the scale in double precision, stored as float32; the quotient in float32, rounded half to even.
 */

/** A smaller scale is a subnormal float32, and taken as 1: everything becomes zero. */
const LEAST_SCALE = 2 ** -126;

/** Added and taken away again, it rounds a double to a whole number, half to even. */
const ROUNDING = 1.5 * 2 ** 52;

function roundHalfEven(value: number): number {
  return value + ROUNDING - ROUNDING;
}

/** A matrix of weights, as it is stored: `columns` numbers a row; the last dimension, or the first of a transposed one. */
export interface Matrix {
  readonly tensor: StoredTensor;
  /** Its columns are stored as rows, as `Gemm` and `Transpose` have them. */
  readonly transposed: boolean;
}

export function outputDims({ tensor: { dims }, transposed }: Matrix): readonly number[] {
  return transposed ? dims.toReversed() : dims;
}

/** Reads the matrix once. @throws Error for numbers that are not finite */
export async function columnScales(matrix: Matrix): Promise<Float32Array> {
  const { tensor, transposed } = matrix;
  const stored = tensor.dims.at(-1)!;
  const largest = new Float64Array(outputDims(matrix).at(-1)!);
  for await (const { row, values } of floatRows(tensor, stored)) {
    for (let at = 0, r = row; at < values.length; r++) {
      for (let column = 0; column < stored; column++, at++) {
        const place = transposed ? r : column;
        const size = Math.abs(values[at]!);
        // What is not a number stays, as no comparison with it is true.
        if (size > largest[place]! || Number.isNaN(size)) largest[place] = size;
      }
    }
  }
  return Float32Array.from(largest, (size) => symmetricScale(size, tensor.name));
}

function symmetricScale(largest: number, name: string): number {
  expectFinite(largest, name);
  const scale = (2 * largest) / 254;
  return scale < LEAST_SCALE ? 1 : scale;
}

function expectFinite(value: number, name: string): void {
  if (!Number.isFinite(value)) throw new Error(`the weights ${name} are not all finite`);
}

/** The matrix in int8, row by row. Of a transposed one all is held, a quarter of its size. */
export async function* columnIntegers(
  { tensor, transposed }: Matrix,
  scales: Float32Array,
): AsyncGenerator<Int8Array> {
  const stored = tensor.dims.at(-1)!;
  const rows = transposed ? tensor.dims[0]! : 0;
  const whole = transposed ? new Int8Array(elementCount(tensor.dims)) : undefined;
  for await (const { row, values } of floatRows(tensor, stored)) {
    const block = whole ?? new Int8Array(values.length);
    for (let at = 0, r = row; at < values.length; r++) {
      for (let column = 0; column < stored; column++, at++) {
        const scale = scales[transposed ? r : column]!;
        const integer = roundHalfEven(Math.fround(values[at]! / scale));
        block[transposed ? column * rows + r : at] = Math.min(127, Math.max(-128, integer));
      }
    }
    if (!whole) yield block;
  }
  if (whole) yield whole;
}

/** How all numbers of a tensor become uint8. */
export interface Affine {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** Reads the tensor once. @throws Error for numbers that are not finite */
export async function affineScale(tensor: StoredTensor): Promise<Affine> {
  let [least, most] = [0, 0];
  for await (const { values } of floatRows(tensor, tensor.dims.at(-1) ?? 1)) {
    for (const value of values) {
      if (value < least || Number.isNaN(value)) least = value;
      if (value > most) most = value;
    }
  }
  expectFinite(least, tensor.name);
  expectFinite(most, tensor.name);
  const scale = (most - least) / 255;
  if (scale < LEAST_SCALE) return { scale: 1, zeroPoint: 0 };
  return { scale: Math.fround(scale), zeroPoint: roundHalfEven(-least / scale) };
}

/** The tensor in uint8, as it is stored. */
export async function* affineIntegers(
  tensor: StoredTensor,
  { scale, zeroPoint }: Affine,
): AsyncGenerator<Uint8Array> {
  for await (const { values } of floatRows(tensor, tensor.dims.at(-1) ?? 1)) {
    const block = new Uint8Array(values.length);
    for (let at = 0; at < values.length; at++) {
      const integer = roundHalfEven(Math.fround(values[at]! / scale)) + zeroPoint;
      block[at] = Math.min(255, Math.max(0, integer));
    }
    yield block;
  }
}
