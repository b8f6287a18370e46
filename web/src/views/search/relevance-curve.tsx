import type { SearchResult, SearchResults } from "nearlabel/client";
import { text } from "../../text/en.js";

/** Results that the curve shows at least, so that one sees it fall. */
const LEAST = 40;

/** How relevance falls from the best picture on, and where it ends. */
export function RelevanceCurve({
  results,
  relevance,
  kept,
}: {
  results: readonly SearchResult[];
  relevance: NonNullable<SearchResults["relevance"]>;
  kept: number;
}) {
  const shown = results.slice(0, Math.max(LEAST, 2 * kept)).map((result) => result.relevance ?? 0);
  if (shown.length < 2) return null;
  const { present, least } = relevance;
  const top = Math.max(present, least, shown[0]!) * 1.08;
  const bottom = Math.min(0, shown.at(-1)!);
  const x = (at: number) => (at / (shown.length - 1)) * 100;
  const y = (value: number) => 100 - ((value - bottom) / (top - bottom)) * 100;
  const points = shown.map((value, at) => `${x(at).toFixed(2)},${y(value).toFixed(2)}`);
  const last = Math.max(0, Math.min(kept, shown.length) - 1);
  return (
    <figure className="relevance">
      <div className="relevance-plot">
        <svg
          viewBox="0 0 100 100"
          preserveAspectRatio="none"
          role="img"
          aria-label={told(shown, relevance, kept)}
        >
          {kept > 0 && (
            <polygon
              className="relevance-area"
              points={`0,100 ${points.slice(0, last + 1).join(" ")} ${x(last).toFixed(2)},100`}
            />
          )}
          <line className="relevance-bar present" x1="0" x2="100" y1={y(present)} y2={y(present)} />
          <line className="relevance-bar" x1="0" x2="100" y1={y(least)} y2={y(least)} />
          <polyline className="relevance-line" points={points.join(" ")} />
        </svg>
        <span
          className={present < least ? "relevance-name below" : "relevance-name"}
          style={{ top: `${y(present)}%` }}
          aria-hidden="true"
        >
          {text.search.presentBar(present)}
        </span>
        <span
          className={present < least ? "relevance-name" : "relevance-name below"}
          style={{ top: `${y(least)}%` }}
          aria-hidden="true"
        >
          {text.search.leastBar(least)}
        </span>
      </div>
      <figcaption className="field-note">{text.search.curveNote(shown.length)}</figcaption>
    </figure>
  );
}

function told(
  shown: readonly number[],
  { present, least }: { present: number; least: number },
  kept: number,
) {
  return text.search.curve(shown[0]!, present, least, kept);
}
