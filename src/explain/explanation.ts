import type { Cropped, ModelInput } from "../image/preprocess/preprocess.js";
import type { Normalisation } from "../image/preprocess/preprocessing.js";
import type { RgbImage, Size } from "../image/source.js";
import type { LabelIndexInfo } from "../labels/index/index-info.js";
import type { Label } from "../labels/set/label.js";
import type { Matrix } from "../math/matrix.js";
import type { Prediction, Scoring } from "../scoring/scores.js";
import type { ColumnType } from "../store/shape.js";

/**
 * How one picture gets its labels: each step of the recipe with its values, in the order in which they are made. Plain
 * data, of which `plainExplanation` makes JSON.
 */
export interface Explanation {
  readonly model: ExplainedModel;
  readonly templates: readonly string[];
  /** In the order given, which is that of `classEmbeddings`. */
  readonly labels: readonly ExplainedLabel[];
  /** Each prompt once, in the order of the rows of `textEmbeddings`. */
  readonly prompts: readonly ExplainedPrompt[];
  readonly padding: Padding;
  /** Unit-length rows, one a prompt. */
  readonly textEmbeddings: Matrix;
  /** Length of each text embedding as the network gave it, before it was brought to unit length. */
  readonly textNorms: Float64Array;
  /** Unit-length rows, one a label: the normalised mean of the label's text embeddings. */
  readonly classEmbeddings: Matrix;
  readonly table: ExplainedTable;
  readonly picture: ExplainedPicture;
  /** Unit length. */
  readonly imageEmbedding: Float32Array;
  /** Length of the image embedding as the network gave it. */
  readonly imageNorm: number;
  /** Every label with its similarity, distance, logit and score, nearest first: what `classify` gives without `topK`. */
  readonly predictions: readonly Prediction[];
}

/** The model, and how it makes logits and scores of cosines. */
export interface ExplainedModel {
  readonly id: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly fingerprint: string;
  readonly dtype: string;
  /** Numbers in every embedding. */
  readonly dimension: number;
  /** Longest text in tokens, start and end tokens included. */
  readonly contextLength: number;
  readonly scoring: Scoring;
}

/** A label and where its prompts stand. */
export interface ExplainedLabel extends Label {
  /** Positions in `Explanation.prompts`. */
  readonly promptsAt: readonly number[];
}

/** A filled template as the text tower reads it. */
export interface ExplainedPrompt {
  readonly text: string;
  /** Without padding. */
  readonly tokens: readonly Token[];
  /** Whether the text was longer than the model's context and was cut. */
  readonly truncated: boolean;
}

export interface Token {
  readonly id: number;
  /** The part of the text that it stands for; a part of a character is U+FFFD. */
  readonly text: string;
}

/** What shorter prompts are filled up with, so that all are equally long. */
export interface Padding extends Token {
  /** Tokens of the longest prompt, or as many as the model wants of every text. */
  readonly length: number;
  readonly side: "left" | "right";
}

/** The label index: the LanceDB table that was made of labels and class embeddings, searched, and removed again. */
export interface ExplainedTable {
  readonly columns: readonly { readonly name: string; readonly type: ColumnType | "vector" }[];
  /** What the table says about itself. */
  readonly info: LabelIndexInfo;
  /** Cosine distance of the image embedding to each label as LanceDB gives it in single precision, in the order of the labels. */
  readonly distances: Float64Array;
}

/** A picture on its way from pixels to what the image tower takes. */
export interface ExplainedPicture extends Size {
  readonly resized: ResizedPicture;
  /** What is cut out of the resized picture; absent where nothing is. */
  readonly crop?: Cropped;
  /** What the model sees, in 8 bits. */
  readonly cropped: RgbImage;
  /** What levels of 0 to 255 are multiplied by. */
  readonly rescaleFactor: number;
  /** Absent where the model takes the rescaled levels as they are. */
  readonly normalisation?: Normalisation;
  /** What the image tower takes. */
  readonly normalised: ModelInput;
}

/** The whole picture after resizing. */
export interface ResizedPicture extends Size {
  /** As in `RgbImage`. Absent for one of more than 4 million pixels: it is far longer than wide, and most of it is cut off. */
  readonly data?: RgbImage["data"];
}
