import type { EmbeddingCache } from "../encoder/embedding-cache.js";
import type { Encoder } from "../encoder/encoder.js";
import type { Label } from "../labels/set/label.js";
import type { Matrix } from "../math/matrix.js";
import type { Dataset } from "../rows/dataset.js";
import type { Headline } from "./run/run.js";

/** One column of a comparison. */
export interface RunSpec {
  /** Tells the runs apart. */
  readonly name: string;
  /** What the label index is called that the labels come from, if they come from one. Messages about labels name it. */
  readonly index?: string | undefined;
  readonly model: Encoder;
  readonly labels: readonly Label[];
  readonly templates: readonly string[];
  /** Class embeddings that are known already, one row a label; then nothing is encoded. */
  readonly classEmbeddings?: Matrix | undefined;
  /** `original` is the tutorial's arithmetic, for comparison; it takes no templates. Default: cosine. */
  readonly method?: "cosine" | "original" | undefined;
  /** Divides the logits. Default 1. */
  readonly temperature?: number | undefined;
  /**
   * Content hashes of pictures that `classEmbeddings` were fitted on, such as `exampleHashes` gives: the evaluation leaves them
   * out, of all runs, and counts them. Default: none.
   */
  readonly fittedOn?: ReadonlySet<string> | undefined;
}

export interface EvaluateOptions {
  readonly dataset: Dataset;
  /** At least one. */
  readonly runs: readonly RunSpec[];
  /**
   * What pictures are whose label is not in every label set: a mistake (`refuse`, the default), none of this evaluation's
   * business (`ignore`), or unknown pictures, to be told from those of the labels (`detect`).
   */
  readonly otherLabels?: "refuse" | "ignore" | "detect" | undefined;
  /** Seed of the bootstrap. Default 0. */
  readonly seed?: number | undefined;
  /** The command line that this is run by, to be told in the result. */
  readonly command?: string | undefined;
  /** Where embeddings of pictures are kept between evaluations. Default: nowhere. */
  readonly cacheOf?: ((model: Encoder) => Promise<EmbeddingCache | undefined>) | undefined;
  /** Stops between pictures and rejects with the signal's reason; what was embedded stays in the cache. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of pictures that `model` has embedded so far. */
  readonly onProgress?: ((done: number, model: Encoder) => void) | undefined;
  /** Told the accuracy of each run as soon as its pictures are scored. */
  readonly onHeadline?: ((headline: Headline) => void) | undefined;
}
