import { checkPart, requireOptions } from "../../arguments.js";
import type { Encoder } from "../../encoder/encoder.js";
import { optionError } from "../../errors.js";
import { templateSet } from "../../labels/prompts/templates.js";
import { dot } from "../../math/vector.js";
import type { ImageTable } from "../table/image-table.js";
import type { StoredImage } from "../table/stored-image.js";
import type { SearchFilter } from "./filter.js";
import { isLoaded, type LoadedImages, nearestLoaded } from "./loaded-images.js";
import type { Found, NearestOptions } from "./nearest.js";
import { embedQuery, type QueryVectors, type SearchQuery, termsOf } from "./query.js";
import { cutByRelevance, type RelevanceCut, type RelevanceScale } from "./relevance.js";
import { relevanceScale, SEARCH_TEMPLATES } from "./relevance-scale.js";
import { nearestInTable } from "./table-search.js";

export interface SearchOptions extends SearchFilter {
  /** The model that embedded the pictures. */
  readonly model: Encoder;
  /** Pictures at most. Default 20. */
  readonly limit?: number | undefined;
  /**
   * Passes over the best of them: with `version`, the next page. Above 0 every picture is compared, as an index finds others of the
   * nearest the more it is asked for, so that its pages would not fit each other. Default 0.
   */
  readonly offset?: number | undefined;
  /** The version of the table that is read, as an earlier page told it. Default: the newest. */
  readonly version?: number | undefined;
  /** Gives pictures beyond the end of relevance too. Default false. */
  readonly all?: boolean | undefined;
  /** Pictures of this cosine at least, in the order of their cosines; relevance plays no part then. */
  readonly minSimilarity?: number | undefined;
  /** Sentences with `{}` for the words; of several the mean is taken. Default `a photo of {}`. */
  readonly templates?: readonly string[] | undefined;
  /** Compares with every picture, whatever indexes there are. Default false. */
  readonly exact?: boolean | undefined;
  /** Rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A picture that was found. */
export interface SearchResult {
  /** Counts from 1, over all pages. */
  readonly rank: number;
  readonly image: StoredImage;
  /** Cosine of the embeddings of query and picture, -1 to 1. */
  readonly similarity: number;
  /** How far the similarity is beyond chance, in standard deviations; for queries of words only. */
  readonly relevance?: number;
}

export interface SearchResults {
  /** Best first: by relevance where there is one, else by similarity. */
  readonly results: readonly SearchResult[];
  /** Whether there are more beyond these. */
  readonly more: boolean;
  /** The version of the table that was read. */
  readonly version: number;
  /** What relevance did; absent where it plays no part: with a picture in the query, or `minSimilarity`. */
  readonly relevance?: RelevanceCut;
  /** The nearest three, where relevance left nothing: chance can do as well, but a single picture may be what was meant. */
  readonly nearest?: readonly SearchResult[];
}

/**
 * The pictures of a table that are nearest to words, pictures, or both. A query of words ends where relevance ends, and gives
 * nothing where nothing in the table looks like it.
 *
 * @throws NearlabelError `TABLE_MODEL_MISMATCH`, `TABLE_FILTER_INVALID`, `OPTION_INVALID`, `TEMPLATE_INVALID`,
 * `TABLE_INVALID`; those of pictures in the query
 */
export async function search(
  table: ImageTable | LoadedImages,
  query: SearchQuery,
  options: SearchOptions,
): Promise<SearchResults> {
  checkPart("pictures", table, "table");
  checkSearchOptions(options);
  const { model, limit = LIMIT, offset = 0, templates, signal } = options;
  signal?.throwIfAborted();
  await table.checkModel(model);
  const terms = termsOf(query);
  const byRelevance = options.minSimilarity === undefined && terms.every((term) => "text" in term);
  const scale = byRelevance ? await scaleFor(table, model, signal) : undefined;
  const checked = templates === undefined ? SEARCH_TEMPLATES : templateSet(templates);
  const vectors = await embedQuery(terms, { model, templates: checked, scale, signal });
  signal?.throwIfAborted();
  const exact = options.exact || offset > 0;
  const direction = vectors.direction ?? vectors.embedding;
  const find = (part: Pick<NearestOptions, "k" | "offset" | "version">): Promise<Found> => {
    const near = { ...options, exact, ...part };
    return isLoaded(table) ? nearestLoaded(table, direction, near) : nearestInTable(table, direction, near);
  };
  // Where relevance ends depends on the best of all, which come with the page unless that is far from them.
  const passed = scale && offset <= FAR ? offset : 0;
  const found = await find({ k: passed + Math.max(NEAREST, limit + 1), offset: offset - passed });
  const isApart = scale && offset > FAR;
  const best = isApart ? await find({ k: NEAREST, offset: 0, version: found.version }) : found;
  signal?.throwIfAborted();
  const page = { ...found, near: found.near.slice(passed) };
  return resultsOf({ found: page, first: best.near }, vectors, {
    scale,
    limit,
    offset,
    all: options.all ?? false,
  });
}

/**
 * The same picture by picture, for as long as there are some: all of one version of the table, so that what is written meanwhile
 * neither repeats nor hides a picture. The first `limit` come through the index, where there is one; then twice as many each time,
 * by comparing with every picture: what the index missed comes after those it found.
 */
export async function* searchAll(
  table: ImageTable | LoadedImages,
  query: SearchQuery,
  options: SearchOptions,
): AsyncGenerator<SearchResult> {
  checkSearchOptions(options);
  const { offset = 0 } = options;
  const given = new Set<string>();
  let page = await search(table, query, options);
  for (;;) {
    for (const result of page.results) {
      if (given.has(result.image.path)) continue;
      given.add(result.image.path);
      yield { ...result, rank: offset + given.size };
    }
    if (!page.more) return;
    const limit = 2 * page.results.length;
    page = await search(table, query, { ...options, limit, exact: true, version: page.version });
  }
}

const LIMIT = 20;
/** Pictures that are told of where none is relevant. */
const NEAREST = 3;
/** Pictures before a page that are read with it at most: many more take more than to compare the query with all once more. */
const FAR = 1000;

const OPTIONS = [
  ...([
    "model",
    "limit",
    "offset",
    "version",
    "all",
    "minSimilarity",
    "templates",
    "exact",
    "signal",
  ] as const),
  ...(["where", "label", "under"] as const),
] as const satisfies readonly (keyof SearchOptions)[];

function checkSearchOptions(options: SearchOptions): void {
  requireOptions(options, OPTIONS, "search");
  checkPart("model", options.model);
  const { limit = 1, offset = 0, minSimilarity = 0 } = options;
  if (!Number.isInteger(limit) || limit < 1) throw optionError("limit", "a whole number from 1", limit);
  if (!Number.isInteger(offset) || offset < 0) throw optionError("offset", "a whole number from 0", offset);
  if (!(minSimilarity >= -1 && minSimilarity <= 1)) {
    throw optionError("minSimilarity", "a number from -1 to 1", minSimilarity);
  }
}

async function scaleFor(
  table: ImageTable | LoadedImages,
  model: Encoder,
  signal: AbortSignal | undefined,
): Promise<RelevanceScale> {
  return isLoaded(table) ? table.scale(model, signal) : relevanceScale(table.table, model, signal);
}

interface Page {
  readonly scale: RelevanceScale | undefined;
  readonly limit: number;
  readonly offset: number;
  readonly all: boolean;
}

function resultsOf(
  { found: { near, version, pictures }, first }: { readonly found: Found; readonly first: Found["near"] },
  { embedding, direction }: QueryVectors,
  { scale, limit, offset, all }: Page,
): SearchResults {
  const spread = direction && scale?.spread;
  const relevance = spread ? (similarity: number) => similarity / spread : undefined;
  const told = (some: Found["near"], before: number) =>
    some.map(({ image, vector, similarity }, at) => ({
      rank: before + at + 1,
      image,
      similarity: direction ? dot(vector, embedding) : similarity,
      ...(relevance && { relevance: relevance(similarity) }),
    }));
  const [best] = first;
  const cut =
    relevance &&
    cutByRelevance(
      near.map(({ similarity }) => relevance(similarity)),
      pictures,
      best && relevance(best.similarity),
    );
  const kept = cut && !all ? cut.kept : near.length;
  const results = told(near.slice(0, Math.min(kept, limit)), offset);
  const more = kept > limit;
  if (!cut) return { results, more, version };
  const { kept: _, ...end } = cut;
  const page = { results, more, version, relevance: end };
  return cut.absent && !all ? { ...page, nearest: told(first.slice(0, NEAREST), 0) } : page;
}
