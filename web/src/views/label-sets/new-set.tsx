import type { Label, LabelSetEntry } from "nearlabel/client";
import { type FormEvent, useState } from "react";
import { DEFAULT_TEMPLATE, readList } from "../../chosen/labels.js";
import { Button } from "../../parts/button.js";
import { Choice, Field } from "../../parts/field.js";
import { text } from "../../text/en.js";
import { useDraft } from "./draft.js";
import { readLabelFile } from "./label-files.js";

const words = text.labelSets;
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Names a set, and starts it empty, from a list, or from a file. Nothing is saved yet. */
export function NewSet({
  taken,
  onStart,
  onCancel,
}: {
  taken: readonly LabelSetEntry[];
  onStart: (name: string) => void;
  onCancel: () => void;
}) {
  const [name, setName] = useState("");
  const [list, setList] = useState("");
  const [file, setFile] = useState<File>();
  const [problem, setProblem] = useState("");
  const { start } = useDraft(name);
  const isTaken = taken.some((set) => set.name === name);
  const wrong = isTaken ? words.taken : name !== "" && !NAME.test(name) ? words.nameRule : undefined;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (name === "" || wrong) return setProblem(wrong ?? words.nameRule);
    try {
      start({ name, version: 0, labels: await labelsOf(file, list), templates: [DEFAULT_TEMPLATE] });
      onStart(name);
    } catch (error) {
      setProblem(words.fileProblem(error instanceof Error ? error.message : String(error)));
    }
  };
  return (
    <form className="new-set" onSubmit={submit}>
      <h2>{words.newSet}</h2>
      <Field
        label={words.name}
        note={words.nameRule}
        problem={wrong}
        value={name}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        onChange={(event) => setName(event.target.value)}
      />
      <Choice label={words.startFrom} value={list} onChange={(event) => setList(event.target.value)}>
        <option value="">{words.empty}</option>
        {Object.entries(text.labels.listNames).map(([each, shown]) => (
          <option key={each} value={each}>
            {shown}
          </option>
        ))}
      </Choice>
      <Field
        label={words.orFile}
        note={words.fileNote}
        type="file"
        accept=".txt,.csv,.json"
        onChange={(event) => setFile(event.target.files?.[0])}
      />
      {problem && (
        <p className="field-problem" role="alert">
          {problem}
        </p>
      )}
      <div className="buttons">
        <Button kind="main" type="submit">
          {words.start}
        </Button>
        <Button onPress={onCancel}>{words.cancel}</Button>
      </div>
    </form>
  );
}

async function labelsOf(file: File | undefined, list: string): Promise<readonly Label[]> {
  if (file) return readLabelFile(file);
  return list === "" ? [] : (await readList(list)).map((label) => ({ label }));
}
