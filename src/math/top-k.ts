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

/** Where the largest values of several arrays are kept: `kept` places for each array. */
export interface Largest {
  readonly kept: number;
  /** Positions within its array, largest value first. */
  readonly positions: Int32Array;
  readonly values: Float64Array;
}

/**
 * Writes the largest of `values` to the places of array number `row`: what `topK` gives, without an array for each call.
 * There must be at least `kept` values. Equal ones keep their order.
 */
export function keepLargest(values: Float64Array, to: Largest, row: number): void {
  const { kept, positions, values: largest } = to;
  const [first, last] = [row * kept, (row + 1) * kept - 1];
  let end = first;
  for (let position = 0; position < values.length; position++) {
    const value = values[position]!;
    if (end > last && !(value > largest[last]!)) continue;
    let at = end > last ? last : end++;
    for (; at > first && value > largest[at - 1]!; at--) {
      largest[at] = largest[at - 1]!;
      positions[at] = positions[at - 1]!;
    }
    largest[at] = value;
    positions[at] = position;
  }
}
