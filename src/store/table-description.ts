/** What a table says about itself. */
export interface TableDescription {
  /** Length of the vectors. */
  readonly dimension: number;
  readonly rows: number;
  /** What was stored when the table was made. */
  readonly metadata: ReadonlyMap<string, string>;
  /** What was stored later, by `annotate`. */
  readonly annotations: ReadonlyMap<string, string>;
}
