import { useMemo } from "react";
import { Button } from "react-aria-components/Button";
import { setParameters } from "../../route.js";
import { text } from "../../text/en.js";
import { countsOf } from "./order.js";
import type { Ranked } from "./use-ranking.js";

/** Labels with how many pictures get each: of a bar the full part is sure. One that is chosen is what pictures are ranked by. */
export function LabelCounts({
  ranked: { ranking, labelling, draft },
  sure,
  chosen,
}: {
  ranked: Ranked;
  sure: number;
  chosen: string | undefined;
}) {
  const { labels } = ranking;
  const all = useMemo(() => countsOf(labelling, labels.length, 0), [labelling, labels]);
  const certain = useMemo(() => countsOf(labelling, labels.length, sure), [labelling, labels, sure]);
  const most = Math.max(1, ...all);
  const rows = labels
    .map(({ label }, at) => ({ label, count: all[at]!, sure: certain[at]! }))
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
      {rows.map(({ label, count, sure: sureCount }) => (
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
              <span className="sure" style={{ width: `${(sureCount / most) * 100}%` }} />
            </span>
          </Button>
        </li>
      ))}
    </ul>
  );
}
