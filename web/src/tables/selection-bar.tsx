import { type FormEvent, useId, useState } from "react";
import { Button } from "../parts/button.js";
import { ErrorNote } from "../parts/error-note.js";
import { Field } from "../parts/field.js";
import { noticeFailure, useConnection } from "../server/server.js";
import { text } from "../text/en.js";
import type { GivenLabels } from "./use-given-labels.js";
import "../parts/bottom-bar.css";

/** Pictures that the server takes at a time. */
const AT_ONCE = 10_000;

/** What can be done with the pictures that are selected. Stands at the foot of the window while there are some. */
export function SelectionBar(props: {
  readonly table: string;
  readonly selected: ReadonlySet<string>;
  readonly onClear: () => void;
  readonly given: GivenLabels;
  /** What is offered where a label is typed. */
  readonly labels?: readonly string[] | undefined;
  /** Searches for what they have in common. */
  readonly onSimilar?: ((ids: readonly string[]) => void) | undefined;
}) {
  const { table, selected, onClear, given, labels = [], onSimilar } = props;
  const step = given.steps.at(-1);
  const { save, error } = useExport(table);
  if (selected.size === 0 && !step && given.error === undefined) return null;
  const ids = [...selected];
  return (
    <section className="bottom-bar" aria-label={text.selection.title}>
      <ErrorNote error={given.error ?? error} />
      <div className="selection-line">
        <p role="status">
          {selected.size > 0
            ? text.selection.count(selected.size)
            : step && text.selection.done(step.labels.length, step.labels[0]!.label)}
        </p>
        {selected.size > 0 && <LabelForm labels={labels} onLabel={labelled} />}
        {step && <Button onPress={given.undo}>{text.selection.undo}</Button>}
        {selected.size > 0 && (
          <>
            {onSimilar && selected.size <= 20 && (
              <Button onPress={() => onSimilar(ids)}>{text.selection.similar}</Button>
            )}
            <Button onPress={() => save(ids, "csv")}>{text.selection.csv}</Button>
            <Button onPress={() => save(ids, "jsonl")}>{text.selection.jsonl}</Button>
            <Button kind="quiet" onPress={onClear}>
              {text.selection.clear}
            </Button>
          </>
        )}
      </div>
    </section>
  );

  function labelled(label: string): void {
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      given.give(ids.slice(at, at + AT_ONCE).map((id) => ({ id, label })));
    }
    onClear();
  }
}

function LabelForm({ labels, onLabel }: { labels: readonly string[]; onLabel: (label: string) => void }) {
  const [label, setLabel] = useState("");
  const id = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (label.trim()) onLabel(label.trim());
  };
  return (
    <form className="selection-label" onSubmit={submit}>
      <Field
        label={text.selection.label}
        value={label}
        autoComplete="off"
        autoCapitalize="off"
        list={id}
        onChange={(event) => setLabel(event.target.value)}
      />
      <datalist id={id}>
        {labels.map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
      <Button type="submit" kind="main" isDisabled={label.trim() === ""}>
        {text.selection.give}
      </Button>
    </form>
  );
}

/** Saves what is known of pictures as a file. */
function useExport(table: string) {
  const { client } = useConnection();
  const [error, setError] = useState<unknown>();
  const save = async (ids: readonly string[], format: "csv" | "jsonl") => {
    try {
      const parts: Blob[] = [];
      for (let at = 0; at < ids.length; at += AT_ONCE) {
        const part = await client.tables.export(table, ids.slice(at, at + AT_ONCE), { format });
        parts.push(at > 0 && format === "csv" ? await withoutHead(part) : part);
      }
      download(new Blob(parts, { type: parts[0]!.type }), `${table}-selection.${format}`);
      setError(undefined);
    } catch (cause) {
      noticeFailure(cause);
      setError(cause);
    }
  };
  return { save, error };
}

async function withoutHead(part: Blob): Promise<Blob> {
  return part.slice((await part.text()).indexOf("\n") + 1);
}

function download(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
