import { allEmbeddings } from "../../encoder/embedding-batch.js";
import type { Encoder } from "../../encoder/encoder.js";
import { NearlabelError, optionError } from "../../errors.js";
import type { ImageSource } from "../../image/source.js";
import { embedLabels } from "../../labels/prompts/embed-labels.js";
import { row } from "../../math/matrix.js";
import { normalise } from "../../math/vector.js";
import type { RelevanceScale } from "./relevance.js";
import { withoutMean } from "./relevance-scale.js";

/** Words that are looked for, or with a weight below 0, that are not. */
export interface TextTerm {
  readonly text: string;
  /** Against the other terms. Default 1. */
  readonly weight?: number | undefined;
}

/** A picture that others should look like, or with a weight below 0, should not. */
export interface ImageTerm {
  readonly image: ImageSource;
  /** Against the other terms. Default 1. */
  readonly weight?: number | undefined;
}

/** A picture, or anything else, of which the embedding is known: as the table's model makes it, of unit length. */
export interface EmbeddingTerm {
  readonly embedding: Float32Array;
  /** Against the other terms. Default 1. */
  readonly weight?: number | undefined;
}

/** What is looked for: words, or several things at once. Strings are words; a file is `{ image: imageFile(path) }`. */
export type SearchQuery = string | readonly (string | TextTerm | ImageTerm | EmbeddingTerm)[];

/** A query as vectors of unit length. */
export interface QueryVectors {
  /** Sum of the embeddings, by their weights: what similarity is the cosine to. */
  readonly embedding: Float32Array;
  /** For a query of texts alone: the same of their directions from the mean of neutral texts. */
  readonly direction?: Float32Array;
}

type Term = TextTerm | ImageTerm | EmbeddingTerm;

/** @throws NearlabelError `OPTION_INVALID` for no terms, empty words, weights that are 0 or no numbers, nothing but minus */
export function termsOf(query: SearchQuery): readonly Term[] {
  const terms = [query].flat().map((term) => (typeof term === "string" ? { text: term } : term)) as Term[];
  for (const term of terms) {
    const { weight = 1 } = term;
    if (!Number.isFinite(weight) || weight === 0)
      throw optionError("a weight", "a number other than 0", weight);
    if ("text" in term ? typeof term.text === "string" && term.text.trim() !== "" : "image" in term) continue;
    if ("embedding" in term) continue;
    throw optionError(
      "query",
      "words, or { text }, { image } and { embedding } of which none is empty",
      "text" in term ? term.text : term,
    );
  }
  if (!terms.some(({ weight = 1 }) => weight > 0)) {
    const got = terms.length === 0 ? "nothing" : "only what pictures should not show";
    throw new NearlabelError("OPTION_INVALID", `Expected words or a picture to look for, got ${got}.`);
  }
  return terms;
}

/** @throws NearlabelError `OPTION_INVALID` where the terms take each other away; the pictures' own */
export async function embedQuery(
  terms: readonly Term[],
  { model, templates, scale, signal }: EmbedQueryOptions,
): Promise<QueryVectors> {
  const vectors = await embedTerms(terms, model, templates, signal);
  const weights = terms.map(({ weight = 1 }) => weight);
  const embedding = weightedSum(vectors, weights);
  if (!scale) return { embedding };
  const directions = vectors.map((vector) => withoutMean(vector, scale.textMean));
  const told = directions.filter((direction) => direction !== undefined);
  if (told.length < directions.length) return { embedding };
  return { embedding, direction: weightedSum(told, weights) };
}

interface EmbedQueryOptions {
  readonly model: Encoder;
  readonly templates: readonly string[];
  /** Absent where no direction is wanted. */
  readonly scale: RelevanceScale | undefined;
  readonly signal: AbortSignal | undefined;
}

async function embedTerms(
  terms: readonly Term[],
  model: Encoder,
  templates: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Float32Array[]> {
  const texts = terms.filter((term) => "text" in term).map(({ text }) => ({ label: text, className: text }));
  const pictures = terms.filter((term) => "image" in term).map(({ image }) => image);
  const ofTexts = texts.length > 0 ? await embedLabels(model, texts, templates, { signal }) : undefined;
  const ofPictures =
    pictures.length > 0 ? allEmbeddings(await model.embedImages(pictures, { signal })) : undefined;
  let [text, picture] = [0, 0];
  return terms.map((term) => {
    if ("embedding" in term) return term.embedding;
    return "text" in term ? row(ofTexts!, text++) : row(ofPictures!, picture++);
  });
}

function weightedSum(vectors: readonly Float32Array[], weights: readonly number[]): Float32Array {
  const sum = new Float32Array(vectors[0]!.length);
  for (const [at, vector] of vectors.entries()) {
    for (let i = 0; i < sum.length; i++) sum[i]! += weights[at]! * vector[i]!;
  }
  if (Math.hypot(...sum) > 1e-6) return normalise(sum);
  throw new NearlabelError(
    "OPTION_INVALID",
    "What the query adds and what it takes away are the same, so nothing is left to look for.",
  );
}
