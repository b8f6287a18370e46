import { hash } from "node:crypto";

/**
 * Numbers texts from 0 in the order in which they come. They are held as 53 bits of their hash, 16 to 32 bytes each however long
 * they are, so that two of a million are taken for one with a chance of 1 in 18,000.
 */
export class HashedTexts {
  #keys = new Float64Array(512);
  /** The number of a text plus 1, where its hash or the next place that was free points to. Half of them at most are taken. */
  #slots = new Int32Array(1024);
  #size = 0;

  /** The number of a text; -1 where it has none. */
  numberOf(text: string): number {
    return this.#slots[this.#slotOf(keyOf(text))]! - 1;
  }

  /** The number of a text, which it is given where it has none. */
  add(text: string): number {
    const key = keyOf(text);
    const slot = this.#slotOf(key);
    if (this.#slots[slot] !== 0) return this.#slots[slot]! - 1;
    const number = this.#size++;
    this.#keys[number] = key;
    this.#slots[slot] = number + 1;
    if (this.#size === this.#keys.length) this.#grow();
    return number;
  }

  #slotOf(key: number): number {
    const last = this.#slots.length - 1;
    for (let slot = key & last; ; slot = (slot + 1) & last) {
      const taken = this.#slots[slot]!;
      if (taken === 0 || this.#keys[taken - 1] === key) return slot;
    }
  }

  #grow(): void {
    this.#keys = grown(this.#keys);
    this.#slots = new Int32Array(2 * this.#slots.length);
    for (let number = 0; number < this.#size; number++) {
      this.#slots[this.#slotOf(this.#keys[number]!)] = number + 1;
    }
  }
}

/** `values` in an array of twice their length. */
export function grown<T extends Float64Array | Uint8Array>(values: T): T {
  const longer = new (values.constructor as new (length: number) => T)(2 * values.length);
  longer.set(values);
  return longer;
}

function keyOf(text: string): number {
  const digest = hash("md5", text, "buffer");
  return digest.readUIntBE(0, 6) * 32 + (digest[6]! & 31);
}
