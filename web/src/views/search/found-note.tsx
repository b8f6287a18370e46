import { Button } from "../../parts/button.js";
import { Empty } from "../../parts/empty.js";
import { text } from "../../text/en.js";
import { changeQuery, type Query, termsOf } from "./query.js";
import type { Found } from "./use-found.js";

/** How many pictures there are. */
export function FoundNote({ found, query }: { found: Found; query: Query }) {
  const { kept, results, more, relevance } = found;
  const open = more && (kept === undefined || kept === results.length);
  return (
    <>
      {relevance?.absent
        ? text.search.absentShort
        : kept === undefined
          ? text.search.nearest(results.length, open)
          : text.search.relevant(kept, open)}
      {query.beyond && kept !== undefined && (
        <Button kind="quiet" onPress={() => changeQuery({ beyond: false })}>
          {text.search.hideBeyond}
        </Button>
      )}
    </>
  );
}

/** Nothing looks like the query: what was looked for, how near the nearest is, and what can be done. */
export function Nothing({ found, query }: { found: Found; query: Query }) {
  const { relevance, results } = found;
  const words = termsOf(query).map(({ value }) => value);
  if (results.length === 0) {
    return (
      <Empty title={text.search.noneMeets}>
        <p>{text.search.noneMeetsNote}</p>
      </Empty>
    );
  }
  return (
    <Empty title={text.search.absent(words.join(", "))}>
      <p>{text.search.absentNote(relevance?.best ?? 0, relevance?.present ?? 0)}</p>
      <Button onPress={() => changeQuery({ beyond: true })}>{text.search.showNearest}</Button>
    </Empty>
  );
}

/** Where relevance ends, drawn across the pictures. */
export function ends({ kept, results, more }: Found, { beyond }: Query) {
  if (kept === undefined || (kept === results.length && more)) return undefined;
  const content = (
    <>
      <p>
        <strong>{text.search.endsHere}</strong>{" "}
        <span className="band-note">{beyond ? text.search.endsNote : text.search.endsHidden}</span>
      </p>
      {!beyond && kept < results.length && (
        <Button onPress={() => changeQuery({ beyond: true })}>{text.search.showBeyond}</Button>
      )}
    </>
  );
  return { after: kept, content };
}
