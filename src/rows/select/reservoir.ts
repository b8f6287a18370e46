import { type RandomGenerator, uniformFloat64, uniformInt } from "../../math/random.js";

/**
 * Draws `capacity` items without replacement, each as likely as any other, from a stream of unknown length: Algorithm L
 * of Li, "Reservoir-Sampling Algorithms of Time Complexity O(n(1 + log(N/n)))", ACM TOMS 20(4), 1994. It says which item
 * of the stream it takes next, so that those between need not be looked at.
 */
export class Reservoir {
  readonly items: number[] = [];
  /** Position in the stream, from 0, of the item that is taken next; the others are passed over. */
  next: number;
  readonly #capacity: number;
  readonly #random: RandomGenerator;
  /** The largest of `capacity` uniform numbers, the keys of the items that are held. */
  #threshold = 1;

  constructor(capacity: number, random: RandomGenerator) {
    this.#capacity = capacity;
    this.#random = random;
    this.next = capacity === 0 ? Number.POSITIVE_INFINITY : 0;
  }

  /** Takes the item that stands at `next`, in place of one that is held where there is no room. */
  take(item: number): void {
    if (this.items.length < this.#capacity) this.items.push(item);
    else this.items[uniformInt(this.#random, 0, this.#capacity - 1)] = item;
    if (this.items.length < this.#capacity) this.next++;
    else this.#skip();
  }

  #skip(): void {
    this.#threshold *= Math.exp(this.#logUniform() / this.#capacity);
    this.next += Math.floor(this.#logUniform() / Math.log1p(-this.#threshold)) + 1;
  }

  /** Of a number in (0, 1], which has a finite logarithm. */
  #logUniform(): number {
    return Math.log(1 - uniformFloat64(this.#random));
  }
}
