/** `value` at seven significant digits: all that float32 embeddings carry. More would differ from one machine to the next. */
export function sevenDigits(value: number): number {
  return Number(value.toPrecision(7));
}
