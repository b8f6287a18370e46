import type { RowRange } from "./dataset.js";

/** The items `[start, end)` of a stream; it is not read past them. */
export async function* inRange<T>(
  items: AsyncIterable<T>,
  { start = 0, end = Number.POSITIVE_INFINITY }: RowRange = {},
): AsyncGenerator<T> {
  if (end <= start) return;
  let position = 0;
  for await (const item of items) {
    if (position >= start) yield item;
    if (++position >= end) return;
  }
}
