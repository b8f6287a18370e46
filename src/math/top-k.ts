/** Up to this many are picked in one pass; for more, sorting all is faster. */
const SELECT_AT_MOST = 64;

/**
 * Positions of the `k` largest values, largest first; equal values keep their order, and NaN comes after all numbers. One pass
 * with a sorted window for the few that classification asks for, O(n k) at worst and O(n) on most inputs; O(n log n) for many.
 */
export function topK(values: ArrayLike<number>, k: number): number[] {
  const size = Math.min(k, values.length);
  if (!(size > 0)) return [];
  return size > SELECT_AT_MOST ? sortedPositions(values).slice(0, size) : selectedPositions(values, size);
}

function sortedPositions(values: ArrayLike<number>): number[] {
  const positions = Array.from(values, (_, position) => position);
  const numbers = positions.filter((position) => !Number.isNaN(values[position]));
  const others = positions.filter((position) => Number.isNaN(values[position]));
  return [...numbers.sort((a, b) => values[b]! - values[a]! || a - b), ...others];
}

function selectedPositions(values: ArrayLike<number>, size: number): number[] {
  const best: number[] = [];
  const others: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (best.length === size && !(value > values[best[size - 1]!]!)) continue;
    if (Number.isNaN(value)) {
      others.push(i);
      continue;
    }
    if (best.length === size) best.pop();
    let at = best.length;
    while (at > 0 && value > values[best[at - 1]!]!) at--;
    best.splice(at, 0, i);
  }
  return best.length < size ? [...best, ...others.slice(0, size - best.length)] : best;
}
