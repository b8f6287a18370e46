/** What waits, taken in turns between clients: one that sends much does not hold up one that sends little. */
export interface FairQueue<T> {
  readonly size: number;
  push(client: string, item: T): void;
  /** The next `most` items, the oldest of each client in turn. */
  take(most: number): T[];
  /** Takes items of a client out before their turn. */
  remove(client: string, isGone: (item: T) => boolean): void;
}

export function createFairQueue<T>(): FairQueue<T> {
  // A map keeps the order of insertion: the client at the front is next, and goes to the back with what it has left.
  const waiting = new Map<string, T[]>();
  let size = 0;
  const keep = (client: string, items: T[]) => {
    if (items.length > 0) waiting.set(client, items);
    else waiting.delete(client);
  };
  return {
    get size() {
      return size;
    },
    push(client, item) {
      const items = waiting.get(client);
      if (items) items.push(item);
      else waiting.set(client, [item]);
      size++;
    },
    take(most) {
      const taken: T[] = [];
      while (taken.length < most && size > 0) {
        const [[client, items]] = waiting as unknown as [[string, T[]]];
        waiting.delete(client);
        taken.push(items.shift()!);
        size--;
        keep(client, items);
      }
      return taken;
    },
    remove(client, isGone) {
      const items = waiting.get(client) ?? [];
      const left = items.filter((item) => !isGone(item));
      size -= items.length - left.length;
      if (left.length > 0) waiting.set(client, left);
      else waiting.delete(client);
    },
  };
}
