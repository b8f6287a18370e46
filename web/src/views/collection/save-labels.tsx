import type { TableLabelling } from "nearlabel/client";
import { type FormEvent, useState } from "react";
import type { ChosenLabels } from "../../chosen/labels.js";
import { Button } from "../../parts/button.js";
import { ErrorNote } from "../../parts/error-note.js";
import { Field } from "../../parts/field.js";
import { noticeFailure, useConnection } from "../../server/server.js";
import { text } from "../../text/en.js";

type Saving = { readonly isSaving: boolean; readonly error?: unknown; readonly made?: TableLabelling };

/** Writes the labels of all pictures to the table, under a name. */
export function SaveLabels({ table, labels }: { table: string; labels: ChosenLabels }) {
  const { client } = useConnection();
  const [name, setName] = useState("labels");
  const [{ isSaving, error, made }, setSaving] = useState<Saving>({ isSaving: false });
  const isName = /^[a-z0-9][a-z0-9._-]*$/.test(name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isName || isSaving) return;
    setSaving({ isSaving: true });
    const options = { labels: labels.labels, templates: labels.templates, save: name };
    client.tables.label(table, options).then(
      (done) => setSaving({ isSaving: false, made: done }),
      (cause: unknown) => {
        noticeFailure(cause);
        setSaving({ isSaving: false, error: cause });
      },
    );
  };
  return (
    <details className="save-labels">
      <summary>{text.collection.save}</summary>
      <form onSubmit={submit}>
        <Field
          label={text.collection.saveName}
          note={text.collection.saveNote}
          problem={isName ? undefined : text.collection.saveProblem}
          value={name}
          autoCapitalize="off"
          onChange={(event) => setName(event.target.value)}
        />
        <Button type="submit" isDisabled={isSaving || !isName}>
          {isSaving ? text.collection.saving : text.collection.saveNow}
        </Button>
      </form>
      <ErrorNote error={error} />
      <p role="status">{made && text.collection.saved(made.labelSet, made.labelled, made.unchanged)}</p>
    </details>
  );
}
