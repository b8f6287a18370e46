/** One class that a picture may belong to. */
export interface Label {
  /** What a prediction returns, exactly as given. Unique within a set. */
  readonly label: string;
  /** The words that are put in a template: the label with `_` as spaces, unless given. */
  readonly className: string;
  /** Whole prompts to use in place of the templates; descriptions of the class, for instance. */
  readonly prompts?: readonly string[];
  /** The label of a broader class, for label sets that form a hierarchy. */
  readonly parent?: string;
}
