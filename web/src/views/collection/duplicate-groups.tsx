import type { Band, Duplicates, MeasuredPicture } from "nearlabel/client";
import { useState } from "react";
import { Button } from "../../parts/button.js";
import { Empty } from "../../parts/empty.js";
import { ErrorNote } from "../../parts/error-note.js";
import { Choice } from "../../parts/field.js";
import { Loading } from "../../parts/loading.js";
import { SameInCode } from "../../parts/same-in-code.js";
import { StoredPicture } from "../../parts/stored-picture.js";
import { setParameters, useRoute } from "../../route.js";
import { noticeFailure, useConnection } from "../../server/server.js";
import { useAnswer } from "../../server/use-answer.js";
import { text } from "../../text/en.js";

const BANDS: readonly Band[] = ["same", "near", "similar"];
/** Groups at a time. */
const PAGE = 50;

/** Pictures that are alike, side by side. Nothing is deleted here. */
export function DuplicateGroups({ table }: { table: string }) {
  const { parameters } = useRoute();
  const band = BANDS.find((each) => each === parameters.get("band")) ?? "near";
  const offset = Number(parameters.get("from") ?? 0);
  const answer = useAnswer(`duplicates ${table} ${band} ${offset}`, (client, { signal }) =>
    client.tables.duplicates(table, { band, limit: PAGE, offset, signal }),
  );
  const { apart, error, tell } = useToldApart(table);
  const found = answer.value;
  const groups = found?.groups.filter(({ kept }) => !apart.has(kept.id)) ?? [];
  return (
    <section
      className="curation"
      aria-label={text.collection.stepNames.duplicates}
      aria-busy={answer.isWaiting}
    >
      <Choice
        label={text.duplicates.band}
        note={text.duplicates.bandNotes[band]}
        value={band}
        onChange={(event) => setParameters({ band: event.target.value, from: undefined })}
      >
        {BANDS.map((each) => (
          <option key={each} value={each}>
            {text.duplicates.bands[each]}
          </option>
        ))}
      </Choice>
      <ErrorNote error={error ?? answer.error} again={answer.again} />
      {!found && answer.error === undefined && <Loading />}
      {found && (
        <p className="found-note" role="status">
          {text.duplicates.count(found.total - apart.size, found.duplicates)}
        </p>
      )}
      {found && groups.length === 0 && <Empty title={text.duplicates.none} />}
      <ul className="duplicate-groups">
        {groups.map((group) => (
          <Group key={group.kept.id} table={table} group={group} onApart={tell} />
        ))}
      </ul>
      {found && <Pages offset={offset} total={found.total} />}
      <SameInCode
        command={`nearlabel images duplicates ${table}.db --band ${band}`}
        code={`import { findDuplicates, openImageTable } from "nearlabel";

const table = await openImageTable(${JSON.stringify(`${table}.db`)});
const groups = await findDuplicates(table, { band: "${band}" });`}
      />
    </section>
  );
}

function Group(props: {
  table: string;
  group: Duplicates["groups"][number];
  onApart: (kept: string, ids: readonly string[]) => void;
}) {
  const { table, group, onApart } = props;
  const { kept, count, duplicates } = group;
  return (
    <li className="duplicate-group">
      <div className="duplicate-pictures">
        <Measured table={table} picture={kept} note={text.duplicates.kept} />
        {duplicates.map((one, at) => (
          <Measured
            key={`${one.id} ${at}`}
            table={table}
            picture={one}
            note={text.duplicates.similarity(one.similarity, one.band)}
          />
        ))}
      </div>
      {count > duplicates.length && <p>{text.duplicates.more(count - duplicates.length)}</p>}
      {duplicates.some(({ id }) => id !== kept.id) && (
        <Button
          onPress={() =>
            onApart(
              kept.id,
              [kept, ...duplicates].map(({ id }) => id),
            )
          }
        >
          {text.duplicates.notDuplicates}
        </Button>
      )}
    </li>
  );
}

function Measured({ table, picture, note }: { table: string; picture: MeasuredPicture; note: string }) {
  const { id, name, width, height, bytes } = picture;
  return (
    <figure>
      <StoredPicture table={table} id={id} name={name} side={384} />
      <figcaption>
        <strong>{note}</strong>
        <span className="duplicate-name">{name}</span>
        <span>{text.duplicates.measures(width, height, bytes)}</span>
      </figcaption>
    </figure>
  );
}

function Pages({ offset, total }: { offset: number; total: number }) {
  if (total <= PAGE) return null;
  const goTo = (from: number) => setParameters({ from: from === 0 ? undefined : String(from) });
  return (
    <nav className="pages" aria-label={text.duplicates.pages}>
      <Button isDisabled={offset === 0} onPress={() => goTo(Math.max(0, offset - PAGE))}>
        {text.duplicates.before}
      </Button>
      <span>{text.duplicates.page(offset + 1, Math.min(total, offset + PAGE), total)}</span>
      <Button isDisabled={offset + PAGE >= total} onPress={() => goTo(offset + PAGE)}>
        {text.duplicates.after}
      </Button>
    </nav>
  );
}

/** Groups that a person said are none, by the pictures that they would keep. */
function useToldApart(table: string) {
  const { client } = useConnection();
  const [apart, setApart] = useState<ReadonlySet<string>>(new Set());
  const [error, setError] = useState<unknown>();
  const tell = (kept: string, ids: readonly string[]) => {
    client.tables.notDuplicates(table, [...new Set(ids)].slice(0, 100)).then(
      () => setApart((before) => new Set([...before, kept])),
      (cause: unknown) => {
        noticeFailure(cause);
        setError(cause);
      },
    );
  };
  return { apart, error, tell };
}
