/** A class: its name, or an object. */
export type LabelInput = string | Label;

export interface Label {
  /** What predictions return. */
  readonly label: string;
  /** The words that are put in a template. Default: the label, `_` as spaces. */
  readonly className?: string;
  /** Whole prompts in place of the templates. */
  readonly prompts?: readonly string[];
  /** The label of a broader class. */
  readonly parent?: string;
}

/** A label set as it is, or as it was. */
export interface LabelSet {
  readonly name: string;
  /** From 1 up. */
  readonly version: number;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly labels: readonly Label[];
  readonly templates: readonly string[];
}

/** A version of a label set, without its labels. */
export interface LabelSetEntry {
  readonly name: string;
  readonly version: number;
  readonly created: string;
  /** How many. */
  readonly labels: number;
  /** The version by which the set was taken away. */
  readonly deleted?: true;
}

/** What a label set is made of. */
export interface LabelSetContent {
  readonly labels: readonly LabelInput[];
  /** Sentences with `{}` where the class name goes. Default `a photo of a {}`. */
  readonly templates?: readonly string[] | undefined;
}
