import type { Label } from "./labels.js";
import type { ClassifyOptions, Prediction } from "./results.js";

/** The labels that an explanation is about: 500 at most. */
export type ExplainOptions = Pick<ClassifyOptions, "model" | "labels" | "labelSet" | "templates" | "signal">;

/** How one picture gets its labels: each step with its values, to seven digits. */
export interface Explanation {
  readonly model: ExplainedModel;
  readonly templates: readonly string[];
  /** In the order given, which is that of `classEmbeddings`. */
  readonly labels: readonly ExplainedLabel[];
  /** Each prompt once, in the order of `textEmbeddings`. */
  readonly prompts: readonly ExplainedPrompt[];
  /** What shorter prompts are filled up with, to `length` tokens. */
  readonly padding: Token & { readonly length: number; readonly side: "left" | "right" };
  /** Unit length, one row a prompt. */
  readonly textEmbeddings: Rows;
  /** Length of each text embedding before it was brought to unit length. */
  readonly textNorms: readonly number[];
  /** One row a label: the mean of its text embeddings, at unit length. */
  readonly classEmbeddings: Rows;
  readonly table: {
    readonly columns: readonly { readonly name: string; readonly type: string }[];
    /** Cosine distance of the picture to each label, in their order, as LanceDB gives it in single precision. */
    readonly distances: readonly number[];
  };
  readonly picture: ExplainedPicture;
  /** Unit length. */
  readonly imageEmbedding: readonly number[];
  /** Length of the image embedding before it was brought to unit length. */
  readonly imageNorm: number;
  /** Every label, nearest first. */
  readonly predictions: readonly Prediction[];
  /** The arithmetic of the tutorial as it was first published, on the same picture and labels. */
  readonly tutorial: TutorialExplanation;
}

export interface ExplainedModel {
  readonly id: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly fingerprint: string;
  readonly dtype: string;
  /** Numbers in every embedding. */
  readonly dimension: number;
  /** Longest text in tokens, start and end tokens included. */
  readonly contextLength: number;
  readonly scoring: {
    readonly logitScale: number;
    readonly logitBias: number;
    readonly scoreFunction: "softmax" | "sigmoid";
  };
}

export interface ExplainedLabel extends Label {
  readonly className: string;
  /** Positions in `prompts`. */
  readonly promptsAt: readonly number[];
}

export interface ExplainedPrompt {
  readonly text: string;
  /** Without padding. */
  readonly tokens: readonly Token[];
  /** Whether the text was longer than the model's context and was cut. */
  readonly truncated: boolean;
}

export interface Token {
  readonly id: number;
  /** The part of the text that it stands for. */
  readonly text: string;
}

/** A matrix, row by row. */
export interface Rows {
  readonly data: readonly number[];
  readonly rows: number;
  readonly columns: number;
}

/** Pixels, row by row, red, green and blue of each, as levels of 0 to 255. */
export interface Levels {
  readonly data: readonly number[];
  readonly width: number;
  readonly height: number;
}

/** A picture on its way from pixels to what the image tower takes. */
export interface ExplainedPicture {
  readonly width: number;
  readonly height: number;
  /** Without `data` where it has more than 4 million pixels. */
  readonly resized: Omit<Levels, "data"> & { readonly data?: readonly number[] };
  /** What is kept of the resized picture, and where it lies in the cropped one; absent where nothing is cut. */
  readonly crop?: {
    readonly kept: {
      readonly left: number;
      readonly top: number;
      readonly width: number;
      readonly height: number;
    };
    readonly left: number;
    readonly top: number;
  };
  readonly cropped: Levels;
  /** What levels are multiplied by. */
  readonly rescaleFactor: number;
  readonly normalisation?: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** All red numbers row by row, then green, then blue. */
  readonly normalised: Levels;
}

/** Squared L2 distances between vectors that are not of unit length. */
export interface TutorialExplanation {
  /** In the order of the labels: `imageSquare` + the label's square - 2 x its product. */
  readonly distances: readonly number[];
  /** Squared length of the image vector: the same in every distance, and most of it. */
  readonly imageSquare: number;
  readonly labelSquares: readonly number[];
  /** Dot product of the image vector and each label's: all that tells which label the picture has. */
  readonly products: readonly number[];
  /** Positions of the labels, nearest first. */
  readonly ranking: readonly number[];
}
