/** What was found last. */
export interface LastFound<Key, Found> {
  /** The same again for as long as the same is asked for. */
  of(key: Key): Promise<Found>;
  forget(): void;
}

/**
 * Keeps what `find` gave last in a thread that answers one question after the other: people ask for the next page, or for another cell, of
 * one thing. Keys are plain data.
 */
export function lastFound<Key, Found>(find: (key: Key) => Promise<Found>): LastFound<Key, Found> {
  let last: { readonly text: string; readonly found: Found } | undefined;
  return {
    async of(key) {
      const text = JSON.stringify(key);
      if (last?.text !== text) {
        last = undefined;
        last = { text, found: await find(key) };
      }
      return last.found;
    },
    forget() {
      last = undefined;
    },
  };
}
