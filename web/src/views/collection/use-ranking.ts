import type { Ranking } from "nearlabel/client";
import { useRef } from "react";
import type { ChosenLabels } from "../../chosen/labels.js";
import { type Answer, useAnswer } from "../../server/use-answer.js";
import { type Labelling, withGiven } from "./order.js";

/** All pictures of a table against labels. */
export interface Ranked {
  /** Ids of the pictures, in the order of the ranking. */
  readonly ids: readonly string[];
  readonly ranking: Ranking;
  /** The same with what people gave. */
  readonly labelling: Labelling;
  /** The label that was being typed, and the one whose similarities the ranking has. */
  readonly draft: string | undefined;
  readonly about: string | undefined;
}

export interface RankingWish {
  readonly table: string;
  readonly labels: ChosenLabels;
  /** A label that is being typed: one more of them. */
  readonly draft?: string;
  /** A label whose similarity to each picture is wanted. */
  readonly about?: string | undefined;
  readonly learn: boolean;
  /** Grows when labels were given. */
  readonly stored: number;
}

/** Ranks anew with every letter; labels that came before cost nothing. */
export function useRanking({ table, labels, draft, about, learn, stored }: RankingWish): Answer<Ranked> {
  const known = useRef<{ version: number; ids: readonly string[] }>(undefined);
  const typed = draft?.trim() || undefined;
  const isNew = typed && !labels.labels.some(({ label }) => label === typed);
  const wanted = [...labels.labels, ...(isNew ? [typed] : [])];
  const asked = typed ?? about;
  const key = JSON.stringify([table, wanted, labels.templates, asked, learn, stored]);
  return useAnswer(wanted.length > 0 ? key : undefined, async (client, { signal }) => {
    const options = { labels: wanted, templates: labels.templates, about: asked, learn, signal };
    const [ranking, first] = await Promise.all([
      client.tables.rank(table, options),
      known.current ?? client.tables.ids(table, { signal }),
    ]);
    // The table changed meanwhile: ids of another version are of other rows.
    known.current = first.version === ranking.version ? first : await client.tables.ids(table, { signal });
    const labelling = withGiven(ranking);
    return { ids: known.current.ids, ranking, labelling, draft: typed, about: asked };
  });
}
