import { memo, useCallback, useMemo, useState } from "react";
import { PictureGrid } from "../../parts/picture-grid.js";
import { addressOf, goTo } from "../../route.js";
import { SelectAll } from "../../tables/select-all.js";
import { SelectionBar } from "../../tables/selection-bar.js";
import type { GivenLabels } from "../../tables/use-given-labels.js";
import { text } from "../../text/en.js";
import { NO_LABEL, orderOf } from "./order.js";
import type { Ranked } from "./use-ranking.js";

/** Milliseconds between letters, before which pictures that come up are not asked for: they would keep the next ranking waiting. */
const TYPING = 300;

/** The pictures of a table, by one label or all, with a line where they are no longer sure. */
export const RankedPictures = memo(function RankedPictures(props: {
  readonly table: string;
  readonly ranked: Ranked;
  readonly sure: number;
  readonly given: GivenLabels;
}) {
  const { table, ranked, sure, given } = props;
  const { ids, ranking, labelling, about: label } = ranked;
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const position = ranking.labels.findIndex((each) => each.label === label);
  const order = useMemo(
    () => orderOf({ ...ranking, ...labelling }, position < 0 ? undefined : position, sure),
    [ranking, labelling, position, sure],
  );
  const idOf = useCallback((at: number) => ids[order.rows[at]!]!, [order, ids]);
  const captionOf = useCallback(
    (at: number) => {
      const row = order.rows[at]!;
      const name = ranking.labels[labelling.best[row]!]!.label;
      if (ranking.given[row] !== NO_LABEL) return text.collection.given(name);
      return `${text.collection.percent(labelling.scores[row]!)} ${name}`;
    },
    [order, ranking, labelling],
  );
  const names = ranking.labels.map(({ label: name }) => name);
  const selectSure = () => setSelected(new Set(Array.from({ length: order.sure }, (_, at) => idOf(at))));
  const rest = order.rows.length - order.sure;
  return (
    <>
      <p className="found-note" role="status">
        {text.collection.order(label, order.sure, sure)}
        <SelectAll count={order.sure} onSelect={selectSure} />
      </p>
      <PictureGrid
        label={text.collection.pictures}
        table={table}
        count={order.rows.length}
        idOf={idOf}
        captionOf={captionOf}
        selected={selected}
        pause={ranked.draft === undefined ? undefined : TYPING}
        onSelect={setSelected}
        band={
          rest > 0
            ? { after: order.sure, content: <p>{text.collection.rest(label, sure, rest)}</p> }
            : undefined
        }
      />
      <SelectionBar
        table={table}
        selected={selected}
        onClear={() => setSelected(new Set())}
        given={given}
        labels={names}
        onSimilar={(alike) =>
          goTo(addressOf("search", { table, terms: alike.map((id) => `+#${id}`).join("\n") }))
        }
      />
    </>
  );
});
