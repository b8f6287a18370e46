/** A node of the trie: what its bits mean is settled by Darts-clone (Yata, github.com/s-yata/darts-clone). */
const unit = {
  hasLeaf: (bits: number) => ((bits >>> 8) & 1) === 1,
  /** Of a leaf: where its replacement starts. */
  value: (bits: number) => bits & 0x7fffffff,
  label: (bits: number) => bits & 0x800000ff,
  offset: (bits: number) => (bits >>> 10) << ((bits & 0x200) >>> 6),
};

/** Longer sequences are looked up character by character. In bytes. */
const LONGEST = 5;

/**
 * The replacing of characters by which a SentencePiece model normalises texts, as `tokenizer.json` keeps it
 * (`precompiled_charsmap`): in base64 the size of a double-array trie in bytes, the trie over UTF-8, and the
 * replacements, each ended by a zero byte. Looked up as Python's `tokenizers` does: what is seen as one character
 * first, by the shortest entry that it starts with, then its code points one by one.
 */
export function openCharacterMap(base64: string): (text: string) => string {
  const bytes = Buffer.from(base64, "base64");
  const size = bytes.readUInt32LE(0);
  const trie = Uint32Array.from({ length: size / 4 }, (_, index) => bytes.readUInt32LE(4 + 4 * index));
  const replacements = bytes.subarray(4 + size);
  const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
  const replacementOf = (characters: string) => {
    const start = shortestEntry(trie, Buffer.from(characters));
    return start === undefined
      ? undefined
      : replacements.toString("utf8", start, replacements.indexOf(0, start));
  };
  const replaced = (grapheme: string) => {
    const whole = Buffer.byteLength(grapheme) <= LONGEST ? replacementOf(grapheme) : undefined;
    return whole ?? Array.from(grapheme, (character) => replacementOf(character) ?? character).join("");
  };
  return (text) => Array.from(graphemes.segment(text), ({ segment }) => replaced(segment)).join("");
}

/** The value of the shortest entry that `key` starts with. */
function shortestEntry(trie: Uint32Array, key: Uint8Array): number | undefined {
  let node = unit.offset(trie[0] ?? 0);
  for (const byte of key) {
    if (byte === 0) return undefined;
    node ^= byte;
    const bits = trie[node] ?? 0;
    if (unit.label(bits) !== byte) return undefined;
    node ^= unit.offset(bits);
    if (unit.hasLeaf(bits)) return unit.value(trie[node] ?? 0);
  }
  return undefined;
}
