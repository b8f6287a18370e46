/**
 * Where relevance ends. The relevance of a picture to a query of texts is the cosine of the picture and the query's direction
 * from the mean of neutral texts, in standard deviations of what pictures have to neutral texts. The best of n normally
 * distributed numbers is about sqrt(2 ln n), so this is what chance gives. docs/search.md has what the margins over it were
 * chosen and measured on.
 */

/** Beyond chance: pictures of less are left out. */
const LEAST_MARGIN = 0.3;
/** Beyond chance: the best picture has to have this much, or there is nothing. */
const PRESENT_MARGIN = 1.2;

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

/** What the best of `pictures` pictures has to reach, and what the others. */
export function relevanceBars(pictures: number): { readonly present: number; readonly least: number } {
  const chance = Math.sqrt(2 * Math.log(Math.max(1, pictures)));
  return { present: chance + PRESENT_MARGIN, least: chance + LEAST_MARGIN };
}

/**
 * @param falling relevances of the pictures found, best first
 * @param pictures number of pictures in the table
 */
export function cutByRelevance(
  falling: readonly number[],
  pictures: number,
): RelevanceCut & { readonly kept: number } {
  const { present, least } = relevanceBars(pictures);
  const [best] = falling;
  const absent = best === undefined || best < present;
  const end = falling.findIndex((relevance) => relevance < least);
  const kept = absent ? 0 : end === -1 ? falling.length : end;
  return { ...(best !== undefined && { best }), present, least, absent, kept };
}
