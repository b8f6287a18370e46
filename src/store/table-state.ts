import type { Column, Precision } from "./shape.js";

/** What a table says about itself. */
export interface TableDescription {
  /** All columns but the vectors. */
  readonly columns: Readonly<Record<string, Column>>;
  /** Length of the vectors; 0 for a table without. */
  readonly dimension: number;
  /** How their numbers are stored. */
  readonly precision: Precision;
  readonly rows: number;
  /** What was stored when the table was made. */
  readonly metadata: ReadonlyMap<string, string>;
  /** What was stored later, by `annotate`. */
  readonly annotations: ReadonlyMap<string, string>;
}

/** One state of a table. Each write makes one, and those before it stay readable. */
export interface TableVersion {
  /** Counts from 1. */
  readonly version: number;
  /** ISO 8601, UTC. */
  readonly created: string;
  /** Number of rows. */
  readonly rows: number;
}
