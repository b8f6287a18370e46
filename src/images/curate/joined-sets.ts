/** Numbers from 0 in sets, of which two can be made one (union-find; Tarjan 1975, with path halving). */
export class JoinedSets {
  readonly #parents: Int32Array;

  constructor(size: number) {
    this.#parents = Int32Array.from({ length: size }, (_, at) => at);
  }

  join(a: number, b: number): void {
    const [first, second] = [this.#rootOf(a), this.#rootOf(b)];
    // The smaller number is the root, so that sets do not depend on the order of joining.
    if (first < second) this.#parents[second] = first;
    else this.#parents[first] = second;
  }

  /** The sets with two numbers and more, each in rising order. */
  groups(): number[][] {
    const groups = new Map<number, number[]>();
    for (let at = 0; at < this.#parents.length; at++) {
      const root = this.#rootOf(at);
      const group = groups.get(root);
      if (group) group.push(at);
      else groups.set(root, [at]);
    }
    return [...groups.values()].filter(({ length }) => length > 1);
  }

  #rootOf(at: number): number {
    const parents = this.#parents;
    let root = at;
    while (parents[root] !== root) {
      parents[root] = parents[parents[root]!]!;
      root = parents[root]!;
    }
    return root;
  }
}
