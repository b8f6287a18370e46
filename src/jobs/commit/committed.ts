import { NearlabelError } from "../../errors.js";
import { parseJson } from "../../files/json.js";
import type { Plan } from "../plan/plan.js";

/** Numbers of shards, kept as ranges: shards mostly get into a table in their order. */
export class ShardSet {
  /** `[first, last]`, in order, with gaps between. */
  readonly #ranges: [number, number][];

  constructor(ranges: readonly (readonly [number, number])[] = []) {
    this.#ranges = ranges.map(([first, last]) => [first, last]);
  }

  get ranges(): readonly (readonly [number, number])[] {
    return this.#ranges;
  }

  get size(): number {
    return this.#ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  }

  has(shard: number): boolean {
    const range = this.#ranges[this.#before(shard)];
    return range !== undefined && shard <= range[1];
  }

  add(shard: number): void {
    const at = this.#before(shard);
    const [below, above] = [this.#ranges[at], this.#ranges[at + 1]];
    if (below && shard <= below[1]) return;
    const [touchesBelow, touchesAbove] = [below?.[1] === shard - 1, above?.[0] === shard + 1];
    if (touchesBelow && touchesAbove) {
      below![1] = above![1];
      this.#ranges.splice(at + 1, 1);
    } else if (touchesBelow) below![1] = shard;
    else if (touchesAbove) above![0] = shard;
    else this.#ranges.splice(at + 1, 0, [shard, shard]);
  }

  /** Position of the last range that begins at or before `shard`; -1 for none. */
  #before(shard: number): number {
    let [low, high] = [0, this.#ranges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ranges[middle]![0] <= shard) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** The annotation of a table that says which shards of a plan are in it. Restoring an earlier table restores it as well. */
export function committedKey({ id }: Pick<Plan, "id">): string {
  return `shards ${id.slice(0, 16)}`;
}

/** @throws NearlabelError `TABLE_INVALID` for an annotation that is damaged */
export function committedOf(annotation: string | undefined, place: string): ShardSet {
  if (annotation === undefined) return new ShardSet();
  const ranges = parseJson(annotation, `${place}: the shards of the table`, "TABLE_INVALID");
  const isRange = (range: unknown) =>
    Array.isArray(range) && range.length === 2 && range.every(Number.isSafeInteger);
  if (Array.isArray(ranges) && ranges.every(isRange)) return new ShardSet(ranges as [number, number][]);
  throw new NearlabelError("TABLE_INVALID", `${place}: expected ranges of shards, got other JSON.`);
}
