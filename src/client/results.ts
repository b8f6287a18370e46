import type { LabelInput } from "./labels.js";
import type { CallOptions } from "./transport.js";

/** With what pictures are compared, and what is told of it. */
export interface ClassifyOptions extends CallOptions {
  /** A model that the server has. Default: its first. */
  readonly model?: string | undefined;
  /** Either these, or `labelSet`. */
  readonly labels?: readonly LabelInput[] | undefined;
  /** A label set or label index of the server: `name`, or `name@version`. */
  readonly labelSet?: string | undefined;
  /** Sentences with `{}` where the class name goes. Default: those of the label set, or `a photo of a {}`. */
  readonly templates?: readonly string[] | undefined;
  /** Predictions a picture. Default: 5. */
  readonly topK?: number | undefined;
  /** Leave out lower scores, 0 to 1: one for all labels, or one each, by label. */
  readonly minScore?: number | Readonly<Record<string, number>> | undefined;
  /** Leave out lower cosines, -1 to 1. */
  readonly minSimilarity?: number | undefined;
  /** Score each label on its own. */
  readonly multiLabel?: boolean | undefined;
  /** What logits are divided by before they become scores. */
  readonly temperature?: number | undefined;
  /** Tell pictures that seem to show none of the labels; `true` as is stored in a label index. */
  readonly reject?: Reject | true | undefined;
  /** Where the labels of a label index are looked for; `table` is for indexes that do not fit in memory. Default: `memory`. */
  readonly search?: "memory" | "table" | undefined;
}

export interface Reject {
  readonly method: "similarity" | "mcm" | "negative-labels";
  readonly threshold: number;
  readonly negatives?: readonly string[];
}

/** One label that a picture may have. */
export interface Prediction {
  readonly label: string;
  /** 0 to 1. */
  readonly score: number;
  /** Cosine between picture and label, -1 to 1. */
  readonly similarity: number;
  /** 1 - similarity. */
  readonly distance: number;
  readonly logit: number;
  /** 1 is the nearest. */
  readonly rank: number;
}

/** What became of one picture: `predictions`, best first, or the `error` that kept it from having any. */
export interface PictureResult {
  /** Of the picture in the request, from 0. */
  readonly index: number;
  /** The name that the picture came with, or its number. */
  readonly id: string;
  /** There where a fitted temperature made the scores. */
  readonly calibrated?: true;
  /** There where the picture seems to show none of the labels. */
  readonly unknown?: { readonly method: string; readonly value: number; readonly threshold: number };
  readonly predictions?: readonly Prediction[];
  readonly error?: { readonly code: string; readonly message: string };
}
