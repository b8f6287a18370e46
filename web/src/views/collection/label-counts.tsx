import type { Ranking } from "nearlabel/client";
import { useMemo } from "react";
import { Button } from "react-aria-components/Button";
import { setParameters } from "../../route.js";
import { text } from "../../text/en.js";
import { sureCounts } from "./order.js";

/** Labels with how many pictures get each: of a bar the full part is sure. One that is chosen is what pictures are ranked by. */
export function LabelCounts({
  ranking,
  sure,
  chosen,
  draft,
}: {
  ranking: Ranking;
  sure: number;
  chosen: string | undefined;
  draft: string;
}) {
  const counts = useMemo(() => sureCounts(ranking, sure), [ranking, sure]);
  const most = Math.max(1, ...ranking.labels.map(({ count }) => count));
  const rows = ranking.labels
    .map((label, at) => ({ ...label, sure: counts[at]! }))
    .sort((a, b) => Number(b.label === draft) - Number(a.label === draft) || b.count - a.count);
  return (
    <ul className="label-counts" aria-label={text.collection.counts}>
      <li>
        <Button
          className="label-count all"
          aria-current={chosen === undefined}
          onPress={() => setParameters({ label: undefined })}
        >
          <span>{text.collection.allLabels}</span>
          <span>{text.collection.number(ranking.best.length)}</span>
        </Button>
      </li>
      {rows.map(({ label, count, sure: certain }) => (
        <li key={label}>
          <Button
            className={label === draft ? "label-count draft" : "label-count"}
            aria-current={label === chosen}
            onPress={() => setParameters({ label })}
          >
            <span className="label-count-name">{label}</span>
            <span>{text.collection.number(count)}</span>
            <span className="label-count-bar" aria-hidden="true">
              <span className="some" style={{ width: `${(count / most) * 100}%` }} />
              <span className="sure" style={{ width: `${(certain / most) * 100}%` }} />
            </span>
          </Button>
        </li>
      ))}
    </ul>
  );
}
