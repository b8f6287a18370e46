import type { Table } from "nearlabel/client";
import { type ReactNode, useCallback, useState } from "react";
import { Empty } from "../../parts/empty.js";
import { ErrorNote } from "../../parts/error-note.js";
import { Loading } from "../../parts/loading.js";
import { PictureGrid } from "../../parts/picture-grid.js";
import { useAnswer } from "../../server/use-answer.js";
import { SelectAll } from "../../tables/select-all.js";
import { SelectionBar } from "../../tables/selection-bar.js";
import { TableChoice, TableFrame } from "../../tables/table-frame.js";
import { type GivenLabels, useGivenLabels } from "../../tables/use-given-labels.js";
import { text } from "../../text/en.js";
import { Filters } from "./filters.js";
import { ends, FoundNote, Nothing } from "./found-note.js";
import { changeQuery, conditionOf, type Query, termsOf, useQuery } from "./query.js";
import { QueryInput } from "./query-input.js";
import { RelevanceCurve } from "./relevance-curve.js";
import { SearchInCode } from "./search-in-code.js";
import { type Found, useFound } from "./use-found.js";
import "./search.css";

/** Pictures of a table by words, by pictures, and by what is known of them. */
export default function Search() {
  return (
    <>
      <h1>{text.views.search}</h1>
      <TableFrame>{(table) => <TableSearch key={table.name} table={table} />}</TableFrame>
    </>
  );
}

function TableSearch({ table }: { table: Table }) {
  const query = useQuery();
  const given = useGivenLabels(table.name);
  const searched = useFound(table.name, query);
  const { found, answer } = searched;
  const terms = termsOf(query);
  const filtersChanged = (filters: readonly string[]) => changeQuery({ filters, beyond: query.beyond });
  return (
    <div className="search-view">
      <aside className="search-side">
        <TableChoice />
        <QueryInput table={table.name} query={query} />
        <Filters table={table} filters={query.filters} onChange={filtersChanged} />
        {found?.relevance && found.kept !== undefined && (
          <RelevanceCurve results={found.results} relevance={found.relevance} kept={found.kept} />
        )}
        <SearchInCode table={table.name} query={query} />
      </aside>
      <section className="search-found" aria-label={text.search.found} aria-busy={searched.isSearching}>
        {terms.length === 0 ? (
          <AllPictures table={table} query={query} given={given} />
        ) : terms.every(({ minus }) => minus) ? (
          <Empty title={text.search.onlyMinus} />
        ) : (
          <>
            <ErrorNote error={answer.error} again={answer.again} />
            {found ? (
              <FoundPictures
                table={table}
                query={query}
                given={given}
                found={found}
                onMore={searched.loadMore}
              />
            ) : (
              answer.error === undefined && <Loading />
            )}
          </>
        )}
      </section>
    </div>
  );
}

interface PicturesProps {
  readonly table: Table;
  readonly query: Query;
  readonly given: GivenLabels;
}

/** What was found, to where relevance ends, or beyond. */
function FoundPictures({
  table,
  query,
  given,
  found,
  onMore,
}: PicturesProps & { found: Found; onMore: () => void }) {
  const { results, kept, more } = found;
  const isWhole = kept === undefined || query.beyond;
  const shown = isWhole ? results : results.slice(0, kept);
  const idOf = useCallback((at: number) => shown[at]!.image.id, [shown]);
  const nameOf = useCallback((at: number) => shown[at]?.image.name ?? "", [shown]);
  const captionOf = useCallback(
    (at: number) => {
      const result = shown[at];
      if (!result) return "";
      const label = result.image.givenLabel ?? result.image.label;
      const figure = result.relevance?.toFixed(1) ?? result.similarity.toFixed(3);
      return `${figure}${label === null ? "" : ` · ${label}`}`;
    },
    [shown],
  );
  const needsMore = isWhole || kept === results.length;
  return (
    <>
      {shown.length === 0 && (
        <>
          <p className="found-note" role="status">
            <FoundNote found={found} query={query} />
          </p>
          <Nothing found={found} query={query} />
        </>
      )}
      {shown.length > 0 && (
        <Selectable
          {...{ table, query, given, idOf, nameOf, captionOf }}
          count={shown.length}
          label={text.search.found}
          note={<FoundNote found={found} query={query} />}
          band={ends(found, query)}
          onNearEnd={more && needsMore ? onMore : undefined}
        />
      )}
    </>
  );
}

/** As the table has them: the order of rankings would wait until all embeddings are read. */
const ALL = "id IS NOT NULL";

/** Without a query, all pictures, or those that the filters let through. */
function AllPictures({ table, query, given }: PicturesProps) {
  const where = conditionOf(query.filters);
  const answer = useAnswer(JSON.stringify([table.name, where, given.stored]), (client, { signal }) =>
    client.tables.ids(table.name, { where: where ?? ALL, signal }),
  );
  const ids = answer.value?.ids;
  const idOf = useCallback((at: number) => ids![at]!, [ids]);
  if (!ids)
    return answer.error === undefined ? <Loading /> : <ErrorNote error={answer.error} again={answer.again} />;
  return (
    <>
      <ErrorNote error={answer.error} again={answer.again} />
      {ids.length === 0 ? (
        <Empty title={where === undefined ? text.search.emptyTable : text.search.noneMeets}>
          <p>{where === undefined ? text.search.emptyTableNote : text.search.noneMeetsNote}</p>
        </Empty>
      ) : (
        <Selectable
          {...{ table, query, given, idOf }}
          count={ids.length}
          label={text.search.allPictures}
          note={text.search.all(ids.length, where !== undefined)}
        />
      )}
    </>
  );
}

function Selectable({
  table,
  query,
  given,
  note,
  ...grid
}: PicturesProps & {
  /** What the pictures are, above them. */
  note: ReactNode;
} & Omit<Parameters<typeof PictureGrid>[0], "table" | "selected" | "onSelect" | "onOpen">) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const searchFor = (ids: readonly string[]) =>
    changeQuery({ draft: "", terms: ids.map((value) => ({ minus: false, kind: "stored", value })) });
  const { count, idOf } = grid;
  const selectAll = () => setSelected(new Set(Array.from({ length: count }, (_, at) => idOf(at))));
  return (
    <>
      <p className="found-note" role="status">
        {note} <SelectAll count={count} onSelect={selectAll} />
      </p>
      <PictureGrid
        {...grid}
        table={table.name}
        selected={selected}
        onSelect={setSelected}
        onOpen={(id) => searchFor([id])}
      />
      <SelectionBar
        table={table.name}
        selected={selected}
        onClear={() => setSelected(new Set())}
        given={given}
        onSimilar={searchFor}
      />
    </>
  );
}
