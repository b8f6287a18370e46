/** How a vector is written in an answer, by the names that OpenAI and Jina have for it. */
export type EmbeddingEncoding = "float" | "base64" | "binary" | "ubinary";

/**
 * `embedding` as `encoding` has it: numbers; base64 of float32, little-endian; or one bit a number, 1 where it is above 0, packed into
 * bytes from the highest bit, `binary` less 128 as Jina's signed bytes are.
 */
export function encodedEmbedding(embedding: Float32Array, encoding: EmbeddingEncoding): string | number[] {
  if (encoding === "float") return numbersOf(embedding);
  if (encoding === "base64") return base64Of(embedding);
  const bytes = signBits(embedding);
  return encoding === "ubinary" ? bytes : bytes.map((byte) => byte - 128);
}

/** Each float32 as the shortest decimal number that is the same float32: in JSON half as long as the double that it is. */
export function numbersOf(embedding: Float32Array): number[] {
  return Array.from(embedding, shortest);
}

/** Nine digits always are enough, fewer often. */
function shortest(value: number): number {
  for (let digits = 7; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

/** Float32, little-endian, in base64. */
export function base64Of(embedding: Float32Array): string {
  const view = new DataView(new ArrayBuffer(embedding.length * 4));
  for (const [at, value] of embedding.entries()) view.setFloat32(at * 4, value, true);
  return Buffer.from(view.buffer).toString("base64");
}

function signBits(embedding: Float32Array): number[] {
  const bytes = new Array<number>(Math.ceil(embedding.length / 8)).fill(0);
  for (const [at, value] of embedding.entries()) if (value > 0) bytes[at >> 3]! |= 0x80 >> (at & 7);
  return bytes;
}
