import type { LabelSet } from "nearlabel/client";
import { useState } from "react";
import { Button } from "../../parts/button.js";
import { ErrorNote } from "../../parts/error-note.js";
import { Choice } from "../../parts/field.js";
import { addressOf, goTo, setParameters, useRoute } from "../../route.js";
import { noticeFailure, useConnection } from "../../server/server.js";
import { useAnswer } from "../../server/use-answer.js";
import { text } from "../../text/en.js";
import { differenceOf, isNone } from "./difference.js";
import type { Draft, DraftEditor } from "./draft.js";
import { csvOf, jsonOf, saveFile } from "./label-files.js";
import { day } from "./set-list.js";
import type { SetProps } from "./set-view.js";

const words = text.labelSets;

/** Name and version of a set, and what can be done with the whole of it. */
export function SetHead(
  props: SetProps & { shown: Draft; stored: LabelSet | undefined; editor: DraftEditor },
) {
  const { name, version, shown, stored, editor, onSaved, onGone } = props;
  const { client } = useConnection();
  const [error, setError] = useState<unknown>();
  const isChanged =
    version === undefined && editor.draft !== undefined && !(stored && isNone(differenceOf(stored, shown)));
  const write = (work: () => Promise<unknown>, then: () => void) => {
    setError(undefined);
    work().then(then, (failure: unknown) => {
      noticeFailure(failure);
      setError(failure);
    });
  };
  const save = () =>
    write(
      () =>
        client.labelSets.put(
          name,
          { labels: shown.labels, templates: shown.templates },
          { expected: shown.version },
        ),
      () => {
        editor.drop();
        onSaved(name);
      },
    );
  const remove = () => {
    if (!confirm(words.confirmDelete(name))) return;
    write(() => client.labelSets.delete(name, { expected: shown.version }), onGone);
  };
  return (
    <header className="set-head">
      <div className="set-title">
        <h2>{name}</h2>
        <p className="muted">
          {text.labels.count(shown.labels.length)} ·{" "}
          {shown.version === 0 ? words.notSaved : words.version(shown.version)}
          {isChanged && shown.version > 0 && ` · ${words.changed}`}
        </p>
      </div>
      <div className="buttons">
        {version === undefined && (
          <>
            <Button kind="main" isDisabled={!isChanged || shown.labels.length === 0} onPress={save}>
              {words.save(shown.version + 1)}
            </Button>
            <Button isDisabled={!editor.canUndo} onPress={editor.undo}>
              {words.undo}
            </Button>
          </>
        )}
        {version !== undefined && stored && (
          <Button
            onPress={() => {
              editor.start({ ...shown, version: props.newest ?? shown.version });
              setParameters({ version: undefined });
            }}
          >
            {words.editThis}
          </Button>
        )}
        <Button
          isDisabled={shown.version === 0}
          onPress={() => goTo(addressOf("classify", { set: `${name}@${shown.version}` }))}
        >
          {words.classifyWith}
        </Button>
        <Button onPress={() => saveFile(`${name}.json`, jsonOf(shown.labels))}>{words.exportJson}</Button>
        <Button onPress={() => saveFile(`${name}.csv`, csvOf(shown.labels))}>{words.exportCsv}</Button>
        {shown.version > 0 && version === undefined && <Button onPress={remove}>{words.delete}</Button>}
      </div>
      <ErrorNote error={error} again={save} />
      {shown.version > 0 && <Versions {...props} />}
    </header>
  );
}

function Versions({ name, version, newest }: SetProps) {
  const compare = useRoute().parameters.get("compare");
  const { value: versions = [] } = useAnswer(`versions ${name} ${newest}`, (client, options) =>
    client.labelSets.versions(name, options),
  );
  const readable = versions.filter(({ deleted }) => !deleted).toReversed();
  if (readable.length < 2) return null;
  const options = readable.map((each) => (
    <option key={each.version} value={each.version}>
      {words.versionOf(each.version, day(each.created), each.labels)}
    </option>
  ));
  return (
    <div className="versions">
      <Choice
        label={words.shownVersion}
        value={version ?? ""}
        onChange={(event) => setParameters({ version: event.target.value || undefined })}
      >
        <option value="">{words.newest}</option>
        {options}
      </Choice>
      <Choice
        label={words.compareWith}
        value={compare ?? ""}
        onChange={(event) => setParameters({ compare: event.target.value || undefined })}
      >
        <option value="">{words.nothing}</option>
        {options}
      </Choice>
    </div>
  );
}
