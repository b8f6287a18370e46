import type { SearchResult, SearchResults } from "nearlabel/client";
import { useCallback, useRef, useState } from "react";
import { useSettled } from "../../parts/use-settled.js";
import { noticeFailure, useConnection } from "../../server/server.js";
import { useAnswer } from "../../server/use-answer.js";
import { conditionOf, type Query, searchTerms, termsOf } from "./query.js";

/** What a search gave so far. */
export interface Found {
  readonly results: readonly SearchResult[];
  readonly more: boolean;
  readonly relevance: SearchResults["relevance"];
  /** How many of them are relevant; undefined where relevance plays no part. */
  readonly kept: number | undefined;
}

const PAGE = 300;
/** Milliseconds without a letter before the server is asked. */
const PAUSE = 90;

/** The pictures of a query, best first, also beyond the end of relevance: what lies there is shown or not. */
export function useFound(table: string, query: Query) {
  const { client } = useConnection();
  const terms = termsOf(query);
  const where = conditionOf(query.filters);
  const wanted = terms.some(({ minus }) => !minus) ? JSON.stringify([table, terms, where]) : undefined;
  const key = useSettled(wanted, query.draft === "" ? 0 : PAUSE);
  const answer = useAnswer(key, async (asked, { signal }) => {
    const found = await asked.search(await searchTerms(terms), {
      table,
      where,
      limit: PAGE,
      all: true,
      signal,
    });
    return { key, found };
  });
  const first = wanted === undefined ? undefined : answer.value;
  const [later, setLater] = useState<{
    key?: string | undefined;
    results: readonly SearchResult[];
    more: boolean;
  }>();
  const pages = later?.key !== undefined && later.key === first?.key ? later : undefined;
  const loading = useRef<string>(undefined);
  const results = pages ? [...first!.found.results, ...pages.results] : (first?.found.results ?? []);
  const more = (pages ?? first?.found)?.more ?? false;
  const loadMore = useCallback(async () => {
    const page = `${first?.key} ${results.length}`;
    if (!first || !more || loading.current === page) return;
    loading.current = page;
    try {
      const next = await client.search(await searchTerms(terms), {
        table,
        where,
        limit: PAGE,
        offset: results.length,
        version: first.found.version,
        all: true,
      });
      const before = pages?.results ?? [];
      setLater({ key: first.key, results: [...before, ...next.results], more: next.more });
    } catch (error) {
      noticeFailure(error);
      loading.current = undefined;
    }
  }, [client, first, more, results.length, pages]);
  const found: Found | undefined = first && {
    results,
    more,
    relevance: first.found.relevance,
    kept: keptOf(results, first.found.relevance),
  };
  return {
    found,
    isSearching: wanted !== undefined && (answer.isWaiting || key !== wanted),
    answer,
    loadMore,
  };
}

function keptOf(results: readonly SearchResult[], relevance: SearchResults["relevance"]): number | undefined {
  if (!relevance) return undefined;
  if (relevance.absent) return 0;
  const end = results.findIndex((result) => (result.relevance ?? 0) < relevance.least);
  return end === -1 ? results.length : end;
}
