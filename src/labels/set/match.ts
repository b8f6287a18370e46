/**
 * Finds the label that a known label of a data set is: the same text, or else the only one that looks the same, as Unicode
 * writes an `é` in one character or in two (in its normal form NFC or NFD). Undefined for a label that is not in the set.
 */
export function labelMatcher(labels: readonly string[]): (known: string) => string | undefined {
  const exact = new Set(labels);
  const composed = new Map<string, string | undefined>();
  for (const label of labels) {
    const key = label.normalize("NFC");
    composed.set(key, composed.has(key) ? undefined : label);
  }
  return (known) => (exact.has(known) ? known : composed.get(known.normalize("NFC")));
}
