import { useCallback, useMemo, useState } from "react";
import { PictureGrid } from "../../parts/picture-grid.js";
import { addressOf, goTo } from "../../route.js";
import { SelectionBar } from "../../tables/selection-bar.js";
import type { GivenLabels } from "../../tables/use-given-labels.js";
import { text } from "../../text/en.js";
import { orderOf } from "./order.js";
import type { Ranked } from "./use-ranking.js";

/** The pictures of a table, by one label or all, with a line where they are no longer sure. */
export function RankedPictures(props: {
  readonly table: string;
  readonly ranked: Ranked;
  readonly label: string | undefined;
  readonly sure: number;
  readonly given: GivenLabels;
}) {
  const { table, ranked, label, sure, given } = props;
  const { ids, ranking } = ranked;
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const position = ranking.labels.findIndex((each) => each.label === label);
  const order = useMemo(
    () => orderOf(ranking, position < 0 ? undefined : position, sure),
    [ranking, position, sure],
  );
  const ordered = useMemo(() => Array.from(order.rows, (row) => ids[row]!), [order, ids]);
  const captionOf = useCallback(
    (at: number) => {
      const row = order.rows[at]!;
      return `${text.collection.percent(ranking.scores[row]!)} ${ranking.labels[ranking.best[row]!]!.label}`;
    },
    [order, ranking],
  );
  const nameOf = useCallback((at: number) => text.collection.ranked(at + 1), []);
  const rest = ordered.length - order.sure;
  return (
    <>
      <p className="found-note" role="status">
        {text.collection.order(label, order.sure, sure)}
      </p>
      <PictureGrid
        label={text.collection.pictures}
        table={table}
        ids={ordered}
        nameOf={nameOf}
        captionOf={captionOf}
        selected={selected}
        onSelect={setSelected}
        onOpen={(id) => goTo(addressOf("search", { table, terms: `+#${id}` }))}
        band={
          rest > 0
            ? { after: order.sure, content: <p>{text.collection.rest(label, sure, rest)}</p> }
            : undefined
        }
      />
      <SelectionBar table={table} selected={selected} onClear={() => setSelected(new Set())} given={given} />
    </>
  );
}
