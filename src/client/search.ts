import { base64Of } from "./base64.js";
import type { PictureContent } from "./pictures.js";
import type { TableImage } from "./tables.js";
import type { CallOptions, Transport } from "./transport.js";

/**
 * What is looked for: words, a picture, or a picture of the table by its id; a weight counts against other terms, and below 0 for what
 * pictures should not show.
 */
export type SearchTerm =
  | string
  | { readonly text: string; readonly weight?: number }
  | { readonly image: PictureContent; readonly weight?: number }
  | { readonly id: string; readonly weight?: number };

export interface SearchOptions extends CallOptions {
  /** Default: the server's first. */
  readonly table?: string | undefined;
  /** An SQL condition, such as `width > 1000 and taken > '2025-01-01'`. */
  readonly where?: string | undefined;
  /** Pictures with this label only. */
  readonly label?: string | undefined;
  /** Default: 20. */
  readonly limit?: number | undefined;
  /** Passes over the best of them: with `version`, the next page. */
  readonly offset?: number | undefined;
  /** Of the table, as an earlier page told it. */
  readonly version?: number | undefined;
  /** Beyond the end of relevance too. */
  readonly all?: boolean | undefined;
  readonly minSimilarity?: number | undefined;
  readonly templates?: readonly string[] | undefined;
  /** Compare with every picture, whatever indexes there are. */
  readonly exact?: boolean | undefined;
}

export interface SearchResult {
  /** Counts from 1, over all pages. */
  readonly rank: number;
  /** Cosine, -1 to 1. */
  readonly similarity: number;
  /** For queries of words: how far beyond chance, in standard deviations. */
  readonly relevance?: number;
  readonly image: TableImage;
}

export interface SearchResults {
  readonly table: string;
  readonly version: number;
  /** Whether there are more beyond these. */
  readonly more: boolean;
  /** What relevance did; `absent` where nothing in the table looks like the query. */
  readonly relevance?: {
    readonly best?: number;
    readonly present: number;
    readonly least: number;
    readonly absent: boolean;
  };
  /** The nearest three, where relevance leaves no results: chance can do as well, but a single picture may be what was meant. */
  readonly nearest?: readonly SearchResult[];
  readonly results: readonly SearchResult[];
}

/** Sends a search. */
export async function searchBy(
  transport: Transport,
  query: string | readonly SearchTerm[],
  { signal, ...options }: SearchOptions,
): Promise<SearchResults> {
  const terms = typeof query === "string" ? query : await Promise.all(query.map(sent));
  return transport.json("/v1/search", { method: "POST", body: { query: terms, ...options }, signal });
}

async function sent(term: SearchTerm) {
  if (typeof term === "string" || !("image" in term)) return term;
  return { ...term, image: await base64Of(term.image) };
}
