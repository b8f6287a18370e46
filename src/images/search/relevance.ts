/**
 * Where relevance ends. The relevance of a picture to a query of texts is the cosine of the picture and the query's direction
 * from the mean of neutral texts, in standard deviations of what pictures have to neutral texts. The best of n normally
 * distributed numbers is about sqrt(2 ln n), so this is what chance gives. docs/search.md has what the bars above it were
 * chosen and measured on.
 */

/** The best picture has to have this many times what chance gives, or there is nothing: the tail is wider than the normal one. */
const PRESENT = 1.35;
/** The others have to have this share of what the best has, as well as what chance gives. */
const SHARE_OF_BEST = 0.6;
/** A table of fewer pictures is taken for one of as many. */
const FEW_PICTURES = 8;

/** What relevance is measured from, of one model and the pictures of one table. */
export interface RelevanceScale {
  /** Mean of the embeddings of neutral texts: what all texts of this model have in common. */
  readonly textMean: Float32Array;
  /** Standard deviation of the similarities of pictures to neutral texts, both without that mean. */
  readonly spread: number;
}

/** What became of a query's results by relevance. */
export interface RelevanceCut {
  /** Relevance of the best picture there is; absent where there is none. */
  readonly best?: number;
  /** What the best has to reach. */
  readonly present: number;
  /** What the others have to reach. */
  readonly least: number;
  /** Whether the best is below `present`: nothing in the table looks like the query. */
  readonly absent: boolean;
}

/** What the best of `pictures` pictures has to reach, and what the others where the best has `best`. */
export function relevanceBars(
  pictures: number,
  best = 0,
): { readonly present: number; readonly least: number } {
  const chance = Math.sqrt(2 * Math.log(Math.max(FEW_PICTURES, pictures)));
  return { present: PRESENT * chance, least: Math.max(chance, SHARE_OF_BEST * best) };
}

/**
 * @param falling relevances of pictures that were found, best first
 * @param pictures number of pictures in the table
 * @param best relevance of the best of all that were found
 * @returns how many of `falling` are kept, beside the cut
 */
export function cutByRelevance(
  falling: readonly number[],
  pictures: number,
  best = falling[0],
): RelevanceCut & { readonly kept: number } {
  const { present, least } = relevanceBars(pictures, best);
  const absent = best === undefined || best < present;
  const end = falling.findIndex((relevance) => relevance < least);
  const kept = absent ? 0 : end === -1 ? falling.length : end;
  return { ...(best !== undefined && { best }), present, least, absent, kept };
}
