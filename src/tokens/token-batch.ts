/** Token ids of several texts, padded to the longest, or to the context length where the family wants that. */
export interface TokenBatch {
  /** `texts` x `length`, row-major. */
  readonly ids: Int32Array;
  /** Same shape: 1 where `ids` holds a token of the text, 0 where it holds padding. */
  readonly attentionMask: Int32Array;
  readonly texts: number;
  readonly length: number;
  /** What `ids` holds as padding. */
  readonly padId: number;
  /** Positions of the texts that were longer than the model's context and were cut. */
  readonly truncated: readonly number[];
}
