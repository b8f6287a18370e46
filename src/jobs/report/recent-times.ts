/** Shards of the last minutes, by which the rate is told. */
const RECENT_SECONDS = 600;

/**
 * When shards were done, of the last ten minutes before the last of them: by the clock of the store alone, and in memory for some
 * hundred seconds, however many shards there are.
 */
export class RecentTimes {
  /** By second since 1970: how many, and the first of them in milliseconds. */
  readonly #seconds = new Map<number, { count: number; first: number }>();
  #last = 0;

  /** @param time in milliseconds since 1970, in any order */
  add(time: number): void {
    this.#last = Math.max(this.#last, time);
    const second = Math.floor(time / 1000);
    const there = this.#seconds.get(second);
    if (there) {
      there.count++;
      there.first = Math.min(there.first, time);
    } else this.#seconds.set(second, { count: 1, first: time });
    if (this.#seconds.size > 2 * RECENT_SECONDS) this.#forget();
  }

  /** When the last shard was done; undefined before one is. */
  get last(): number | undefined {
    return this.#seconds.size === 0 ? undefined : this.#last;
  }

  /** Shards a second; undefined before two are done at different times. */
  get rate(): number | undefined {
    this.#forget();
    let [count, first] = [0, Number.POSITIVE_INFINITY];
    for (const second of this.#seconds.values()) {
      count += second.count;
      first = Math.min(first, second.first);
    }
    return this.#last > first ? ((count - 1) * 1000) / (this.#last - first) : undefined;
  }

  #forget(): void {
    const oldest = Math.floor(this.#last / 1000) - RECENT_SECONDS;
    for (const second of this.#seconds.keys()) if (second <= oldest) this.#seconds.delete(second);
  }
}
