/**
 * Items in arrays of `size`; the last may be shorter, also where the items end in an error, which then follows it.
 * Reads no further once `stop` says so.
 */
export async function* batches<T>(
  items: AsyncIterable<T> | Iterable<T>,
  size: number,
  stop: AbortSignal,
): AsyncGenerator<T[]> {
  let batch: T[] = [];
  try {
    for await (const item of items) {
      if (stop.aborted) return;
      batch.push(item);
      if (batch.length === size) {
        yield batch;
        batch = [];
      }
    }
  } catch (error) {
    if (batch.length > 0) yield batch;
    throw error;
  }
  if (batch.length > 0) yield batch;
}
