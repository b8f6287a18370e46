/** How a vector index is searched, so that it finds nearly all that an exact search finds. */
export interface VectorSearchSettings {
  /** Partitions that are looked at. */
  readonly probes: number;
  /** Candidates for each row asked for, which are then compared exactly. */
  readonly refine: number;
  /** Share of the ten nearest rows that was found with these, 0 to 1: the least over the kinds of queries. */
  readonly recall: number;
  /** Rows of the table as this was measured. */
  readonly rows: number;
}
