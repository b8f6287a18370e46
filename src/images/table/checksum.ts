import { crc32 } from "node:zlib";
import { float16Bits, float16Value } from "../../math/float16.js";
import { type Matrix, row } from "../../math/matrix.js";
import type { Precision } from "../../store/shape.js";

/** `vectors` with the numbers that reading them from the table gives back. */
export function asStored(vectors: Matrix, precision: Precision): Matrix {
  if (precision === "float32") return vectors;
  return { ...vectors, data: vectors.data.map((value) => float16Value(float16Bits(value))) };
}

/** The CRC-32 of each vector, as {@link asStored} has it: of its float32 numbers, least significant byte first. */
export function checksumsOf(stored: Matrix): string[] {
  return Array.from({ length: stored.rows }, (_, index) => {
    const { buffer, byteOffset, byteLength } = row(stored, index);
    return crc32(new Uint8Array(buffer, byteOffset, byteLength))
      .toString(16)
      .padStart(8, "0");
  });
}
