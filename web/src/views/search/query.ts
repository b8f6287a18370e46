import type { SearchTerm } from "nearlabel/client";
import { addressOfList, listOfAddress } from "../../chosen/address-list.js";
import { keptPicture } from "../../chosen/kept-pictures.js";
import { setParameters, useRoute } from "../../route.js";

/** Something that pictures should show, or should not. */
export interface Term {
  readonly minus: boolean;
  /** `words`; `stored`: a picture of the table, by its id; `own`: a person's picture, by the id that the browser keeps it under. */
  readonly kind: "words" | "stored" | "own";
  readonly value: string;
}

/** What is searched for, as the address has it. */
export interface Query {
  /** What is typed and not yet a term. */
  readonly draft: string;
  readonly terms: readonly Term[];
  /** SQL conditions that all hold. */
  readonly filters: readonly string[];
  /** Whether pictures beyond the end of relevance are shown. */
  readonly beyond: boolean;
}

export function useQuery(): Query {
  const { parameters } = useRoute();
  return {
    draft: parameters.get("q") ?? "",
    terms: listOfAddress(parameters.get("terms")).map(termOf),
    filters: listOfAddress(parameters.get("where")),
    beyond: parameters.has("beyond"),
  };
}

export function changeQuery(change: Partial<Query>, options?: { replace?: boolean }): void {
  const { draft, terms, filters, beyond } = change;
  setParameters(
    {
      ...(draft !== undefined && { q: draft }),
      ...(terms && { terms: addressOfList(terms.map(addressOfTerm)) }),
      ...(filters && { where: addressOfList(filters) }),
      beyond: beyond ? "1" : undefined,
    },
    options,
  );
}

/** What is typed, as a term: with a minus before it, what pictures should not show. */
export function draftTerm(draft: string): Term | undefined {
  const [, sign, words = ""] = /^\s*([-−]?)\s*(.*?)\s*$/s.exec(draft) ?? [];
  return words === "" ? undefined : { minus: sign !== "", kind: "words", value: words };
}

/** All terms, with what is typed. */
export function termsOf({ draft, terms }: Query): readonly Term[] {
  const typed = draftTerm(draft);
  return typed ? [...terms, typed] : terms;
}

/** What the server is asked for. A picture that this browser no longer has is left out. */
export async function searchTerms(terms: readonly Term[]): Promise<SearchTerm[]> {
  const sent = terms.map(async ({ kind, value, minus }): Promise<SearchTerm[]> => {
    const weight = minus ? -MINUS : 1;
    if (kind === "words") return [{ text: value, weight }];
    if (kind === "stored") return [{ id: value, weight }];
    const picture = await keptPicture(value);
    return picture ? [{ image: picture.content, weight }] : [];
  });
  return (await Promise.all(sent)).flat();
}

/** What the command takes `--minus` for, so that both find the same. */
const MINUS = 1;

/** The filters as one condition. */
export function conditionOf(filters: readonly string[]): string | undefined {
  if (filters.length === 0) return undefined;
  return filters.length === 1 ? filters[0] : filters.map((each) => `(${each})`).join(" AND ");
}

const SIGNS: Readonly<Record<string, Term["kind"]>> = { "#": "stored", "~": "own" };

function termOf(text: string): Term {
  const kind = SIGNS[text[1] ?? ""];
  const value = text.slice(kind === "stored" ? 2 : 1).trim();
  return { minus: text.startsWith("-"), kind: kind ?? "words", value };
}

function addressOfTerm({ minus, kind, value }: Term): string {
  // Words may begin with a sign, too.
  const before = kind === "stored" ? "#" : kind === "words" && value[0]! in SIGNS ? " " : "";
  return `${minus ? "-" : "+"}${before}${value}`;
}
