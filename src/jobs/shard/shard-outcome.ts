import type { NearlabelError } from "../../errors.js";

/** What became of one try to do a shard. */
export interface ShardOutcome {
  readonly shard: number;
  /**
   * `done` by this attempt; `present` before it began; `late` as another attempt was marked first; `retry` for what may go well
   * at another time or elsewhere; `poison` for what will not.
   */
  readonly state: "done" | "present" | "late" | "retry" | "poison";
  /** Pictures that are embedded, and that failed, by the marker that counts. */
  readonly rows: number;
  readonly failed: number;
  readonly seconds: number;
  /** Why it was not done. */
  readonly error?: NearlabelError;
}
