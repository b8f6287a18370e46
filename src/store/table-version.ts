/** One state of a table. Each write makes one, and those before it stay readable. */
export interface TableVersion {
  /** Counts from 1. */
  readonly version: number;
  /** ISO 8601, UTC. */
  readonly created: string;
  /** Number of rows. */
  readonly rows: number;
}
