/** Results that are kept: with short arrays, some 3 MB. */
const MOST_RESULTS = 16_384;
/** Longer parts of a text are slices of it in V8, and keep all of it in memory. */
const LONGEST_TEXT = 12;

/** `work`, whose results for short texts are kept and given again. They must not be changed. */
export function remembered<T>(work: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const result = work(text);
    if (text.length > LONGEST_TEXT) return result;
    if (known.size === MOST_RESULTS) known.clear();
    known.set(text, result);
    return result;
  };
}
