import { ServerError, type Suspects } from "nearlabel/client";
import { useState } from "react";
import { Button } from "../../parts/button.js";
import { Empty } from "../../parts/empty.js";
import { ErrorNote } from "../../parts/error-note.js";
import { Loading } from "../../parts/loading.js";
import { SameInCode } from "../../parts/same-in-code.js";
import { StoredPicture } from "../../parts/stored-picture.js";
import { useAnswer } from "../../server/use-answer.js";
import type { GivenLabels } from "../../tables/use-given-labels.js";
import { text } from "../../text/en.js";
import { OtherLabel } from "./other-label.js";
import { useKeys } from "./use-keys.js";

type Suspect = Suspects["suspects"][number];

/** Given labels that the model doubts, one after the other: kept or changed by a key, and taken back. */
export function SuspectList({ table, given }: { table: string; given: GivenLabels }) {
  const answer = useAnswer(`suspects of ${table}`, (client, { signal }) =>
    client.tables.suspects(table, { limit: 200, signal }),
  );
  const found = answer.value;
  const noneGiven = answer.error instanceof ServerError && answer.error.code === "INPUT_EMPTY";
  const error = given.error ?? (noneGiven ? undefined : answer.error);
  return (
    <section className="curation" aria-label={text.collection.stepNames.suspects}>
      <ErrorNote error={error} again={answer.again} />
      {noneGiven && (
        <Empty title={text.suspects.noneGiven}>
          <p>{text.suspects.noneGivenNote}</p>
        </Empty>
      )}
      {!found && answer.error === undefined && <Loading />}
      {found && found.suspects.length === 0 && (
        <Empty title={text.suspects.none}>
          <p>{text.suspects.noneNote(found.pictures)}</p>
        </Empty>
      )}
      {found && found.suspects.length > 0 && <Judged {...{ table, given, found }} />}
      <SameInCode
        command={`nearlabel images suspects ${table}.db`}
        code={`import { findSuspects, openImageTable } from "nearlabel";

const table = await openImageTable(${JSON.stringify(`${table}.db`)});
const { suspects } = await findSuspects(table);`}
      />
    </section>
  );
}

function Judged({ table, given, found }: { table: string; given: GivenLabels; found: Suspects }) {
  const { suspects } = found;
  const [verdicts, setVerdicts] = useState<readonly ("kept" | "changed")[]>([]);
  const at = verdicts.length;
  const current = suspects[at];
  const keep = () => current && setVerdicts([...verdicts, "kept"]);
  const give = (label: string) => {
    if (!current) return;
    given.give([{ id: current.id, label }]);
    setVerdicts([...verdicts, "changed"]);
  };
  const change = () => current?.suggested !== undefined && give(current.suggested);
  const undo = () => {
    if (verdicts.at(-1) === "changed") given.undo();
    setVerdicts(verdicts.slice(0, -1));
  };
  const actions = { k: keep, c: change, Enter: change, u: at > 0 ? undo : undefined };
  const place = useKeys(actions, current?.id);
  return (
    <div ref={place} tabIndex={-1} className="by-key">
      <p className="found-note" role="status">
        {text.suspects.count(
          found.total,
          found.pictures,
          at,
          verdicts.filter((each) => each === "changed").length,
        )}
      </p>
      {current ? (
        <SuspectCard table={table} suspect={current} onGive={give}>
          {current.suggested !== undefined && (
            <Button kind="main" onPress={change}>
              <kbd>C</kbd> {text.suspects.change(current.suggested)}
            </Button>
          )}
          <Button onPress={keep}>
            <kbd>K</kbd> {text.suspects.keep(current.given)}
          </Button>
          <Button onPress={undo} isDisabled={at === 0}>
            <kbd>U</kbd> {text.selection.undo}
          </Button>
        </SuspectCard>
      ) : (
        <Empty title={text.suspects.allJudged}>
          <Button onPress={undo}>
            <kbd>U</kbd> {text.selection.undo}
          </Button>
        </Empty>
      )}
      {suspects.length > at + 1 && (
        <>
          <h2>{text.suspects.next}</h2>
          <ul className="suspect-next">
            {suspects.slice(at + 1, at + 25).map((suspect) => (
              <li key={`${suspect.kind} ${suspect.id} ${suspect.other?.id}`}>
                <StoredPicture table={table} id={suspect.id} name={suspect.name} side={160} />
                <span className="suspect-labels">
                  {suspect.given}
                  {suspect.suggested !== undefined && ` → ${suspect.suggested}`}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function SuspectCard(props: {
  table: string;
  suspect: Suspect;
  onGive: (label: string) => void;
  children: React.ReactNode;
}) {
  const { table, suspect, onGive, children } = props;
  const { id, name, kind, given, suggested, doubt, other } = suspect;
  return (
    <div className="suspect">
      <div className="suspect-pictures">
        <figure>
          <StoredPicture key={id} table={table} id={id} name={name} side={512} />
          <figcaption>{name}</figcaption>
        </figure>
        {other && (
          <figure>
            <StoredPicture key={other.id} table={table} id={other.id} name={other.name} side={512} />
            <figcaption>{other.name}</figcaption>
          </figure>
        )}
      </div>
      <div className="suspect-words">
        <h2>{text.suspects.kinds[kind]}</h2>
        <dl>
          <dt>{text.suspects.given}</dt>
          <dd>{given}</dd>
          {suggested !== undefined && (
            <>
              <dt>{other ? text.suspects.otherGiven : text.suspects.suggested}</dt>
              <dd>{suggested}</dd>
            </>
          )}
          <dt>{text.suspects.doubt}</dt>
          <dd>{text.collection.percent(doubt)}</dd>
        </dl>
        <div className="suspect-keys">{children}</div>
        <OtherLabel key={id} onGive={onGive} />
        <p className="field-note">{text.suspects.note}</p>
      </div>
    </div>
  );
}
