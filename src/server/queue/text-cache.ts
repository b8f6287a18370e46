import type { Embedding } from "../../encoder/embedding-batch.js";

/** Embeddings of texts that came before, within a number of bytes; the longest unused go first. */
export interface TextCache {
  get(text: string): Embedding | undefined;
  set(text: string, embedding: Embedding): void;
}

/** What an entry takes beside its text and vector: the entry of the map, the objects, the typed array's head. */
const ENTRY_BYTES = 250;

export function createTextCache(mostBytes: number): TextCache {
  // A map keeps the order of insertion, so the first entry is the one that was not used for longest.
  const entries = new Map<string, Embedding>();
  let bytes = 0;
  const sizeOf = (text: string, { embedding }: Embedding) =>
    2 * text.length + embedding.byteLength + ENTRY_BYTES;
  const forget = (text: string, embedding: Embedding) => {
    entries.delete(text);
    bytes -= sizeOf(text, embedding);
  };
  return {
    get(text) {
      const found = entries.get(text);
      if (!found) return undefined;
      entries.delete(text);
      entries.set(text, found);
      return found;
    },
    set(text, embedding) {
      const before = entries.get(text);
      if (before) forget(text, before);
      entries.set(text, embedding);
      bytes += sizeOf(text, embedding);
      for (const [oldest, value] of entries) {
        if (bytes <= mostBytes) break;
        forget(oldest, value);
      }
    },
  };
}
